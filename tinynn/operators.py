"""What a Tensor can do: the functions of tinynn.functional as operators and methods, under one name each."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynn import functional as F
from tinynn.autograd import Array, Variable
from tinynn.autograd.modes import recording
from tinynn.errors import ArgumentError, DtypeError, GraphError, ShapeError
from tinynn.functional.gather import plain_key

if TYPE_CHECKING:
    from tinynn.tensor import Tensor


def plain(value: Any) -> Any:
    """Arrays in place of tensors, within tuples, lists and dicts too."""
    if isinstance(value, Variable):
        return value.data
    if isinstance(value, (tuple, list)):
        return type(value)([plain(v) for v in value])
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def _spread(sizes: tuple[Any, ...]) -> Any:
    """(2, 3) of f(2, 3) and of f((2, 3))."""
    return sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Tensor]:
    def method(self: Tensor, other: Any) -> Tensor:
        try:
            return self.wrap(np.asarray(compare(self.data, plain(other))))
        except ValueError as error:
            raise ShapeError(f"{compare.__name__}: {error}") from None

    method.__doc__ = f"{compare.__name__}, element by element, as booleans outside the graph."
    return method


def _reflected(function: Callable[[Any, Any], Tensor]) -> Callable[[Any, Any], Tensor]:
    return lambda self, other: function(other, self)


def _in_place(function: Callable[[Any, Any], Tensor]) -> Callable[[Any, Any], Any]:
    """`w -= g` writes into w inside no_grad; where a graph is recorded it means w = w - g."""

    def method(self: Tensor, other: Any) -> Tensor:
        result = function(self, other)
        if not recording.get():
            self[...] = result
            return self
        if self._requires_grad:
            raise GraphError(
                "in-place: this tensor collects a gradient, which a change would falsify; "
                "try it inside `with tn.no_grad():`, or w = w - ..."
            )
        return result

    return method


def _test(name: str) -> Callable[..., Tensor]:
    def method(self: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
        return self.wrap(np.asarray(getattr(self.data, name)(axis=axis, keepdims=keepdims)))

    method.__doc__ = f"Whether {name} of the numbers are true (not zero), as booleans outside the graph."
    return method


class Operators(Variable):
    """The base of Tensor: arithmetic, comparison, indexing, and the functions as methods."""

    __slots__ = ()

    # ---- what it is ------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def size(self) -> int:
        return self.data.size

    def __len__(self) -> int:
        if not self.ndim:
            raise DtypeError("len: the tensor is a scalar; needed at least one axis")
        return len(self.data)

    def item(self) -> Any:
        """The value of a tensor with one element, as a Python number.

        Raises
        ------
        ShapeError
        """
        return self._one("item").item()

    def _one(self, who: str) -> Array:
        if self.data.size != 1:
            raise ShapeError(f"{who}: the tensor is {self.shape}; needed one element; try a reduction")
        return self.data

    # ---- operators ---------------------------------------------------------------------------------

    __add__, __radd__, __iadd__ = F.add, _reflected(F.add), _in_place(F.add)
    __sub__, __rsub__, __isub__ = F.sub, _reflected(F.sub), _in_place(F.sub)
    __mul__, __rmul__, __imul__ = F.mul, _reflected(F.mul), _in_place(F.mul)
    __truediv__, __rtruediv__, __itruediv__ = F.div, _reflected(F.div), _in_place(F.div)
    __pow__, __rpow__ = F.pow, _reflected(F.pow)
    __matmul__, __rmatmul__ = F.matmul, _reflected(F.matmul)
    __neg__, __abs__ = F.neg, F.abs
    __eq__ = _comparison(operator.eq)  # type: ignore[assignment]
    __ne__ = _comparison(operator.ne)  # type: ignore[assignment]
    __lt__, __le__ = _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)
    __hash__ = object.__hash__  # by identity: a tensor may be a key although == compares numbers
    __getitem__ = F.getitem

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write into the storage; where a gradient is collected, only inside no_grad."""
        if self.requires_grad and recording.get():
            raise GraphError("setitem: this tensor is part of a graph; try it inside `with tn.no_grad():`")
        new = np.asarray(plain(value))
        if new.dtype.kind == "f" and self.data.dtype.kind != "f":
            raise DtypeError(f"setitem: the tensor is {self.dtype} but the value is {new.dtype}")
        if not self.data.flags.writeable:
            raise ArgumentError("setitem: the tensor shares a read-only array; try .clone()")
        self.data[plain_key(key)] = new

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise DtypeError("iter: the tensor is a scalar; needed at least one axis")
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self._one("bool"))

    def __float__(self) -> builtins.float:
        return builtins.float(self._one("float").item())

    def __int__(self) -> int:
        return int(self._one("int").item())

    def __index__(self) -> int:
        return operator.index(self._one("index").item())

    # ---- methods -----------------------------------------------------------------------------------

    exp, log, sqrt, square, abs, sign = F.exp, F.log, F.sqrt, F.square, F.abs, F.sign
    sin, cos, neg, reciprocal, pow = F.sin, F.cos, F.neg, F.reciprocal, F.pow
    clip = clamp = F.clip
    relu, sigmoid, tanh = F.relu, F.sigmoid, F.tanh
    softmax, log_softmax = F.softmax, F.log_softmax
    sum, mean, max, min, argmax, argmin = F.sum, F.mean, F.max, F.min, F.argmax, F.argmin
    var, std, logsumexp = F.var, F.std, F.logsumexp
    flatten, squeeze, unsqueeze, swapaxes = F.flatten, F.squeeze, F.unsqueeze, F.swapaxes
    matmul, clone, astype, take, split = F.matmul, F.clone, F.astype, F.take, F.split

    all, any = _test("all"), _test("any")

    def reshape(self, *shape: Any) -> Tensor:
        """The same numbers under another shape: reshape(2, 3) or reshape((2, 3))."""
        return F.reshape(self, _spread(shape))

    view = reshape

    def expand(self, *shape: Any) -> Tensor:
        """Repeated along axes of size 1 and new ones on the left; see functional.broadcast_to."""
        return F.broadcast_to(self, _spread(shape))

    def permute(self, *axes: Any) -> Tensor:
        """The axes in this order."""
        return F.transpose(self, _spread(axes))

    def transpose(self, *axes: Any) -> Tensor:
        """All axes reversed; with two integers these two exchanged, as in PyTorch; else as `permute`."""
        if len(axes) == 2:
            return F.swapaxes(self, *axes)
        return F.transpose(self, _spread(axes) if axes else None)

    @property
    def T(self) -> Tensor:  # noqa: N802 (NumPy's name)
        """All axes reversed."""
        return F.transpose(self)

    def float(self) -> Tensor:
        """As float32."""
        return F.astype(self, np.float32)

    def double(self) -> Tensor:
        """As float64."""
        return F.astype(self, np.float64)

    def long(self) -> Tensor:
        """As int64."""
        return F.astype(self, np.int64)
