"""Is this backward right? gradcheck compares it with central differences; jacobian writes it all out.

A single entry or an all-ones cotangent misses most mistakes; three random directions u and a random
cotangent v find them. Per direction

    analytic  = sum_i <grad_i, u_i>          grad = backward(v)
    numeric   = (<f(x + h u), v> - <f(x - h u), v>) / 2h
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinynn.autograd.backward import backward
from tinynn.autograd.modes import enable_grad, no_grad
from tinynn.autograd.node import Array, Variable
from tinynn.errors import DtypeError, GraphError

Function = Callable[..., Any]


class GradcheckError(AssertionError):
    """backward and the difference quotient disagree; the message shows where."""


def gradcheck(
    function: Function,
    inputs: Sequence[Any],
    *,
    directions: int = 3,
    eps: float = 1e-6,
    rtol: float = 1e-6,
    seed: int = 0,
) -> bool:
    """Check the backward pass of `function` at `inputs` in random directions.

    Parameters
    ----------
    function : callable (*inputs) -> Tensor
        Smooth within `eps` of the inputs: no kink of a ReLU, no tie of a maximum.
    inputs : sequence of float64 Tensors
        Those with requires_grad=True are checked.
    directions : int
    eps : float
        Half the width of the difference quotient, relative to each direction's length one per entry.
    rtol : float
        Relative to the typical size of the sum, sqrt(sum (grad u)^2).
    seed : int

    Returns
    -------
    True

    Raises
    ------
    GradcheckError
        They disagree, or both are zero, which would prove nothing.
    DtypeError
        An input is not float64: float32 cannot tell a right gradient from a wrong one.

    Examples
    --------
    >>> import tinynn as tn
    >>> x = tn.Tensor([0.5, 2.0], requires_grad=True, dtype="float64")
    >>> gradcheck(lambda x: x * x, [x])
    True
    """
    checked = _checked("gradcheck", inputs)
    rng = np.random.default_rng(seed)
    with enable_grad():
        y = function(*inputs)
    if not isinstance(y, Variable) or not y.requires_grad:
        raise GraphError(
            "gradcheck: what the function returned has no graph; needed a Tensor made of the inputs"
        )
    v = rng.normal(size=y.data.shape)
    gradients = _gradients(y, v, [inputs[i] for i in checked])
    for direction in range(directions):
        us = [rng.normal(size=g.shape) for g in gradients]
        analytic = sum(float((g * u).sum()) for g, u in zip(gradients, us, strict=True))
        numeric = _quotient(function, inputs, dict(zip(checked, us, strict=True)), v, eps)
        scale = np.sqrt(sum(float(((g * u) ** 2).sum()) for g, u in zip(gradients, us, strict=True)))
        if not (abs(analytic - numeric) <= rtol * max(abs(analytic), abs(numeric), scale) and scale > 0):
            raise GradcheckError(
                _report(function, inputs, checked, gradients, v, eps, direction, analytic, numeric)
            )
    return True


def jacobian(function: Function, inputs: Any) -> Any:
    """The matrix of all derivatives of function(x) at x, by one backward pass per output.

    Parameters
    ----------
    function : callable (*inputs) -> Tensor
    inputs : Tensor, or a sequence of them

    Returns
    -------
    array (*y.shape, *x.shape), or a tuple of them for a sequence of inputs

    Examples
    --------
    >>> import tinynn as tn
    >>> jacobian(lambda x: x * x, tn.Tensor([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]], dtype=float32)
    """
    single = isinstance(inputs, Variable)
    leaves = [_leaf(x) for x in ([inputs] if single else inputs)]
    with enable_grad():
        y = function(*leaves)
    rows: list[list[Array]] = [[] for _ in leaves]
    for i in range(y.data.size):
        unit = np.zeros(y.data.size, y.data.dtype)
        unit[i] = 1
        for row, g in zip(rows, _gradients(y, unit.reshape(y.data.shape), leaves), strict=True):
            row.append(g)
    full = tuple(
        np.array(row, x.data.dtype).reshape(*y.data.shape, *x.data.shape)
        for row, x in zip(rows, leaves, strict=True)
    )
    return full[0] if single else full


def _checked(who: str, inputs: Sequence[Any]) -> list[int]:
    places = [i for i, x in enumerate(inputs) if isinstance(x, Variable) and x.requires_grad]
    for i in places:
        if inputs[i].data.dtype != np.float64:
            raise DtypeError(f"{who}: input {i} is {inputs[i].data.dtype}; needed float64; try .double()")
    if not places:
        raise GraphError(f"{who}: no input has requires_grad=True")
    return places


def _leaf(x: Any) -> Variable:
    leaf: Variable = type(x).wrap(x.data)
    leaf._requires_grad = True
    return leaf


def _gradients(y: Variable, v: Array, leaves: Sequence[Variable]) -> list[Array]:
    """d<y, v>/d(leaf) for each leaf; what stood in .grad stays there."""
    before = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = None
    try:
        backward(y, v, retain_graph=True)
        return [np.zeros_like(x.data) if x.grad is None else np.array(x.grad.data) for x in leaves]
    finally:
        for leaf, grad in zip(leaves, before, strict=True):
            leaf.grad = grad


def _quotient(function: Function, inputs: Sequence[Any], us: dict[int, Array], v: Array, eps: float) -> float:
    """The central difference of <f, v> along the directions us."""

    def at(step: float) -> Array:
        moved = [type(x).wrap(x.data + step * us[i]) if i in us else x for i, x in enumerate(inputs)]
        with no_grad():
            y: Array = function(*moved).data
        return y

    return float(((at(eps) - at(-eps)) * v).sum() / (2 * eps))


def _report(
    function: Function,
    inputs: Sequence[Any],
    checked: list[int],
    gradients: list[Array],
    v: Array,
    eps: float,
    direction: int,
    analytic: float,
    numeric: float,
) -> str:
    """Which input, which entry: the worst one of each, by differences of its own."""
    head = (
        f"gradcheck: along direction {direction} backward gives {analytic:.9g}, the differences {numeric:.9g}"
    )
    lines = [head]
    if analytic == numeric == 0:
        return head + "; both are zero, which proves nothing: choose other inputs"
    for i, g in zip(checked, gradients, strict=True):
        entries = list(np.ndindex(*g.shape))[:200]
        units = []
        for entry in entries:
            u = np.zeros_like(g)
            u[entry] = 1
            units.append(_quotient(function, inputs, {i: u}, v, eps))
        if entries:
            off = [abs(q - float(g[e])) for q, e in zip(units, entries, strict=True)]
            worst = int(np.argmax(off))
            wrong = sum(o > 1e-4 * max(abs(q), 1e-3) for o, q in zip(off, units, strict=True))
            place = tuple(int(k) for k in entries[worst])
            lines.append(
                f"  input {i} {g.shape}: {wrong} of {len(entries)} entries differ; at {place} backward "
                f"{float(g[entries[worst]]):.9g}, numeric {units[worst]:.9g}"
            )
    return "\n".join(lines)
