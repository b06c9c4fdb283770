"""The oracle against SciPy, textbook loops and finite differences: nobody else checks the checker."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

from tinynn.backends import numpy_rung
from tinynn.backends.numpy_rung.activation import FORMULAS
from tinynn.backends.numpy_rung.elementwise import UNARY
from tinynn.testing.case import ACTIVATION_ORACLES
from tinynn.testing.draw import KernelCall
from tinynn.testing.kernel_calls import calls

from .differences import assert_gradient, rng

K = numpy_rung.KERNELS
SIZES = [(5, 4, 3), (1, 1, 1), (2, 7, 17), (0, 4, 3), (5, 0, 3), (5, 4, 0)]
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    **ACTIVATION_ORACLES,  # but where those say it as the rung itself does, in other words:
    "relu": lambda z: (z + np.abs(z)) / 2,
    "leaky_relu": lambda z: z * np.where(z > 0, 1, 0.01),
    "prelu": lambda z: z * np.where(z > 0, 1, -0.3),
    "tanh": lambda z: 2 * special.expit(2 * z) - 1,
    "elu": lambda z: np.where(z > 0, z, special.expm1(np.minimum(z, 0))),
}


def catalogued(name: str) -> str:
    """conv_forward is the kernel of conv1d_forward and of conv2d_forward."""
    return re.sub(r"[12]d", "", name)


# ---- what holds for every kernel -----------------------------------------------------------------


def test_every_kernel_of_the_catalogue_is_here() -> None:
    catalogue = (Path(__file__).parents[2] / "csrc/kernels.def").read_text(encoding="utf-8")
    declared = dict(reversed(pair) for pair in re.findall(r"^KERNEL\((\w+), (\w+),", catalogue, re.M))
    assert {catalogued(name): stem for name, stem in declared.items()} == {
        catalogued(name): stem for name, stem in numpy_rung.STEM_OF.items()
    }


def _flat(arguments: tuple[Any, ...]) -> list[Any]:
    """Lists of arrays as single ones."""
    return [b for a in arguments for b in (a if isinstance(a, tuple) else (a,))]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(K))
def test_dtype_freshness_and_untouched_arguments(name: str, dtype: str) -> None:
    integers = {np.dtype("int64"), np.dtype("int32"), np.dtype("uint8")}
    for sizes in SIZES:
        for call in calls(name, sizes, dtype):
            before = [a.copy() if isinstance(a, np.ndarray) else a for a in call.arrays]
            results = [r for r in call.run(K[name]) if isinstance(r, np.ndarray)]
            assert results or name.endswith("backward"), str(call)
            for result in results:
                assert result.dtype in {np.dtype(dtype)} | integers, str(call)
                assert "out" in call.options or result.base is None, str(call)
            for a, b in zip(_flat(call.arrays), _flat(before), strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "name", sorted(set(K) - {"philox_uniform", "philox_normal", "gather_images", "gather_crops"})
)
def test_float32_is_float64_rounded(name: str) -> None:
    compared = 0
    for call in calls(name, (9, 8, 7)):
        out = {"out": widened(call.options["out"])} if "out" in call.options else {}
        wide = KernelCall(name, widened(call.arrays), {**call.options, **out})
        for got, want in zip(call.run(K[name]), wide.run(K[name]), strict=True):
            if got is not None:
                np.testing.assert_allclose(got, want, rtol=2e-5, atol=2e-5, err_msg=str(call))
                compared += np.count_nonzero(want)
    assert compared


def widened(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    def wide(a: Any) -> Any:
        if isinstance(a, tuple):
            return widened(a)
        return a.astype("float64") if getattr(a, "dtype", None) == np.float32 else a

    return tuple(map(wide, arrays))


def test_arithmetic_is_silent_and_unchanged_outside() -> None:
    x = np.array([-1.0, 0.0, np.inf, np.nan, 1e300])
    with np.errstate(all="raise"):
        for op in UNARY:
            K["unary_forward"](x, op=op, p=2.0, q=3.0)
        y = K["softmax_forward"](np.array([[np.inf, 1.0]]))
        with pytest.raises(FloatingPointError):
            np.log(np.zeros(1))
    assert np.isnan(y).any()


# ---- linear and activation -----------------------------------------------------------------------


def act(activation: str) -> dict[str, Any]:
    return {"activation": activation, "alpha": None}


@pytest.mark.parametrize("activation", FORMULAS)
@pytest.mark.parametrize("g", [(), (3,)])
@pytest.mark.parametrize("size", [(5, 4, 3), (1, 1, 1), (2, 9, 17)])
def test_linear(activation: str, g: tuple[int, ...], size: tuple[int, int, int]) -> None:
    m, n, k = size
    r = rng(1)
    x, w, b = r.normal(size=(*g, m, k)), r.normal(size=(*g, n, k)), r.normal(size=(*g, n))
    slope = np.full(n, -0.3) if activation == "prelu" else None
    y, kept = K["linear_forward"](x, w, b, slope, **act(activation))
    z = np.einsum("...mk,...nk->...mn", x, w) + b[..., None, :]
    np.testing.assert_allclose(y, ACTIVATIONS[activation](z), rtol=1e-12, atol=1e-13)
    want = {"y": y, "z": z, None: None}[FORMULAS[activation].keeps]
    assert (kept is None) == (want is None)
    if kept is not None:
        np.testing.assert_allclose(kept, want, rtol=1e-12, atol=1e-14)
    assert (kept is y) == (FORMULAS[activation].keeps == "y")

    dy = r.normal(size=y.shape)
    gradients = K["linear_backward"](dy, x, w, kept, slope, **act(activation))
    assert_gradient(lambda *a: K["linear_forward"](*a, **act(activation))[0], gradients, [x, w, b, slope], dy)


def test_linear_computes_only_what_is_needed() -> None:
    x, w, dy = np.ones((5, 3)), np.ones((4, 3)), np.ones((5, 4))
    for i in range(3):
        needs = tuple(j == i for j in range(4))
        out = (*(np.full(s, 7.0) for s in [(5, 3), (4, 3), (4,)]), None)
        result = K["linear_backward"](dy, x, w, None, None, **act("identity"), needs=needs, out=out)
        assert [r is not None for r in result] == list(needs)
        assert result[i] is out[i]
        assert all(np.all(o == 7) for j, o in enumerate(out) if o is not None and j != i)


@pytest.mark.parametrize("accumulate", [False, True])
def test_gradients_of_parameters_accumulate_and_dx_never(accumulate: bool) -> None:
    r = rng(2)
    x, w, slope, dy = r.normal(size=(5, 3)), r.normal(size=(4, 3)), r.normal(size=4), r.normal(size=(5, 4))
    _, kept = K["linear_forward"](x, w, None, slope, **act("prelu"))
    arguments = dy, x, w, kept, slope
    plain = K["linear_backward"](*arguments, **act("prelu"))
    out = tuple(np.full(p.shape, 100.0) for p in plain)
    K["linear_backward"](*arguments, **act("prelu"), out=out, accumulate=accumulate)
    np.testing.assert_array_equal(out[0], plain[0])
    for buffer, gradient in zip(out[1:], plain[1:], strict=True):
        np.testing.assert_allclose(buffer, gradient + (100 if accumulate else 0), rtol=1e-12, atol=1e-12)

    garbage = tuple(np.full(p.shape, np.nan) for p in plain)
    K["linear_backward"](*arguments, **act("prelu"), out=garbage)
    assert all(np.isfinite(g).all() for g in garbage)


def test_out_of_the_wrong_shape_is_an_error() -> None:
    out = (None, np.ones((1, 3)), None, None)
    with pytest.raises(ValueError, match="out"):
        K["linear_backward"](
            np.ones((5, 4)), np.ones((5, 3)), np.ones((4, 3)), None, None, **act("identity"), out=out
        )


def test_one_slope_for_all_is_the_sum_over_each() -> None:
    r = rng(3)
    dy, x = r.normal(size=(2, 4, 5, 3))
    dx, dslope = K["activation_backward"](dy, x, np.full(5, 0.2), **act("prelu"))
    same_dx, total = K["activation_backward"](dy, x, np.full(1, 0.2), **act("prelu"))
    np.testing.assert_array_equal(dx, same_dx)
    np.testing.assert_allclose(total, [dslope.sum()], rtol=1e-12)
    assert_gradient(
        lambda x, s: K["activation_forward"](x, s, **act("prelu")), (dx, dslope), [x, np.full(5, 0.2)], dy
    )


def test_derivatives_at_the_kink() -> None:
    zero, dy, slope = np.zeros((1, 1, 1)), np.full((1, 1, 1), 3.0), np.full(1, 0.25)

    def at_zero(activation: str, alpha: float | None = None) -> float:
        options = {"activation": activation, "alpha": alpha}
        return float(K["activation_backward"](dy, zero, slope, **options)[0].item()) / 3

    assert at_zero("relu") == 0
    assert at_zero("leaky_relu") == 0.01
    assert at_zero("leaky_relu", 0.5) == 0.5
    assert at_zero("prelu") == 0.25
    assert at_zero("elu") == 1
    assert at_zero("elu", 0.5) == 0.5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", FORMULAS)
def test_huge_arguments_neither_overflow_nor_lose_their_sign(activation: str, dtype: str) -> None:
    x = np.array([-1e4, -100, 100, 1e4], dtype).reshape(1, 4, 1)
    slope = np.full(1, -0.3, dtype) if activation == "prelu" else None
    with np.errstate(all="raise", under="ignore"):  # the bare function: nothing is silenced
        y = FORMULAS[activation].forward(x, -0.3 if activation == "prelu" else FORMULAS[activation].alpha)
    np.testing.assert_allclose(y, ACTIVATIONS[activation](x.astype("float64")), rtol=1e-6, atol=1e-30)
    kept = y if FORMULAS[activation].keeps == "y" else x
    dx, _ = K["activation_backward"](np.ones_like(x), kept, slope, **act(activation))
    assert np.isfinite(dx).all()


def test_gelu_is_exact_far_to_the_left() -> None:
    x = np.array([-5.0, -8.0, -20.0])
    y = K["activation_forward"](x, None, **act("gelu"))
    np.testing.assert_allclose(y, x * special.ndtr(x), rtol=1e-13)
    assert (y < 0).all()


def test_nan_comes_through_every_activation() -> None:
    x = np.full((1, 1, 1), np.nan)
    for activation in FORMULAS:
        assert np.isnan(K["activation_forward"](x, np.ones(1), **act(activation))).all(), activation


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_maxout(pieces: int) -> None:
    r = rng(4)
    x, w, b = r.normal(size=(6, 3)), r.normal(size=(pieces, 4, 3)), r.normal(size=(pieces, 4))
    y, arg = K["maxout_forward"](x, w, b)
    z = np.einsum("mk,pnk->pmn", x, w) + b[:, None]
    np.testing.assert_allclose(y, z.max(axis=0), rtol=1e-12)
    assert arg.dtype == np.uint8
    dy = r.normal(size=y.shape)
    assert_gradient(lambda *a: K["maxout_forward"](*a)[0], K["maxout_backward"](dy, x, w, arg), [x, w, b], dy)


def test_maxout_at_a_tie_takes_the_first_piece_alone() -> None:
    x, w = np.ones((1, 2)), np.ones((3, 1, 2))
    _, arg = K["maxout_forward"](x, w, None)
    assert arg.item() == 0
    _, dw, db = K["maxout_backward"](np.ones((1, 1)), x, w, arg)
    assert (dw[0] == 1).all()
    assert (dw[1:] == 0).all()
    assert db.tolist() == [[1], [0], [0]]


def test_matmul_transposes_and_is_its_own_adjoint() -> None:
    r = rng(5)
    a, b, c = r.normal(size=(2, 5, 3)), r.normal(size=(2, 3, 4)), r.normal(size=(2, 5, 4))
    np.testing.assert_allclose(K["matmul"](a, b), np.einsum("gmk,gkn->gmn", a, b), rtol=1e-12)
    swapped = a.swapaxes(1, 2), b.swapaxes(1, 2)
    np.testing.assert_allclose(K["matmul"](*swapped, transpose_a=True, transpose_b=True), a @ b, rtol=1e-12)
    da, db = K["matmul"](c, b, transpose_b=True), K["matmul"](a, c, transpose_a=True)
    assert np.sum(K["matmul"](a, b) * c) == pytest.approx(np.sum(a * da), rel=1e-12)
    assert np.sum(K["matmul"](a, b) * c) == pytest.approx(np.sum(b * db), rel=1e-12)


# ---- softmax -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1, 30, 1e4])
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (3, 1), (0, 4), (2, 33)])
def test_softmax(shape: tuple[int, int], scale: float) -> None:
    x = rng(6).normal(size=shape) * scale
    y, log_y = K["softmax_forward"](x), K["log_softmax_forward"](x)
    np.testing.assert_allclose(y, special.softmax(x, axis=1), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(log_y, special.log_softmax(x, axis=1), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(y.sum(axis=1), np.ones(len(x)), rtol=1e-12)


def test_softmax_of_equal_logits_and_of_no_classes() -> None:
    np.testing.assert_array_equal(K["softmax_forward"](np.full((2, 4), 1e4)), np.full((2, 4), 0.25))
    assert K["softmax_forward"](np.ones((2, 0))).shape == (2, 0)
    assert K["log_softmax_forward"](np.ones((2, 0))).shape == (2, 0)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_gradient(name: str) -> None:
    x, dy = rng(7).normal(size=(2, 5, 7))
    forward = K[f"{name}_forward"]
    assert_gradient(forward, [K[f"{name}_backward"](dy, forward(x))], [x], dy)
