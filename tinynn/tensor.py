"""Tensor: a NumPy array with a link into the graph."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from tinynn import autograd
from tinynn.autograd import Array, Node, Variable
from tinynn.errors import DtypeError, GraphError


class Tensor(Variable):
    """An array that remembers how it was made.

    Parameters
    ----------
    data : array_like
        float32 and float64 arrays are shared, not copied; Python floats become float32, integers
        int64, booleans stay.
    requires_grad : bool
        Collect the gradient in `.grad`; floats only.
    dtype : optional
        float32, float64, an integer dtype or bool.

    Raises
    ------
    DtypeError
        A dtype that tinynn does not compute with; requires_grad for integers.

    Examples
    --------
    >>> import tinynn as tn
    >>> w = tn.Tensor([1.0, 2.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> w.grad
    Tensor([2., 4.], dtype=float32)
    """

    __slots__ = ()
    __array_priority__ = 1000  # NumPy's operators step back: array + tensor is a tensor

    def __init__(self, data: Any, requires_grad: bool = False, *, dtype: Any = None) -> None:
        self.data = as_array(data, dtype)
        self.grad: Any = None
        self.node: Node | None = None
        self.hooks = None
        self._requires_grad = False
        if requires_grad:
            self.requires_grad_()

    @classmethod
    def wrap(cls, data: Array, node: Node | None = None) -> Tensor:
        """A Tensor (never a subclass such as Parameter) around an op's result."""
        new = Tensor.__new__(Tensor)
        new.data = data
        new.grad = None
        new.node = node
        new.hooks = None
        new._requires_grad = False
        return new

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

    @property
    def is_leaf(self) -> bool:
        """True where no op made it."""
        return self.node is None

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        body = np.array2string(self.data, separator=", ", prefix="Tensor(")
        if self.node is not None:
            return f"Tensor({body}, dtype={self.dtype}, made_by={self.node.name})"
        return f"Tensor({body}, dtype={self.dtype}{', requires_grad=True' if self._requires_grad else ''})"

    # ---- to and from NumPy -------------------------------------------------------------------------

    def numpy(self) -> Array:
        """The storage itself: writing to it writes to the tensor. Never raises."""
        return self.data

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy:
            return np.array(self.data, dtype=dtype)
        return self.data if dtype is None else self.data.astype(dtype, copy=False)

    def item(self) -> Any:
        """The value of a tensor with one element, as a Python number."""
        return self.data.item()

    def tolist(self) -> Any:
        return self.data.tolist()

    # ---- the graph ---------------------------------------------------------------------------------

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Collect the gradient of this leaf, or stop doing so; returns self."""
        if requires_grad and self.data.dtype.kind != "f":
            raise DtypeError(f"requires_grad: the tensor is {self.dtype}; needed float32 or float64")
        if self.node is not None and not requires_grad:
            raise GraphError("requires_grad_(False): this tensor was made by an op; try .detach()")
        self._requires_grad = requires_grad and self.node is None
        return self

    def backward(self, cotangent: Any = None, *, retain_graph: bool = False) -> None:
        """Add d(self)/d(leaf) to `.grad` of every leaf; see tinynn.autograd.backward."""
        autograd.backward(
            self, None if cotangent is None else np.asarray(cotangent), retain_graph=retain_graph
        )

    def detach(self) -> Tensor:
        """The same storage, outside the graph."""
        return Tensor.wrap(self.data)

    def register_hook(self, hook: Callable[[Tensor], Any]) -> Callable[[], None]:
        """Call `hook(gradient)` when the gradient of this tensor is known; what it returns replaces it.

        Returns a function that removes the hook.
        """
        if not self.requires_grad:
            raise GraphError("register_hook: this tensor needs no gradient; try requires_grad=True")

        def on_array(g: Array) -> Array | None:
            new = hook(Tensor.wrap(g))
            return None if new is None else np.asarray(new, dtype=g.dtype)

        owner: Variable | Node = self if self.node is None else self.node
        hooks = owner.hooks = owner.hooks or {}
        key = id(on_array)
        hooks[key] = on_array
        return lambda: hooks.pop(key, None) and None

    def retain_grad(self) -> None:
        """Keep the gradient of a tensor that an op made in its `.grad` too."""
        if self.node is None:
            return
        me = weakref.ref(self)

        def keep(gradient: Tensor) -> None:
            tensor = me()
            if tensor is not None:
                old = tensor.grad
                tensor.grad = Tensor(gradient.data.copy() if old is None else old.data + gradient.data)

        self.register_hook(keep)


def as_array(data: Any, dtype: Any = None) -> Array:
    """What a Tensor stores: float32, float64, an integer dtype or bool, shared where possible."""
    if isinstance(data, Variable):
        data = data.data
    given = isinstance(data, (np.ndarray, np.generic))
    array = np.asarray(data, dtype=dtype)
    if not given and dtype is None and array.dtype == np.float64:
        array = array.astype(np.float32)
    if array.dtype.kind not in "iub" and array.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise DtypeError(
            f"Tensor: got {array.dtype}; needed float32, float64, integers or bool; try .astype('float32')"
        )
    return array
