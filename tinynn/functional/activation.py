"""Activations, element by element: y = act(x), dx = dy * act'(x).

| name | y | kept for backward |
| --- | --- | --- |
| relu | max(x, 0) | y |
| leaky_relu | x > 0 ? x : alpha x | y |
| prelu | x > 0 ? x : slope x, slope learned | x |
| sigmoid | 1 / (1 + exp(-x)) | y |
| tanh | tanh x | y |
| elu | x > 0 ? x : alpha (exp x - 1) | y |
| gelu | x Phi(x), Phi the normal distribution function | x |
| silu | x sigmoid(x) | x |
| softplus | log(1 + exp x) | y |

At the kink of relu, leaky_relu, prelu and elu the derivative is that of the left side.
"""

from __future__ import annotations

from typing import Any

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.backends.numpy_rung.activation import FORMULAS
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.checks import are_float, need_array, need_choice, need_float, need_number
from tinynn.functional.layout import contiguous

# The formulas stand in the first rung: their names, what they keep, and the constant of those that have one.
ACTIVATIONS = tuple(FORMULAS)
KEEPS_INPUT = frozenset(name for name, formula in FORMULAS.items() if formula.keeps == "z")
_DEFAULT = {name: formula.alpha for name, formula in FORMULAS.items()}
_ALPHA = frozenset(name for name, alpha in _DEFAULT.items() if alpha)


def check_activation(who: str, activation: str, alpha: float | None) -> float:
    """The alpha to hand to a kernel.

    Raises
    ------
    ArgumentError
        An unknown activation; an alpha for which the output no longer tells the derivative.
    """
    if alpha is None and isinstance(activation, str) and activation in _DEFAULT:
        return _DEFAULT[activation]
    need_choice(who, "activation", activation, ACTIVATIONS)
    assert alpha is not None
    if activation not in _ALPHA:
        raise ArgumentError(
            f"{who}: got alpha={alpha!r}, but {activation} has none; only leaky_relu and elu do"
        )
    alpha = need_number(who, "alpha", alpha, 0)
    if alpha == 0 and activation == "elu":
        raise ArgumentError(f"{who}: alpha is {alpha!r}; elu needed a positive number")
    return alpha


@op
def activation(
    x: Any, slope: Any = None, *, activation: str, alpha: float | None = None
) -> tuple[Array, Backward]:
    """y = act(x), element by element.

    Parameters
    ----------
    x : (...) float
    slope : (1,) or (c,) float, for prelu only; c is the size of axis 1 (of axis 0 for a 1-D x)
    activation : str
        One of the table at the top of this module.
    alpha : float, optional
        leaky_relu: slope left of 0, default 0.01. elu: default 1.

    Raises
    ------
    DtypeError, ShapeError, ArgumentError

    Examples
    --------
    >>> activation(np.array([-2.0, 3.0]), activation="leaky_relu", alpha=0.5)
    array([-1.,  3.])
    """
    alpha = check_activation(str(activation), activation, alpha)
    if not are_float(x, slope):
        need_array(activation, "x", x)
        need_float(activation, x=x, slope=slope)
    shape = x.shape
    if activation == "prelu":
        x = _channels_in_the_middle(x, slope)
    elif slope is not None:
        raise ArgumentError(f"{activation}: got a slope; only prelu has one")
    y = kernels.activation_forward(x, slope, activation=activation, alpha=alpha)
    kept = None if activation == "identity" else x if activation in KEEPS_INPUT else y

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        dx, dslope = kernels.activation_backward(
            dy if dy.shape == y.shape else contiguous(dy).reshape(y.shape),
            kept,
            slope,
            activation=activation,
            alpha=alpha,
            needs=(*needs, False)[:2],
        )
        return (None if dx is None else dx.reshape(shape), dslope)[: len(needs)]

    return (y if y.shape == shape else y.reshape(shape)), backward


def _channels_in_the_middle(x: Array, slope: Array | None) -> Array:
    """x as (m, c, inner) for prelu: axis 1 holds the channels, as in the field."""
    if slope is None or slope.ndim != 1:
        raise ShapeError(
            f"prelu: slope is {None if slope is None else slope.shape}; needed (1,) or (channels,)"
        )
    channels = 1 if x.ndim == 0 else x.shape[min(1, x.ndim - 1)]
    if slope.shape[0] not in (1, channels):
        raise ShapeError(
            f"prelu: x is {x.shape} with {channels} channels but slope is {slope.shape}; "
            f"needed (1,) or ({channels},)"
        )
    x = contiguous(x)
    if slope.shape[0] == 1:
        return x.reshape(-1, 1, 1)
    lead = x.shape[0] if x.ndim > 1 else 1
    return x.reshape(lead, channels, -1) if x.size else x.reshape(lead, channels, 0 if x.ndim > 2 else 1)


def relu(x: Any) -> Any:
    """max(x, 0). The derivative at 0 is 0.

    Examples
    --------
    >>> relu(np.array([-2.0, 3.0]))
    array([0., 3.])
    """
    return activation(x, activation="relu")


def leaky_relu(x: Any, *, alpha: float = 0.01) -> Any:
    """x where x > 0, else alpha x; alpha >= 0.

    Examples
    --------
    >>> leaky_relu(np.array([-2.0, 3.0]))
    array([-0.02,  3.  ])
    """
    return activation(x, activation="leaky_relu", alpha=alpha)


def prelu(x: Any, slope: Any) -> Any:
    """x where x > 0, else slope x, with slope (1,) or one per channel learned (He et al. 2015).

    Examples
    --------
    >>> prelu(np.array([-2.0, 3.0]), np.array([0.25]))
    array([-0.5,  3. ])
    """
    return activation(x, slope, activation="prelu")


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)); the derivative is y (1 - y).

    Examples
    --------
    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    return activation(x, activation="sigmoid")


def tanh(x: Any) -> Any:
    """tanh x; the derivative is 1 - y^2.

    Examples
    --------
    >>> tanh(np.array([0.0, 1e4]))
    array([0., 1.])
    """
    return activation(x, activation="tanh")


def elu(x: Any, *, alpha: float = 1.0) -> Any:
    """x where x > 0, else alpha (exp x - 1) (Clevert, Unterthiner, Hochreiter 2016).

    Examples
    --------
    >>> elu(np.array([-1e4, 3.0]))
    array([-1.,  3.])
    """
    return activation(x, activation="elu", alpha=alpha)


def gelu(x: Any) -> Any:
    """x Phi(x), Phi the normal distribution function, exact (Hendrycks & Gimpel 2016).

    Examples
    --------
    >>> gelu(np.array([0.0, 3.0])).round(4)
    array([0.   , 2.996])
    """
    return activation(x, activation="gelu")


def silu(x: Any) -> Any:
    """x sigmoid(x), also called swish (Elfwing, Uchibe, Doya 2018).

    Examples
    --------
    >>> silu(np.array([0.0, 3.0])).round(4)
    array([0.    , 2.8577])
    """
    return activation(x, activation="silu")


def softplus(x: Any) -> Any:
    """log(1 + exp x), a smooth relu; the derivative is sigmoid(x).

    Examples
    --------
    >>> softplus(np.array([0.0, 1e4])).round(4)
    array([6.931e-01, 1.000e+04])
    """
    return activation(x, activation="softplus")
