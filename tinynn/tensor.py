"""Tensor: a NumPy array with a link into the graph.

Here are its storage, its place in the graph and its borders; what it can do is in operators.py.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from tinynn import autograd
from tinynn.autograd import Array, Handle, Node, Variable
from tinynn.errors import ArgumentError, DtypeError, GraphError, ShapeError
from tinynn.functional.elementwise import plus
from tinynn.functional.layout import fresh_copy
from tinynn.operators import Operators, plain


class Tensor(Operators):
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
    __array_priority__ = 1000
    __array_ufunc__ = None  # NumPy's operators step back: array + tensor is a tensor

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
    def is_leaf(self) -> bool:
        """True where no op made it."""
        return self.node is None

    def __repr__(self) -> str:
        body = np.array2string(self.data, separator=", ", prefix="Tensor(")
        if self.node is not None:
            return f"Tensor({body}, dtype={self.dtype}, made_by={self.node.name})"
        return f"Tensor({body}, dtype={self.dtype}{', requires_grad=True' if self._requires_grad else ''})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the numbers on shades of red and blue, or pictures of them."""
        from tinynn.display.tables import tensor_html

        made = f"made by {self.node.name}" if self.node is not None else ""
        return tensor_html(type(self).__name__, self.data, made or "requires_grad" * self._requires_grad)

    # ---- to and from other libraries ---------------------------------------------------------------

    def numpy(self) -> Array:
        """The storage itself, shared; never raises, whatever the graph."""
        return self.data

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.data, dtype=dtype, copy=copy)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's functions take a Tensor for its array, and return an array outside the graph."""
        return function(*plain(args), **plain(kwargs))

    def __dlpack__(self, **options: Any) -> Any:
        return self.data.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.data.__dlpack_device__()

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers."""
        return self.data.tolist()

    def __copy__(self) -> Self:
        """The same storage and the same place in the graph."""
        new = type(self).__new__(type(self))
        new.data, new.node, new._requires_grad = self.data, self.node, self._requires_grad
        new.grad = new.hooks = None
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A leaf with its own storage and gradient, without the hooks."""
        if self.node is not None:
            raise GraphError("deepcopy: this tensor was made by an op; try .detach().clone()")
        new = memo[id(self)] = self.__copy__()
        new.data = self.data.copy()
        new.grad = None if self.grad is None else Tensor(self.grad.data.copy())
        return new

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise ArgumentError(
            "pickle: tinynn pickles nothing, since a pickle may run anything when it is read; "
            "try tensor.numpy(), or model.state_dict() with safetensors"
        )

    # ---- the graph ---------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether backward computes a gradient for it or through it; may be set on a leaf."""
        return self._requires_grad or self.node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Collect the gradient of this leaf, or stop doing so; returns self."""
        if requires_grad and self.data.dtype.kind != "f":
            raise DtypeError(
                f"requires_grad: the tensor is {self.dtype}; needed float32 or float64; try dtype='float32'"
            )
        if self.node is not None and not requires_grad:
            raise GraphError("requires_grad_(False): this tensor was made by an op; try .detach()")
        self._requires_grad = bool(requires_grad) and self.node is None
        return self

    def backward(self, cotangent: Any = None, *, retain_graph: bool = False) -> None:
        """Add d(self)/d(leaf) to `.grad` of every leaf; see tinynn.autograd.backward."""
        dy = None if cotangent is None else np.asarray(cotangent)
        autograd.backward(self, dy, retain_graph=retain_graph, add=plus, copy=fresh_copy)

    def detach(self) -> Tensor:
        """The same storage, outside the graph."""
        return Tensor.wrap(self.data)

    def register_hook(self, hook: Callable[[Tensor], Any]) -> Handle:
        """Call `hook(gradient)` when the gradient of this tensor is known; what it returns replaces it.

        Returns a handle whose `remove()` takes the hook out again.
        """
        if not self.requires_grad:
            raise GraphError("register_hook: this tensor needs no gradient; try requires_grad=True")
        if not callable(hook):
            raise DtypeError(f"register_hook: got {hook!r}; needed a function of the gradient")

        def on_array(g: Array) -> Array | None:
            new = hook(Tensor.wrap(g))
            if new is None:
                return None
            array = np.asarray(new, dtype=g.dtype)
            if array.shape != g.shape:
                raise ShapeError(f"hook: returned {array.shape} for a gradient of shape {g.shape}")
            return array

        owner: Variable | Node = self if self.node is None else self.node
        if owner.hooks is None:
            owner.hooks = {}
        return Handle(owner.hooks, on_array)

    def retain_grad(self) -> None:
        """Keep the gradient of a tensor that an op made in its `.grad` too."""
        if self.node is None:
            return
        me = weakref.ref(self)  # the graph must not keep its results alive

        def keep(gradient: Tensor) -> None:
            tensor = me()
            if tensor is not None:
                old = tensor.grad
                tensor.grad = Tensor.wrap(
                    fresh_copy(gradient.data) if old is None else plus(old.data, gradient.data)
                )

        self.register_hook(keep)


Variable.face = Tensor


def as_array(data: Any, dtype: Any = None) -> Array:
    """What a Tensor stores: float32, float64, an integer dtype or bool, shared where possible."""
    if isinstance(data, Variable):
        data = data.data
    given = isinstance(data, (np.ndarray, np.generic))
    try:
        array = np.asarray(data, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise DtypeError(f"Tensor: got {type(data).__name__}, which makes no array: {error}") from None
    if not given and dtype is None and array.dtype == np.float64:
        array = array.astype(np.float32)
    if array.dtype.kind not in "iub" and array.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise DtypeError(
            f"Tensor: got {array.dtype}; needed float32, float64, integers or bool; try .astype('float32')"
        )
    return array
