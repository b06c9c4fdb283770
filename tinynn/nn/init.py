"""Initialisers: what the weights start from decides how deep a network still learns.

Functions with a trailing underscore fill a tensor in place, drawing from tinynn's generator, and
return it. fan_in is the number of inputs of an output, fan_out that of outputs of an input; for a kernel
(o, c, k...) of a convolution both count the places of the kernel.

| name | variance of w | keeps constant |
| --- | --- | --- |
| lecun | 1 / fan_in | the size of what goes forward through linear layers |
| xavier, glorot | gain^2 2 / (fan_in + fan_out) | that, and of what comes back |
| kaiming, he | gain^2 / fan_in | the size of what goes forward through ReLU (gain sqrt 2) |
| orthogonal | gain^2 / fan_in, columns or rows at right angles | lengths, exactly |

A uniform distribution in -b..b has the variance b^2 / 3.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np

from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.functional.checks import need_choice, need_number
from tinynn.functional.random import normal, uniform
from tinynn.random import Generator
from tinynn.tensor import Tensor

__all__ = [
    "calculate_gain",
    "constant_",
    "fans",
    "glorot_normal_",
    "glorot_uniform_",
    "he_normal_",
    "he_uniform_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "lecun_normal_",
    "lecun_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal_",
    "uniform",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

T = TypeVar("T", bound=Tensor)
Chance = Generator | None
GAINS = {"identity": 1.0, "linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}


def calculate_gain(nonlinearity: str, alpha: float = 0.01) -> float:
    """By how much to widen the weights, since the activation narrows what goes through it.

    1 for linear and sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2 / (1 + alpha^2)) for leaky_relu.

    Raises
    ------
    ArgumentError
        Nobody has proposed a gain for this activation.

    Examples
    --------
    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    need_choice("calculate_gain", "nonlinearity", nonlinearity, (*GAINS, "leaky_relu"))
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + need_number("calculate_gain", "alpha", alpha) ** 2))
    return GAINS[nonlinearity]


def constant_(tensor: T, value: float) -> T:
    """Every number `value`."""
    return _fill("constant_", tensor, need_number("constant_", "value", value))


def zeros_(tensor: T) -> T:
    """Every number 0: for biases. Weights that start equal stay equal."""
    return _fill("zeros_", tensor, 0.0)


def ones_(tensor: T) -> T:
    """Every number 1."""
    return _fill("ones_", tensor, 1.0)


def uniform_(tensor: T, low: float = 0.0, high: float = 1.0, *, generator: Chance = None) -> T:
    """Uniform in [low, high)."""
    _need_floats("uniform_", tensor)
    return _fill(
        "uniform_", tensor, uniform(tensor.shape, low, high, dtype=tensor.dtype, generator=generator)
    )


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, *, generator: Chance = None) -> T:
    """Normal with this mean and standard deviation."""
    _need_floats("normal_", tensor)
    need_number("normal_", "std", std, 0)
    values = normal(tensor.shape, mean, std, dtype=tensor.dtype, generator=generator)
    return _fill("normal_", tensor, values)


def lecun_uniform_(tensor: T, *, generator: Chance = None) -> T:
    """Uniform with the variance 1 / fan_in.

    LeCun, Bottou, Orr, Müller: Efficient backprop (Neural networks: tricks of the trade, 1998).
    """
    return _spread_uniform("lecun_uniform_", tensor, 1 / fans("lecun_uniform_", tensor)[0], generator)


def lecun_normal_(tensor: T, *, generator: Chance = None) -> T:
    """Normal with the variance 1 / fan_in; see `lecun_uniform_`."""
    return _spread_normal("lecun_normal_", tensor, 1 / fans("lecun_normal_", tensor)[0], generator)


def xavier_uniform_(tensor: T, gain: float = 1.0, *, generator: Chance = None) -> T:
    """Uniform with the variance gain^2 2 / (fan_in + fan_out).

    Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks (AISTATS 2010).

    Examples
    --------
    >>> w = xavier_uniform_(tn.zeros(100, 50))
    >>> bool(abs(w.numpy()).max() <= (6 / 150) ** 0.5)
    True
    """
    fan_in, fan_out = fans("xavier_uniform_", tensor)
    return _spread_uniform("xavier_uniform_", tensor, gain**2 * 2 / (fan_in + fan_out), generator)


def xavier_normal_(tensor: T, gain: float = 1.0, *, generator: Chance = None) -> T:
    """Normal with the variance gain^2 2 / (fan_in + fan_out); see `xavier_uniform_`."""
    fan_in, fan_out = fans("xavier_normal_", tensor)
    return _spread_normal("xavier_normal_", tensor, gain**2 * 2 / (fan_in + fan_out), generator)


def kaiming_uniform_(
    tensor: T,
    alpha: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    generator: Chance = None,
) -> T:
    """Uniform with the variance gain^2 / fan; see `kaiming_normal_`."""
    variance = _kaiming("kaiming_uniform_", tensor, alpha, mode, nonlinearity)
    return _spread_uniform("kaiming_uniform_", tensor, variance, generator)


def kaiming_normal_(
    tensor: T,
    alpha: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    generator: Chance = None,
) -> T:
    """Normal with the variance gain^2 / fan.

    Parameters
    ----------
    tensor : (out, in, ...) float
    alpha : float
        The slope of leaky_relu left of 0; 0 means relu.
    mode : {"fan_in", "fan_out"}
        Keep the size of what goes forward, or of what comes back.
    nonlinearity : str
        See `calculate_gain`.

    Notes
    -----
    He, Zhang, Ren, Sun: Delving deep into rectifiers (ICCV 2015).

    Examples
    --------
    >>> w = kaiming_normal_(tn.zeros(400, 100), nonlinearity="relu")
    >>> round(float(w.std()) * 100**0.5, 1)
    1.4
    """
    variance = _kaiming("kaiming_normal_", tensor, alpha, mode, nonlinearity)
    return _spread_normal("kaiming_normal_", tensor, variance, generator)


def orthogonal_(tensor: T, gain: float = 1.0, *, generator: Chance = None) -> T:
    """gain times a matrix with orthonormal rows, or columns where it is taller than wide.

    All axes but the first are taken as one. Such a matrix is drawn evenly from all there are: the Q of
    the QR decomposition of normal numbers, with the signs of R's diagonal.

    Notes
    -----
    Saxe, McClelland, Ganguli: Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks (ICLR 2014). Mezzadri: How to generate random matrices from the classical compact groups
    (Notices of the AMS 54, 2007).

    Examples
    --------
    >>> w = orthogonal_(tn.zeros(2, 3, dtype="float64")).numpy()
    >>> np.allclose(w @ w.T, np.eye(2))
    True
    """
    fans("orthogonal_", tensor)
    rows, columns = tensor.shape[0], tensor.size // tensor.shape[0]
    a = normal((max(rows, columns), min(rows, columns)), dtype="float64", generator=generator)
    q, r = np.linalg.qr(a)
    q *= np.where(np.diag(r) < 0, -1, 1)
    return _fill("orthogonal_", tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def fans(who: str, tensor: Tensor) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight (out, in, kernel...).

    Raises
    ------
    ShapeError
        Fewer than two axes, or nothing in it.
    """
    _need_floats(who, tensor)
    if tensor.ndim < 2 or not tensor.size:
        raise ShapeError(f"{who}: the tensor is {tensor.shape}; needed (out, in, ...), none of them 0")
    places = math.prod(tensor.shape[2:])
    return tensor.shape[1] * places, tensor.shape[0] * places


def _kaiming(who: str, tensor: Tensor, alpha: float, mode: str, nonlinearity: str) -> float:
    need_choice(who, "mode", mode, ("fan_in", "fan_out"))
    fan_in, fan_out = fans(who, tensor)
    return calculate_gain(nonlinearity, alpha) ** 2 / (fan_in if mode == "fan_in" else fan_out)


def _spread_uniform(who: str, tensor: T, variance: float, generator: Chance) -> T:
    bound = math.sqrt(3 * variance)
    values = uniform(tensor.shape, -bound, bound, dtype=tensor.dtype, generator=generator)
    return _fill(who, tensor, values)


def _spread_normal(who: str, tensor: T, variance: float, generator: Chance) -> T:
    values = normal(tensor.shape, 0, math.sqrt(variance), dtype=tensor.dtype, generator=generator)
    return _fill(who, tensor, values)


def _need_floats(who: str, tensor: Any) -> None:
    if not isinstance(tensor, Tensor) or tensor.dtype.kind != "f":
        got = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
        raise DtypeError(f"{who}: got {got}; needed a tensor of floats; try layer.weight")


def _fill(who: str, tensor: T, values: Any) -> T:
    _need_floats(who, tensor)
    if tensor.node is not None or not tensor.data.flags.writeable:  # H(u) is one of them: see nn.parametrize
        why = "was made by an op" if tensor.node is not None else "is read-only"
        raise ArgumentError(f"{who}: the tensor {why}; try .clone(), or u where it is a weight w = H(u)")
    tensor.data[...] = values
    return tensor


glorot_uniform_, glorot_normal_ = xavier_uniform_, xavier_normal_
he_uniform_, he_normal_ = kaiming_uniform_, kaiming_normal_
