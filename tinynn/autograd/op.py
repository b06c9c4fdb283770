"""@op: makes a differentiable op of a function on arrays that returns (y, backward).

    @op
    def square(x):
        def backward(dy, needs):
            return (2 * x * dy,)
        return x * x, backward

Positional arguments are arrays (or None), options are keyword-only; where some parameters are
positional-only (`x, /, axis=None`) these are the arrays and the rest are options. Called with
Tensors, the function sees their arrays, the result comes back in the class of the first Tensor, and a
Node remembers `backward`. Called with plain arrays it returns a plain array. The engine never sees a
kernel, an op never sees a Tensor.

The contract of backward(dy, needs): one gradient per array argument of the call, with its shape and
dtype; None where needs says no. A gradient is a fresh array, or dy itself, or a view of one of these;
never an array that was saved. None in place of backward: the result is a constant.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import numpy as np
from numpy import ndarray

from tinynn.autograd.modes import recording
from tinynn.autograd.node import Array, Backward, Node, Variable

if TYPE_CHECKING:
    from tinynn.tensor import Tensor

P = ParamSpec("P")
registry: dict[str, Callable[..., Any]] = {}  # tinynn's own ops by name; those of users are not listed


def op(function: Callable[P, tuple[Array, Backward | None]]) -> Callable[P, Tensor]:
    """Make a differentiable op of `function`; see the module's docstring."""
    name = function.__name__.strip("_")
    arrays, trailing, most = _array_parameters(function)

    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        if len(args) > most or (options and not arrays.keys().isdisjoint(options)):
            args = _in_order(name, arrays, trailing, args, options)
        first = None
        wanted = False
        values: list[Any] = []
        parents: list[Node | Variable | None] = []
        for a in args:
            parent: Node | Variable | None = None
            if isinstance(a, Variable):
                first = first or type(a)
                if a.node is not None:
                    parent, wanted = a.node, True
                elif a._requires_grad:
                    parent, wanted = a, True
                a = a.data
            elif a is not None and type(a) is not ndarray:
                a = _array(a)
            values.append(a)
            parents.append(parent)
        y, backward = function(*values, **options)
        if type(y) is not ndarray:  # NumPy makes a scalar of an array without axes
            y = np.asarray(y)
        if first is None:
            return y
        if wanted and backward is not None and recording.get():
            return first.wrap(y, Node(name, backward, tuple(parents), y))
        return first.wrap(y)

    if function.__module__.startswith("tinynn."):
        registry[name] = run
    return run


def _array_parameters(function: Callable[..., Any]) -> tuple[dict[str, Any], list[str], int]:
    """Name -> default of the arrays; the options that may stand behind them; how many arrays at most."""
    parameters = inspect.signature(function).parameters.values()
    first = {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_ONLY}
    other = {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return other, [], sys.maxsize
    return (first, list(other), len(first)) if first else (other, [], len(other))


def _in_order(
    name: str, arrays: dict[str, Any], trailing: list[str], args: tuple[Any, ...], options: dict[str, Any]
) -> tuple[Any, ...]:
    """The arrays of a call in their places; moves what was given otherwise into or out of `options`."""
    extra = args[len(arrays) :]
    if len(extra) > len(trailing):
        raise TypeError(f"{name}: got {len(args)} arguments; needed at most {len(arrays) + len(trailing)}")
    for key, value in zip(trailing, extra, strict=False):
        if key in options:
            raise TypeError(f"{name}: got {key} twice")
        options[key] = value
    ordered = list(args[: len(arrays)])
    for i, (key, default) in enumerate(arrays.items()):
        if key in options:
            if i < len(ordered):
                raise TypeError(f"{name}: got {key} twice")
            ordered.append(options.pop(key))
        elif i >= len(ordered):
            if default is inspect.Parameter.empty:
                raise TypeError(f"{name}: needed {key}")
            ordered.append(default)
    return tuple(ordered)


def _array(argument: Any) -> Any:
    """What the op's function sees where a caller gave neither a Tensor nor an array."""
    if isinstance(argument, (bool, int, float, np.generic)):
        return argument  # numbers stay weak: they take the dtype of their partner
    return np.asarray(argument)
