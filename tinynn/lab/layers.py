"""Inside the net: what each layer says, what it is blamed for, and which of its units nothing passes.

Legend: n points, k units of a layer, c classes; z before and a after the activation; da = dL/da, dz = dL/dz.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinynn as tn
from tinynn import functional as F
from tinynn.lab.trainer import Lab

Array = NDArray[Any]
NEARLY = 1e-3  # a slope below this is one that nearly nothing passes


@dataclass(frozen=True)
class Layer:
    """One layer on a batch: arrays (n, k); of the last, the scores, a is z."""

    z: Array
    a: Array
    dz: Array
    da: Array


@dataclass(frozen=True)
class Pass:
    """A forward and a backward pass through the whole net.

    Attributes
    ----------
    loss : float
    dx : (n, 2)
        Of the inputs.
    layers : list of Layer
        The scores last.
    dw : list of (out, in)
        The gradient of each weight matrix.
    probabilities : (n, c)
    """

    loss: float
    dx: Array
    layers: list[Layer]
    dw: list[Array]
    probabilities: Array


def passed(lab: Lab, x: Array, y: Array) -> Pass:
    """Run the net on points forwards and backwards, keeping every gradient on the way.

    The weights keep no gradient of it: training goes on as if nothing had been looked at.
    """
    start = tn.Tensor(np.ascontiguousarray(x, np.float32), requires_grad=True)
    weights = [tn.Tensor(layer.weight.data, requires_grad=True) for layer in lab.layers()]
    h: Any = start
    pairs: list[tuple[Any, Any]] = []
    for i, (layer, w) in enumerate(zip(lab.layers(), weights, strict=True)):
        bias: Any = layer.bias
        z: Any = F.linear(h, w, tn.Tensor(bias.data))
        h = z if i == len(weights) - 1 else F.activation(z, activation=lab.settings.activation)
        for tensor in {id(z): z, id(h): h}.values():
            tensor.retain_grad()
        pairs.append((z, h))
    loss: Any = F.cross_entropy(h, y)
    loss.backward()
    layers = [Layer(z.data, a.data, z.grad.data, a.grad.data) for z, a in pairs]
    probabilities = np.asarray(F.softmax(h.data))
    return Pass(float(loss.item()), start.grad.data, layers, [w.grad.data for w in weights], probabilities)


def slopes(layer: Layer, activation: str) -> Array:
    """act'(z), (n, k): what a gradient is multiplied with on its way back."""
    z = tn.Tensor(layer.z, requires_grad=True)
    y: Any = F.activation(z, activation=activation)
    y.backward(np.ones_like(layer.z))
    return np.asarray(z.grad.data)


def dead(layer: Layer, activation: str) -> Array:
    """bool (k,): units that let nothing back for any of the points: the slope is nearly 0 everywhere."""
    return np.asarray((np.abs(slopes(layer, activation)) < NEARLY).all(0))


def histogram(values: Array, low: float, high: float, bins: int) -> Array:
    """(bins,): the share of values in each part of low..high; those outside count in the outermost parts."""
    counts = np.histogram(np.clip(values, low, high), bins, (low, high))[0]
    return np.asarray(counts / max(values.size, 1))


def sizes(gradients: Array) -> Array:
    """log10 |g| of those that are not 0."""
    size = np.abs(gradients.ravel().astype(np.float64))
    return np.asarray(np.log10(size[size > 0]))
