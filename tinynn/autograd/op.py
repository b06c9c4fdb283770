"""@op: makes a differentiable op of a function on arrays that returns (y, backward).

    @op
    def square(x):
        def backward(dy, needs):
            return (2 * x * dy,)
        return x * x, backward

Positional arguments are arrays (or None), options are keyword-only. Called with Tensors, the function
sees their arrays, the result comes back in the class of the first Tensor, and a Node remembers
`backward`. Called with plain arrays it returns a plain array. The engine never sees a kernel, an op
never sees a Tensor.

The contract of backward(dy, needs): one gradient per positional argument, shaped like it; None where
needs says no. A gradient is a fresh array, or dy itself, or a view of it; never an array that was saved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import numpy as np

from tinynn.autograd.modes import recording
from tinynn.autograd.node import Array, Backward, Node, Variable

if TYPE_CHECKING:
    from tinynn.tensor import Tensor

P = ParamSpec("P")
registry: dict[str, Callable[..., Any]] = {}


def op(function: Callable[P, tuple[Array, Backward]]) -> Callable[P, Tensor]:
    """Make a differentiable op of `function`; see the module's docstring."""
    name = function.__name__

    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        first = None
        wanted = False
        for a in args:
            if isinstance(a, Variable):
                first = first or type(a)
                wanted = wanted or a._requires_grad or a.node is not None
        y, backward = function(*[_array(a) for a in args], **options)
        if first is None:
            return y
        if not (wanted and recording.get()):
            return first.wrap(y)
        parents = tuple([_parent(a) for a in args])
        return first.wrap(y, Node(name, backward, parents, tuple([p is not None for p in parents]), y))

    registry[name] = run
    return run


def _array(argument: Any) -> Any:
    """What the op's function sees: a Tensor's array; None; anything else as an array."""
    if isinstance(argument, Variable):
        return argument.data
    if argument is None or isinstance(argument, np.ndarray):
        return argument
    if isinstance(argument, (bool, int, float, np.generic)):
        return argument  # Python numbers stay weak: they take the dtype of their partner
    return np.asarray(argument)


def _parent(argument: Any) -> Node | Variable | None:
    if not isinstance(argument, Variable):
        return None
    if argument.node is not None:
        return argument.node
    return argument if argument._requires_grad else None
