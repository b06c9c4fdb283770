"""Two maps w = H(u) from the plane into space: as tinynn's ops, and on paper, with their derivatives.

And the three descents that parameter-transform compares.

u (2,) or (..., 2)   w (3,) or (..., 3)   derivative dw/du (3, 2)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn import nn, optim
from tinynn.autograd import Array
from tinynn.experiments.first_step import about_to_train

A = np.array([[1.0, 0.2], [-0.3, 1.0], [0.7, 0.8]])


@dataclass(frozen=True)
class Transform:
    """H: `ops` as the engine sees it, `value` and `derivative` on paper, in NumPy.

    `eta` is a learning rate that suits it, `extent` what to draw of u, `view` from where to look at w.
    """

    name: str
    ops: Callable[[Any], Any]
    value: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    eta: float
    extent: tuple[float, float, float, float]
    view: tuple[float, float]


def on_globe(u: Any) -> Any:
    """w = (cos a cos b, sin a cos b, sin b) for the longitude a and the latitude b: its length is 1."""
    a, b = u
    return F.stack([F.cos(a) * F.cos(b), F.sin(a) * F.cos(b), F.sin(b)])


def globe_value(u: Array) -> Array:
    a, b = u[..., 0], u[..., 1]
    return np.stack([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)], -1)


def globe_derivative(u: Array) -> Array:
    (a, b), cos, sin = u, np.cos, np.sin
    return np.array([[-sin(a) * cos(b), -cos(a) * sin(b)], [cos(a) * cos(b), -sin(a) * sin(b)], [0, cos(b)]])


LINEAR = Transform(
    "w = A u",
    lambda u: F.matmul(A, u),
    lambda u: np.asarray(u @ A.T),
    lambda u: A,
    eta=0.15,
    extent=(-1.6, 1.4, -1.1, 1.9),
    view=(28, -115),
)
GLOBE = Transform(
    "w on a globe: u is longitude, latitude",
    on_globe,
    globe_value,
    globe_derivative,
    eta=0.9,
    extent=(-np.pi, np.pi, -np.pi / 2, np.pi / 2),
    view=(12, -78),
)


@dataclass
class Descents:
    """The same descent three times, (steps + 1, ...): by autograd, by the u-rule, by the w-rule."""

    autograd: Array
    u: Array
    w: Array


def slope_of_cost(w: Array, x: Array, y: Array) -> Array:
    """(dC/dw)^T of C = 1/2 mean (x w - y)^2, on paper."""
    return np.asarray(x.T @ (x @ w - y) / len(x))


def one_step(transform: Transform, u: Array, eta: float, x: Array, y: Array) -> tuple[Array, Array]:
    """Where one step from u leads in w-space: by the u-rule and then H, and by the w-rule."""
    j, w = transform.derivative(u), transform.value(u)
    slope = slope_of_cost(w, x, y)
    return transform.value(u - eta * j.T @ slope), w - eta * j @ j.T @ slope


def descend(transform: Transform, start: Array, steps: int, x: Array, y: Array) -> Descents:
    """Gradient descent by all three; x (n, 3), y (n,)."""
    layer = nn.Linear(3, 1, bias=False, dtype="float64")
    held = nn.parametrize(layer, "weight", lambda u: F.reshape(transform.ops(u), (1, 3)), u=start)
    rule = optim.SGD(layer.parameters(), lr=transform.eta)
    found = Descents(np.array([start]), np.array([start]), np.array([transform.value(start)]))
    about_to_train(layer, lambda made, wanted: 0.5 * F.mse(made, wanted), rule, [(x, y[:, None])])
    for _ in range(steps):
        (0.5 * F.mse(layer(x), y[:, None])).backward()
        rule.step()
        rule.zero_grad()
        u, w = found.u[-1], found.w[-1]
        j = transform.derivative(u)
        found.autograd = np.vstack([found.autograd, held.u.data])
        found.u = np.vstack([found.u, u - transform.eta * j.T @ slope_of_cost(transform.value(u), x, y)])
        found.w = np.vstack([found.w, w - transform.eta * j @ j.T @ slope_of_cost(w, x, y)])
    return found
