"""gradcheck: is this backward right? Compare it with finite differences. jacobian: all derivatives at once.

Along a direction v the derivative of <c, f(x)> is <c, (f(x + h v) - f(x - h v)) / 2h> + O(h^2), and, if
backward is right, <g, v>, g being what it returns for the cotangent c. A random direction touches every
element of the gradient at once, and a random c every element of the result: a few of them find what a
look at single elements misses (and a cotangent of ones hides).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinynn.autograd.backward import backward
from tinynn.autograd.modes import enable_grad, no_grad
from tinynn.autograd.node import Array, Variable
from tinynn.errors import ArgumentError, GradcheckError
from tinynn.random import default_generator, set_apart

Inputs = Any | Sequence[Any]
_MOST_ELEMENTS = 2000  # of an input that is searched element by element for the report


def gradcheck(
    f: Callable[..., Any],
    inputs: Inputs,
    *,
    step: float = 1e-6,
    rtol: float = 1e-6,
    directions: int = 3,
    seed: int = 0,
) -> bool:
    """Compare the gradients of f with central differences; True, or a GradcheckError that says where.

    Each of the inputs with requires_grad=True (where none has it, each of floats) is checked on its own,
    in float64, along random directions and with a random cotangent. f must be smooth there: keep away
    from the corners of relu, abs, max. Random numbers that f takes from tinynn's default generator are
    the same in every call.

    Parameters
    ----------
    f : function of tensors that returns one tensor
    inputs : a tensor or array, or a sequence of them
        Only copies are handed to f; integers and booleans stay as they are.
    step : float
        h, relative to the size of the input's numbers where these are larger than 1.
    rtol : float
        Of the larger of the two derivatives, or of the size of their terms, sqrt(sum (g v)^2), where
        these cancel. The rounding error of the difference, about eps sum |c f(x)| / h, comes on top.
    directions, seed : int

    Raises
    ------
    GradcheckError
        A gradient is wrong; or both sides are zero, so that nothing was checked.
    ArgumentError
        No input holds floats.

    Examples
    --------
    >>> import tinynn as tn
    >>> tn.gradcheck(lambda x: (x * x).sum(), tn.tensor([1.0, 2.0]))
    True
    """
    arrays = [_float64(x) for x in _sequence(inputs)]
    checked = _to_check(_sequence(inputs), arrays)
    rng = np.random.default_rng(seed)
    with set_apart([default_generator]), enable_grad():
        y, gradients, cotangent = _analytic(f, arrays, checked, rng)
    noise = 4 * np.finfo(np.float64).eps * float(np.abs(cotangent * y).sum()) / step

    def along(i: int, v: Array) -> float:
        h = step * max(1.0, float(np.abs(arrays[i]).max()))
        ends = []
        for x in (arrays[i] + h * v, arrays[i] - h * v):
            with set_apart([default_generator]), no_grad():
                ends.append(_call(f, [_leaf(a) for a in (*arrays[:i], x, *arrays[i + 1 :])]).data)
        return float((cotangent * (ends[0] - ends[1])).sum() / (2 * h))

    seen = 0.0
    for i in checked:
        for _ in range(directions):
            v = rng.standard_normal(arrays[i].shape)
            got, wanted = float((gradients[i] * v).sum()), along(i, v)
            size = max(abs(got), abs(wanted), float(np.linalg.norm(gradients[i] * v)))
            seen = max(seen, size)
            if not abs(got - wanted) <= rtol * size + noise:  # a NaN is wrong, too
                raise GradcheckError(_report(i, arrays[i], gradients[i], got, wanted, along))
    if seen <= noise:
        raise GradcheckError(
            "gradcheck: the gradients are zero, and so are the differences: nothing was checked; "
            "try inputs on which the result depends"
        )
    return True


def jacobian(f: Callable[..., Any], inputs: Inputs) -> Any:
    """All derivatives of f: d y[i...] / d x[j...], one backward pass per element of y.

    Parameters
    ----------
    f : function of tensors that returns one tensor
    inputs : a tensor or array, or a sequence of them
        Only copies are handed to f; their dtype stays.

    Returns
    -------
    array (*y.shape, *x.shape); of a sequence of inputs, a tuple of them, with None for integers.

    Examples
    --------
    >>> import tinynn as tn
    >>> jacobian(lambda x: x * x, tn.tensor([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]], dtype=float32)
    """
    arrays = [np.array(x.data if isinstance(x, Variable) else x) for x in _sequence(inputs)]
    leaves = [_leaf(x) for x in arrays]
    with enable_grad():
        y = _call(f, leaves)
    rows = [np.zeros((y.data.size, x.size), x.dtype) for x in arrays]
    for k in range(y.data.size if y.requires_grad else 0):
        unit = np.zeros(y.data.shape, y.data.dtype)
        unit.flat[k] = 1
        for leaf in leaves:
            leaf.grad = None
        backward(y, unit, retain_graph=True)
        for row, leaf in zip(rows, leaves, strict=True):
            if leaf.grad is not None:
                row[k] = leaf.grad.data.reshape(-1)
    results = tuple(
        [
            row.reshape(y.data.shape + x.shape) if x.dtype.kind == "f" else None
            for row, x in zip(rows, arrays, strict=True)
        ]
    )
    return results if isinstance(inputs, (tuple, list)) else results[0]


def _sequence(inputs: Inputs) -> list[Any]:
    return list(inputs) if isinstance(inputs, (tuple, list)) else [inputs]


def _float64(x: Any) -> Array:
    array = np.array(x.data if isinstance(x, Variable) else x)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _to_check(inputs: list[Any], arrays: list[Array]) -> list[int]:
    floats = [i for i, x in enumerate(arrays) if x.dtype.kind == "f" and x.size]
    if not floats:
        raise ArgumentError("gradcheck: no input holds floats; nothing can be checked")
    return [i for i in floats if getattr(inputs[i], "requires_grad", False)] or floats


def _leaf(x: Array) -> Variable:
    leaf = Variable.face.wrap(x)
    leaf._requires_grad = x.dtype.kind == "f"
    return leaf


def _call(f: Callable[..., Any], leaves: list[Variable]) -> Variable:
    y = f(*leaves)
    if not isinstance(y, Variable):
        raise GradcheckError(f"gradcheck: f returned {type(y).__name__}; needed one Tensor")
    return y


def _analytic(
    f: Callable[..., Any], arrays: list[Array], checked: list[int], rng: np.random.Generator
) -> tuple[Array, dict[int, Array], Array]:
    """f(x), the gradients that backward gives, and the cotangent it was given."""
    leaves = [_leaf(x.copy()) for x in arrays]
    for i, leaf in enumerate(leaves):
        leaf._requires_grad = i in checked
    y = _call(f, leaves)
    cotangent = rng.standard_normal(y.data.shape)
    if y.requires_grad:
        backward(y, cotangent)
    found = {i: leaves[i].grad for i in checked}
    return y.data, {i: np.zeros_like(arrays[i]) if g is None else g.data for i, g in found.items()}, cotangent


def _report(
    i: int, x: Array, gradient: Array, got: float, wanted: float, along: Callable[[int, Array], float]
) -> str:
    lines = [
        f"gradcheck: the gradient of input {i}, shape {x.shape}, is wrong",
        f"  along a random direction: backward says {got:.9g}, differences say {wanted:.9g}"
        + (f", {got / wanted:.6g} times as much" if wanted else ""),
    ]
    if x.size <= _MOST_ELEMENTS:
        true = np.array([along(i, unit.reshape(x.shape)) for unit in np.eye(x.size)]).reshape(x.shape)
        wrong = np.abs(gradient - true) > 1e-4 * np.abs(true).max()
        worst = np.unravel_index(int(np.argmax(np.abs(gradient - true))), x.shape)
        place = tuple(map(int, worst))
        lines.append(f"  {int(wrong.sum())} of {x.size} elements are off; the worst is at {place}:")
        lines.append(f"  backward says {gradient[worst]:.9g}, differences say {true[worst]:.9g}")
    return "\n".join(lines)
