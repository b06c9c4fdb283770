"""What stands between Python's arrays and the typed loops of src/cython: every check, and no mathematics.

The loops are compiled without bounds checks. So whatever Python hands over is looked at here: a wrong shape,
dtype or label is a ValueError or TypeError, and never a read beyond the end of an array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn.errors import ArgumentError, DtypeError, ShapeError

Array = NDArray[Any]

# In the order of the enum in src/cython/formulas.pxd, each with the default of its constant.
ACTIVATIONS = {
    "identity": 0.0,
    "relu": 0.0,
    "leaky_relu": 0.01,
    "prelu": 0.0,
    "sigmoid": 0.0,
    "tanh": 0.0,
    "elu": 1.0,
    "gelu": 0.0,
    "silu": 0.0,
    "softplus": 0.0,
}
KEEP_Z = ("prelu", "gelu", "silu")


def take(who: str, *, g: bool = False, **operands: tuple[Any, str]) -> list[Any]:
    """Check float arrays against letters, one per axis, and make them C-contiguous.

    The same letter must have the same size wherever it stands; "..." is any shape, the same wherever it
    stands. A "?" at the end allows None. With `g`, all arrays may lack the leading axis g; it is added.

    >>> x, w = np.ones((5, 3)), np.ones((4, 3))
    >>> [a.shape for a in take("linear", x=(x, "mk"), w=(w, "nk"))]
    [(5, 3), (4, 3)]
    """
    sizes: dict[str, Any] = {}
    taken: list[Array | None] = []
    first, letters = next(iter(operands.values()))
    lacks_g = g and np.ndim(first) == len(letters) - 1
    for name, (array, letters) in operands.items():
        if array is None and letters.endswith("?"):
            taken.append(None)
            continue
        array = _float_array(who, name, array, taken[0] if taken else None)
        _match(who, name, array.shape, letters.rstrip("?")[lacks_g:], sizes)
        taken.append(array[None] if lacks_g else array)
    return taken


def with_g(array: Array | None, ndim: int) -> Array | None:
    """`array` with the leading axis g, which it may lack; None passes through."""
    return array if array is None or array.ndim == ndim else array[None]


def _float_array(who: str, name: str, array: Any, first: Array | None) -> Array:
    dtype = getattr(array, "dtype", None)
    if not isinstance(array, np.ndarray) or dtype not in (np.float32, np.float64):
        got = type(array).__name__ if dtype is None else f"an array of {dtype}"
        raise DtypeError(f"{who}: {name} is {got}; needed an array of float32 or float64")
    if first is not None and dtype != first.dtype:
        raise DtypeError(f"{who}: {name} is {dtype} and the first array is {first.dtype}; needed one dtype")
    return np.require(array, requirements=["C", "A"])


def _match(who: str, name: str, shape: tuple[int, ...], letters: str, sizes: dict[str, Any]) -> None:
    if letters == "...":
        fits = sizes.setdefault("...", shape) == shape
        needed = sizes["..."]
    else:
        fits = len(shape) == len(letters)
        fits = fits and all(sizes.setdefault(*pair) == pair[1] for pair in zip(letters, shape, strict=True))
        needed = tuple(sizes.get(letter, letter) for letter in letters)
    if not fits:
        raise ShapeError(f"{who}: {name} is {shape}; needed ({', '.join(map(str, needed))})")


def constant(
    who: str, activation: str, alpha: float | None, slope: Array | None, dtype: Any, channels: int
) -> tuple[int, Array]:
    """The activation's place in the enum, and its constant, (channels,): alpha, or the slope of prelu."""
    if activation not in ACTIVATIONS:
        raise ArgumentError(f"{who}: activation is {activation!r}; needed one of {', '.join(ACTIVATIONS)}")
    act = list(ACTIVATIONS).index(activation)
    if activation != "prelu":
        return act, np.full(channels, ACTIVATIONS[activation] if alpha is None else alpha, dtype)
    if slope is None or slope.shape not in ((1,), (channels,)):
        got = None if slope is None else slope.shape
        raise ShapeError(f"{who}: slope is {got}; needed (1,) or ({channels},) for prelu")
    if slope.dtype != dtype:
        raise DtypeError(f"{who}: slope is {slope.dtype} and the first array is {dtype}; needed one dtype")
    return act, np.ascontiguousarray(np.broadcast_to(slope, (channels,)))


def labels_in_range(who: str, labels: Any, m: int, c: int) -> Array:
    """Labels as a contiguous int64 array (m,), each in 0..c-1."""
    if not isinstance(labels, np.ndarray) or labels.dtype != np.int64:
        raise DtypeError(
            f"{who}: labels are {getattr(labels, 'dtype', type(labels))}; needed an array of int64"
        )
    if labels.shape != (m,):
        raise ShapeError(f"{who}: labels are {labels.shape}; needed ({m},), one per row")
    if m and (labels.min() < 0 or labels.max() >= c):
        raise ArgumentError(
            f"{who}: labels run from {labels.min()} to {labels.max()}; needed 0..{c - 1} for {c} classes"
        )
    return np.ascontiguousarray(labels)


def take_places(who: str, arg: Any, like: Array) -> Array:
    """The winners of a pool, contiguous, of the shape and dtype of `like`."""
    if not isinstance(arg, np.ndarray) or arg.dtype != like.dtype:
        got = getattr(arg, "dtype", type(arg).__name__)
        raise DtypeError(f"{who}: arg is {got}; needed an array of {like.dtype}")
    if arg.shape != like.shape:
        raise ShapeError(f"{who}: arg is {arg.shape}; needed {like.shape}")
    return np.ascontiguousarray(arg)


def take_cotangent(
    who: str, dy: Any, reduction: str, shape: tuple[int, ...], dtype: Any
) -> tuple[Array, int]:
    """The dy of a loss as a flat array, and the step from one to the next: 0 where there is only one."""
    needed = shape if reduction == "none" else ()
    (dy,) = take(who, dy=(dy, "..."))
    if dy.shape != needed or dy.dtype != dtype:
        raise ShapeError(f"{who}: dy is {dy.dtype} {dy.shape}; needed {dtype} {needed} for {reduction!r}")
    return dy.reshape(-1), int(reduction == "none")


def gradients(
    who: str,
    needs: Sequence[bool],
    out: Sequence[Array | None] | None,
    accumulate: bool,
    dtype: Any,
    shapes: Sequence[tuple[int, ...] | None],
) -> list[Any]:
    """The buffers that the loops add to: zeros, unless they add to a parameter's gradient in `out`.

    The first is dx, which is always overwritten. None where a gradient is not needed or has no shape.
    """
    buffers: list[Array | None] = []
    out = (None,) * len(shapes) if out is None else out
    for i, (needed, given, shape) in enumerate(zip(needs, out, shapes, strict=True)):
        if not needed or shape is None:
            buffers.append(None)
        elif given is None:
            buffers.append(np.zeros(shape, dtype))
        else:
            buffers.append(_buffer(who, i, given, dtype, shape))
            if i == 0 or not accumulate:
                given[...] = 0
    return buffers


def in_place(who: str, **arrays: Array) -> None:
    """Arrays that a kernel changes: each must be there to be written."""
    for name, array in arrays.items():
        if not (array.flags.writeable and array.flags.c_contiguous):
            raise ArgumentError(f"{who}: {name} is updated in place; needed writeable and C-contiguous")


def _buffer(who: str, i: int, given: Array, dtype: Any, shape: tuple[int, ...]) -> Array:
    if given.dtype != dtype or given.shape != shape:
        raise ShapeError(f"{who}: out[{i}] is {given.dtype} {given.shape}; needed {dtype} {shape}")
    if not (given.flags.writeable and given.flags.c_contiguous):
        raise ArgumentError(f"{who}: out[{i}] is written in place; needed writeable and C-contiguous")
    return given
