"""The border of the native rung: whatever Python hands over, the right numbers or a named error, no crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynn.backends import numpy_rung

native = pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")
RNG = np.random.default_rng(0)
Call = tuple[list[Any], dict[str, Any]]


def normal(*shape: int) -> Any:
    return RNG.standard_normal(shape)


def positive(*shape: int) -> Any:
    return 0.1 + np.abs(normal(*shape))


def calls() -> dict[str, Call]:
    """One valid call per kernel, in float64, with no two sizes alike."""
    m, n, k = 5, 3, 7
    dense = {"activation": "sigmoid", "alpha": None}
    labels, mean = RNG.integers(0, n, m), {"reduction": "mean"}
    smooth = dict(label_smoothing=0.1, **mean)
    y = np.abs(np.sin(normal(m, n)))
    one = np.array(1.5)
    images, filters = normal(2, 4, 6, 9), normal(8, 2, 3, 5)
    padding = ((1, 2), (3, 0))
    sides: dict[str, Any] = {"groups": 2, "flip": True}
    place = {"stride": (2, 1), "padding": padding, "dilation": (1, 2), **sides}
    row = {"stride": 2, "padding": (1, 0), "dilation": 2, **sides}
    prelu = {"activation": "prelu", "alpha": None}
    pooled = {"pool": (3, 2), "activation": "tanh", "alpha": None, **place}
    full, pool = np.sin(normal(2, 8, 4, 4)), np.sin(normal(2, 8, 1, 2))
    return {
        "conv1d_forward": ([images[:, :, 0], filters[:, :, 0, :3], normal(8), None], {**dense, **row}),
        "conv1d_backward": (
            [normal(2, 8, 3), images[:, :, 0], filters[:, :, 0, :3], full[:, :, 1:, 0], None],
            {**dense, **row},
        ),
        "conv1d_transpose": ([normal(2, 8, 3), filters[:, :, 0, :3], normal(4)], {"size": 9, **row}),
        "conv2d_forward": ([images, filters, normal(8), normal(8)], {**prelu, **place}),
        "conv2d_backward": ([normal(2, 8, 4, 4), images, filters, full, normal(8)], {**prelu, **place}),
        "conv2d_transpose": ([full, filters, normal(4)], {"size": (6, 9), **place}),
        "conv2d_pool_forward": ([images, filters, normal(8)], pooled),
        "conv2d_pool_backward": (
            [normal(2, 8, 1, 2), images, filters, pool, RNG.integers(0, 6, (2, 8, 1, 2)).astype(np.uint8)],
            pooled,
        ),
        "linear_forward": ([normal(m, k), normal(n, k), normal(n), None], dense),
        "linear_backward": ([normal(m, n), normal(m, k), normal(n, k), y, None], dense),
        "maxout_forward": ([normal(m, k), normal(2, n, k), normal(2, n)], {}),
        "maxout_backward": (
            [normal(m, n), normal(m, k), normal(2, n, k), RNG.integers(0, 2, (m, n)).astype(np.uint8)],
            {},
        ),
        "matmul": ([normal(m, k), normal(n, k)], {"transpose_b": True}),
        "activation_forward": ([normal(m, n, 2), normal(n)], {"activation": "prelu", "alpha": None}),
        "activation_backward": (
            [normal(m, n, 2), normal(m, n, 2), normal(n)],
            {"activation": "prelu", "alpha": None},
        ),
        "softmax_forward": ([normal(m, n)], {}),
        "softmax_backward": ([normal(m, n), y], {}),
        "log_softmax_forward": ([normal(m, n)], {}),
        "log_softmax_backward": ([normal(m, n), -y], {}),
        "cross_entropy_forward": ([normal(m, n), labels, positive(n)], smooth),
        "cross_entropy_backward": ([one, y, labels, positive(n)], smooth),
        "multiclass_hinge_forward": ([normal(m, n), labels], dict(margin=1.0, **mean)),
        "multiclass_hinge_backward": ([one, normal(m, n), labels], dict(margin=1.0, **mean)),
        "binary_cross_entropy_with_logits_forward": ([normal(m, n), y], mean),
        "binary_cross_entropy_with_logits_backward": ([one, normal(m, n), y], mean),
        "hinge_forward": ([normal(m, n), np.sign(normal(m, n))], mean),
        "hinge_backward": ([one, normal(m, n), np.sign(normal(m, n))], mean),
        "mse_forward": ([normal(m, n), y], mean),
        "mse_backward": ([one, normal(m, n), y], mean),
        "reduce_sum": ([normal(m, n, k)], {"scale": 0.5}),
        "reduce_sum_backward": ([normal(m, k), n], {"scale": 0.5}),
        "reduce_max": ([normal(m, n, k)], {}),
        "reduce_max_backward": ([normal(m, k), RNG.integers(0, n, (m, k)), n], {}),
        "squared_norm": ([normal(m, n)], {}),
        "unary_forward": ([positive(m, n)], {"op": "pow", "p": 1.5}),
        "unary_backward": ([normal(m, n), positive(m, n), positive(m, n)], {"op": "pow", "p": 1.5}),
        "binary_forward": ([normal(m, 1, k), normal(n, k)], {"op": "mul"}),
        "binary_backward": ([normal(m, n, k), normal(m, 1, k), normal(n, k)], {"op": "mul"}),
        "where_forward": ([normal(m, n) > 0, normal(m, n), normal(m, n)], {}),
        "gather_rows": ([normal(m, n), np.array([4, 0, 4])], {}),
        "scatter_add_rows": ([normal(3, n), np.array([4, 0, 4]), m], {}),
        "gather_images": (
            [RNG.integers(0, 256, (m, n, k)).astype(np.uint8), np.array([4, 0, 4]), normal(n), positive(n)],
            {"dtype": "float64"},
        ),
        "gather_crops": (
            [
                RNG.integers(0, 256, (m, 2, n, k)).astype(np.uint8),
                np.array([4, 0, 4]),
                RNG.integers(0, 2, (3, 5)),
                normal(2),
                positive(2),
            ],
            {"hole": 2, "dtype": "float64"},
        ),
        "copy": ([normal(m, n)], {}),
        "philox_uniform": ([(m, n)], {"seed": 2**63, "offset": 5, "dtype": "float64"}),
        "philox_normal": ([(m, n)], {"seed": 2**63, "offset": 5, "dtype": "float64"}),
        "dropout": ([normal(m, n)], {"p": 0.4, "seed": 1, "offset": 2}),
        "sgd_step": (
            [normal(m, n), normal(m, n), normal(m, n)],
            {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
        ),
        "adam_step": (
            [normal(m, n), normal(m, n), normal(m, n), positive(m, n)],
            {
                "lr": 0.1,
                "beta1": 0.9,
                "beta2": 0.99,
                "eps": 1e-8,
                "weight_decay": 0.1,
                "decoupled": True,
                "step": 3,
            },
        ),
        "rmsprop_step": (
            [normal(m, n), normal(m, n), positive(m, n), normal(m, n)],
            {"lr": 0.1, "alpha": 0.9, "eps": 1e-8, "weight_decay": 0.1, "momentum": 0.9},
        ),
        "adagrad_step": (
            [normal(m, n), normal(m, n), positive(m, n)],
            {"lr": 0.1, "eps": 1e-8, "weight_decay": 0.1},
        ),
    }


CALLS = calls()
FITS_ANYHOW = {  # arguments that may have one more axis, or twice the last one
    "one more axis": {("unary_forward", 0), ("dropout", 0), ("squared_norm", 0), ("copy", 0)}
    | {("binary_forward", 0), ("binary_forward", 1), ("binary_backward", 2)},
    "twice as long": {("multiclass_hinge_forward", 0), ("multiclass_hinge_backward", 1)}
    | {(name, 0) for name in ("activation_forward", "scatter_add_rows", "gather_rows", "gather_images")}
    | {("gather_crops", 0)}
    | {(name, 0) for name in ("unary_forward", "dropout", "squared_norm", "copy")}
    | {(name, 0) for name in ("softmax_forward", "log_softmax_forward", "reduce_sum", "reduce_max")}
    | {("reduce_sum_backward", 0), ("gather_rows", 1), ("gather_images", 1)}
    | {("conv1d_forward", 0), ("conv2d_forward", 0), ("conv2d_pool_forward", 0)},
}
each_kernel = pytest.mark.parametrize("name", sorted(CALLS))


def run(function: Callable[..., Any], args: list[Any], options: dict[str, Any]) -> list[Any]:
    """What the kernel returns and, for the optimisers, what it left in its arguments."""
    args = [a.copy() if type(a) is np.ndarray and a.flags.writeable else a for a in args]
    results = function(*args, **options)
    changed = args if results is None else results if isinstance(results, tuple) else (results,)
    return [np.asarray(a) for a in changed if a is not None]


def test_every_kernel_is_called_here() -> None:
    assert set(CALLS) == set(numpy_rung.KERNELS)


@each_kernel
def test_it_agrees_with_the_first_rung(name: str) -> None:
    args, options = CALLS[name]
    wanted = run(numpy_rung.KERNELS[name], args, options)
    for got, want in zip(run(getattr(native, name), args, options), wanted, strict=True):
        assert got.shape == want.shape
        assert got.dtype == want.dtype
        assert np.any(want != 0)
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


@each_kernel
@pytest.mark.parametrize(
    "bad", ["a string", [1.0, 2.0], np.array([None]), np.ones((5, 3), complex), object()]
)
def test_what_is_no_array_of_numbers_is_refused(name: str, bad: Any) -> None:
    args, options = CALLS[name]
    for i in range(len(args)):
        with pytest.raises((TypeError, ValueError)):
            run(getattr(native, name), [*args[:i], bad, *args[i + 1 :]], options)


@each_kernel
@pytest.mark.parametrize("change", FITS_ANYHOW)
def test_a_shape_that_does_not_fit_is_refused(name: str, change: str) -> None:
    args, options = CALLS[name]
    for i, a in enumerate(args):
        if isinstance(a, np.ndarray) and (name, i) not in FITS_ANYHOW[change]:
            bad = a[None] if change == "one more axis" else np.concatenate([np.atleast_1d(a)] * 2, axis=-1)
            with pytest.raises(ValueError, match=rf"^{name}: "):
                run(getattr(native, name), [*args[:i], bad, *args[i + 1 :]], options)


@each_kernel
def test_any_layout_gives_the_same_bits(name: str) -> None:
    args, options = CALLS[name]
    if name.endswith("_step"):
        pytest.skip("works in place: see test_in_place_never_copies")
    wanted = run(getattr(native, name), args, options)
    for i, a in enumerate(args):
        for other in layouts(a) if isinstance(a, np.ndarray) else ():
            for got, want in zip(
                run(getattr(native, name), [*args[:i], other, *args[i + 1 :]], options), wanted, strict=True
            ):
                np.testing.assert_array_equal(got, want)


def layouts(a: Any) -> list[Any]:
    """The same values: every second element, reversed, Fortran, unaligned, other byte order, read-only."""
    twice = np.repeat(a, 2, axis=-1) if a.ndim else a
    unaligned = np.frombuffer(b"x" + a.tobytes(), np.uint8)[1:].view(a.dtype).reshape(a.shape)
    frozen = a.copy()
    frozen.flags.writeable = False
    views = [twice[..., ::2], a[..., ::-1].copy()[..., ::-1]] if a.ndim else []
    return [*views, a.copy(order="F"), unaligned, a.astype(a.dtype.newbyteorder()), frozen]


@pytest.mark.parametrize("name", [name for name in sorted(CALLS) if name.endswith("_step")])
def test_in_place_never_copies(name: str) -> None:
    (w, g, *state), options = CALLS[name]
    kernel = getattr(native, name)
    for bad in layouts(w)[:-3:2] + layouts(w)[-3:]:
        with pytest.raises((TypeError, ValueError)):
            kernel(bad, g, *[s.copy() for s in state], **options)
    copy = w.copy()
    with pytest.raises(ValueError, match="shares memory"):
        kernel(copy, copy, *[s.copy() for s in state], **options)
    np.testing.assert_array_equal(copy, w)


@pytest.mark.parametrize("index", [-1, 3, 2**62, -(2**63)])
def test_labels_and_indices_stay_inside(index: int) -> None:
    bad = np.array([0, index])
    x = normal(2, 3)
    ce = {"label_smoothing": 0.0, "reduction": "none"}
    for call in (
        lambda: native.cross_entropy_forward(x, bad, None, **ce),
        lambda: native.cross_entropy_backward(normal(2), x, bad, None, **ce),
        lambda: native.multiclass_hinge_forward(x, bad, margin=1.0, reduction="sum"),
        lambda: native.gather_rows(normal(3, 2), bad),
        lambda: native.scatter_add_rows(x, bad, 3),
        lambda: native.gather_images(np.zeros((3, 1, 4), np.uint8), bad, None, None, dtype="float32"),
        lambda: native.reduce_max_backward(normal(1, 2), bad[None], 3),
    ):
        with pytest.raises(ValueError, match="holds"):
            call()


def test_other_integers_will_do_but_not_floats() -> None:
    x, labels = normal(4, 3), np.array([2, 0, 1, 1])
    options = {"label_smoothing": 0.0, "reduction": "none"}
    want = native.cross_entropy_forward(x, labels, None, **options)[0]
    for dtype in (np.int32, np.uint8, np.uint64, ">i8", np.longlong):
        np.testing.assert_array_equal(
            native.cross_entropy_forward(x, labels.astype(dtype), None, **options)[0], want
        )
    with pytest.raises(TypeError, match="integers"):
        native.cross_entropy_forward(x, labels.astype(float), None, **options)
    with pytest.raises(ValueError, match="holds"):
        native.cross_entropy_forward(x, np.full(4, 2**64 - 1, np.uint64), None, **options)


def test_options_are_checked() -> None:
    x = normal(2, 3)
    with pytest.raises(ValueError, match=r"'cube'; needed one of .*softplus"):
        native.activation_forward(x, None, activation="cube", alpha=None)
    for activation, alpha in (("leaky_relu", -0.1), ("elu", 0.0), ("elu", float("nan"))):
        with pytest.raises(ValueError, match="alpha"):
            native.activation_forward(x, None, activation=activation, alpha=alpha)
    with pytest.raises(ValueError, match="slope"):
        native.activation_forward(x[None], None, activation="prelu", alpha=None)
    with pytest.raises(ValueError, match="reduction"):
        native.mse_forward(x, x, reduction="median")
    with pytest.raises(ValueError, match="pieces"):
        native.maxout_forward(x, np.zeros((257, 1, 3)), None)
    with pytest.raises(ValueError, match="empty"):
        native.reduce_max(np.zeros((2, 0, 3)))
    with pytest.raises((ValueError, MemoryError)):
        native.scatter_add_rows(x, np.array([0, 1]), 2**61)
    with pytest.raises((TypeError, ValueError)):
        native.philox_uniform((2, -1), seed=0, offset=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_go_where_they_are_told(dtype: type) -> None:
    dy, x, w = (a.astype(dtype) for a in (normal(5, 3), normal(5, 7), normal(3, 7)))
    options = {"activation": "identity", "alpha": None}
    dx, dw, db, dslope = native.linear_backward(dy, x, w, None, None, **options)
    assert dslope is None
    out = tuple(np.full_like(a, np.nan) for a in (dx, dw, db))
    written = native.linear_backward(dy, x, w, None, None, **options, out=(*out, None))
    for place, got, want in zip(out, written, (dx, dw, db), strict=False):
        assert got is place
        np.testing.assert_array_equal(got, want)
    native.linear_backward(dy, x, w, None, None, **options, out=(*out, None), accumulate=True)
    for place, want in zip(out, (dx, 2 * dw, 2 * db), strict=True):
        np.testing.assert_allclose(place, want, rtol=1e-5)
    alone = native.linear_backward(
        dy, x, w, None, None, **options, needs=(False, True, False, True), accumulate=True
    )
    assert [a is None for a in alone] == [True, False, True, True]
    np.testing.assert_array_equal(alone[1], dw)


def test_a_place_that_will_not_do_is_refused() -> None:
    dy, x, w = normal(5, 3), normal(5, 7), normal(3, 7)
    frozen = np.empty((3, 7))
    frozen.flags.writeable = False
    big = np.empty((4, 7))
    for dw in (
        np.empty((3, 6)),
        np.empty((3, 7), "f4"),
        frozen,
        np.empty((7, 3)).T,
        w,
        x[:3],
        [1],
        big[:3:2],
    ):
        with pytest.raises((TypeError, ValueError), match=r"linear_backward: "):
            native.linear_backward(
                dy, x, w, None, None, activation="identity", alpha=None, out=(None, dw, None, None)
            )
    with pytest.raises(ValueError, match="shares memory"):
        native.linear_backward(
            dy, x, w, None, None, activation="identity", alpha=None, out=(None, big[:3], big[0, :3], None)
        )
    for needs in ((True,), None, [True] * 4, (1, True, True, False), (True, True, True, np.True_)):
        with pytest.raises(ValueError, match="needs"):
            native.linear_backward(dy, x, w, None, None, activation="identity", alpha=None, needs=needs)


def test_no_python_runs_between_the_checks_and_the_kernel() -> None:
    """An object whose truth shrinks an array that was checked already: the kernel would read what is gone."""
    x, asked = np.ones((3, 1000)), []

    class Shrinks:
        def __bool__(self) -> bool:
            asked.append(x.resize((1, 1), refcheck=False))
            return True

    with pytest.raises(ValueError, match="needs must be a tuple of 4 bools"):
        native.linear_backward(
            np.ones((3, 2)), x, np.ones((2, 1000)), None, None, activation="identity", alpha=None,
            needs=(Shrinks(), True, True, False),
        )  # fmt: skip
    assert not asked


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_copy_reads_and_writes_any_layout(dtype: type) -> None:
    x = normal(3, 4, 5).astype(dtype)
    for view in (
        x,
        x.T,
        x[::-1, ::2],
        x[:, :0],
        x[1, 2, 3, ...],
        np.broadcast_to(x[:1], (2, 4, 5)),
        x[..., None],
    ):
        np.testing.assert_array_equal(native.copy(view), view)
        assert native.copy(view).flags.c_contiguous
        for room in (np.full(view.shape, 7, dtype), np.full(view.shape[::-1], 7, dtype).T):
            assert native.copy(view, out=room) is room
            np.testing.assert_array_equal(room, view)
    board = np.zeros((6, 7), dtype)
    native.copy(np.ones((3, 2), dtype), out=board[::-2, 1:6:3])
    wanted = np.zeros((6, 7))
    wanted[1::2, 1:6:3] = 1
    np.testing.assert_array_equal(board, wanted)


def test_copy_refuses_a_place_that_does_not_fit() -> None:
    x = normal(3, 4)
    with pytest.raises(ValueError, match="shares memory"):
        native.copy(x[:2], out=x[1:])
    with pytest.raises(ValueError, match="needed"):
        native.copy(x, out=normal(4, 3))
    with pytest.raises(TypeError, match="float64"):
        native.copy(x, out=np.zeros((3, 4), np.float32))
    with pytest.raises(ValueError, match="read-only"):
        native.copy(x, out=np.broadcast_to(normal(4), (3, 4)))
    for strides in ((0, 8), (8, 8), (16, 8), (-24, 8), (8, 0)):  # several places of out are one in memory
        shared = np.lib.stride_tricks.as_strided(np.zeros(40)[20:], (3, 4), strides)
        with pytest.raises(ValueError, match="its elements share memory"):
            native.copy(x, out=shared)
    for strides in ((32, 8), (8, 24), (-40, -8)):
        apart = np.lib.stride_tricks.as_strided(np.zeros(40)[20:], (3, 4), strides)
        np.testing.assert_array_equal(native.copy(x, out=apart), x)
