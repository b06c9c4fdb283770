"""Tensors to start from, float32 unless `dtype` says otherwise; `requires_grad`: a leaf that learns."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.errors import ArgumentError, DtypeError
from tinynn.functional.random import normal, uniform
from tinynn.random import Generator
from tinynn.tensor import Tensor, as_array

Size = int | tuple[int, ...]


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A Tensor with its own copy of `data`; `Tensor(data)` shares it.

    Examples
    --------
    >>> tensor([1.0, 2.0])
    Tensor([1., 2.], dtype=float32)
    """
    return Tensor(as_array(data, dtype).copy(), requires_grad)


def from_numpy(array: Array) -> Tensor:
    """A Tensor that shares the array's memory: a change of one is a change of the other.

    Raises
    ------
    DtypeError
        No array, or a dtype that tinynn does not compute with.

    Examples
    --------
    >>> a = np.zeros(2)
    >>> from_numpy(a).numpy() is a
    True
    """
    if not isinstance(array, np.ndarray):
        raise DtypeError(f"from_numpy: got {type(array).__name__}; needed a NumPy array; try tn.tensor(...)")
    return Tensor(array)


def from_dlpack(other: Any) -> Tensor:
    """A Tensor that shares the memory of an array of another library (PyTorch, JAX, CuPy on the CPU, ...).

    Raises
    ------
    DtypeError
        Something without `__dlpack__`, or a dtype that tinynn does not compute with.

    Examples
    --------
    >>> a = np.arange(3.0)
    >>> np.shares_memory(from_dlpack(a).numpy(), a)
    True
    """
    if not hasattr(other, "__dlpack__"):
        raise DtypeError(
            f"from_dlpack: got {type(other).__name__}, which has no __dlpack__; try tn.tensor(...)"
        )
    return Tensor(np.from_dlpack(other))


def zeros(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """All 0.

    Examples
    --------
    >>> zeros(2, 3).shape, zeros((2, 3)).shape
    ((2, 3), (2, 3))
    """
    return Tensor(np.zeros(_size("zeros", shape), dtype), requires_grad)


def ones(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """All 1.

    Examples
    --------
    >>> ones(2)
    Tensor([1., 1.], dtype=float32)
    """
    return Tensor(np.ones(_size("ones", shape), dtype), requires_grad)


def full(shape: Size, value: float, *, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """All `value`.

    Examples
    --------
    >>> full(2, 0.5)
    Tensor([0.5, 0.5], dtype=float32)
    """
    return Tensor(np.full(_size("full", (shape,)), value, dtype), requires_grad)


def zeros_like(other: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """All 0, with the shape and dtype of `other`."""
    return Tensor(np.zeros_like(as_array(other), dtype=dtype, order="C"), requires_grad)


def ones_like(other: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """All 1, with the shape and dtype of `other`."""
    return Tensor(np.ones_like(as_array(other), dtype=dtype, order="C"), requires_grad)


def full_like(other: Any, value: float, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """All `value`, with the shape and dtype of `other`."""
    return Tensor(np.full_like(as_array(other), value, dtype=dtype, order="C"), requires_grad)


def arange(start: float, stop: float | None = None, step: float = 1, *, dtype: Any = None) -> Tensor:
    """start, start + step, ... below stop: int64 of integers, float32 of floats.

    Examples
    --------
    >>> arange(3)
    Tensor([0, 1, 2], dtype=int64)
    """
    start, stop = (0, start) if stop is None else (start, stop)
    if step == 0:
        raise ArgumentError("arange: step is 0; needed another number")
    array = np.arange(start, stop, step)
    return Tensor(array.astype(dtype or (np.float32 if array.dtype.kind == "f" else np.int64), copy=False))


def linspace(start: float, stop: float, steps: int, *, dtype: Any = np.float32) -> Tensor:
    """`steps` numbers at equal distances, both ends included.

    Examples
    --------
    >>> linspace(0, 1, 5)
    Tensor([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    (count,) = _size("linspace", (steps,))
    return Tensor(np.linspace(start, stop, count).astype(dtype))


def eye(n: int, m: int | None = None, *, dtype: Any = np.float32) -> Tensor:
    """The identity matrix (n, n), or (n, m) with ones on the diagonal."""
    return Tensor(np.eye(n, m, dtype=dtype))


def rand(
    *shape: Any, dtype: Any = "float32", generator: Generator | None = None, requires_grad: bool = False
) -> Tensor:
    """Uniform in [0, 1).

    Examples
    --------
    >>> from tinynn.random import Generator
    >>> rand(2, generator=Generator(0)).shape
    (2,)
    """
    return Tensor(uniform(_size("rand", shape), dtype=dtype, generator=generator), requires_grad)


def randn(
    *shape: Any, dtype: Any = "float32", generator: Generator | None = None, requires_grad: bool = False
) -> Tensor:
    """Normal with mean 0 and standard deviation 1."""
    return Tensor(normal(_size("randn", shape), dtype=dtype, generator=generator), requires_grad)


def randint(low: int, high: int, shape: Size, *, generator: Generator | None = None) -> Tensor:
    """Integers in low..high-1, each as likely as the others, as int64."""
    if not low < high:
        raise ArgumentError(f"randint: low is {low} and high is {high}; needed low < high")
    u = uniform(_size("randint", (shape,)), dtype="float64", generator=generator)
    return Tensor(low + np.floor(u * (high - low)).astype(np.int64))


def randperm(n: int, *, generator: Generator | None = None) -> Tensor:
    """0..n-1 in random order: the order of n random numbers.

    Examples
    --------
    >>> sorted(randperm(4).tolist())
    [0, 1, 2, 3]
    """
    u = uniform(_size("randperm", (n,)), dtype="float64", generator=generator)
    return Tensor(np.argsort(u, kind="stable").astype(np.int64, copy=False))


def _size(who: str, shape: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape of f(2, 3), f((2, 3)) and f(2)."""
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    if any(isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 0 for n in sizes):
        raise ArgumentError(f"{who}: got {sizes!r} for the shape; needed integers >= 0")
    return tuple(map(int, sizes))
