"""The border of the native rung: whatever Python hands over, the right numbers or a named error, no crash."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from tinynn.backends import numpy_rung
from tinynn.testing.draw import MOVES

from .valid_calls import calls, normal

native = pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")
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
    | {("conv1d_forward", 0), ("conv2d_forward", 0), ("conv2d_pool_forward", 0)}
    | {("conv2d_max_forward", 0), ("conv2d_max_backward", 1), ("avg_pool2d_forward", 0)}
    | {("max_pool2d_forward", 0), ("adaptive_max_pool2d_forward", 0), ("adaptive_avg_pool2d_forward", 0)}
    | {("batch_norm_forward", 0), ("adaptive_avg_pool2d_backward", 0)},
}
each_kernel = pytest.mark.parametrize("name", sorted(CALLS))


def run(function: Callable[..., Any], args: list[Any], options: dict[str, Any]) -> list[Any]:
    """What the kernel returns and, for the optimisers, what it left in its arguments."""
    if function.__name__.endswith("_steps"):
        args = deepcopy(args)
    args = [a.copy() if type(a) is np.ndarray and a.flags.writeable else a for a in args]
    results = function(*args, **options)
    changed = args if results is None else results if isinstance(results, tuple) else (results,)
    changed = [a for each in changed for a in (each if isinstance(each, tuple) else (each,))]
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
        if i in MOVES.get(name, ()):
            continue
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
