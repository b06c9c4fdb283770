"""JAX: one jitted step called from Python, and many steps inside one `scan`; many nets by `vmap`.

Tried on the workloads, the faster kept: weights as (outputs, inputs) take 0.5 to 0.95 of the time of (inputs,
outputs); donating them to the step is worth up to 5 %; labels gathered or one-hot cost the same.
Images lie with their channels last.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tinynn.bench.workloads import Conv, Dense, Flatten, GlobalMax, Layer, MaxPool, Workload


def _channels_last(x: Any) -> Any:
    """(m, c, ...) as (m, ..., c)."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))


def _weight(layer: Dense | Conv, w: Any) -> Any:
    """(o, c, k...) as (k..., c, o), what a convolution over the last axis takes; (n, k) as it is."""
    return jnp.asarray(np.moveaxis(w, (1, 0), (-2, -1)) if isinstance(layer, Conv) else w)


def _apply(layer: Layer, x: Any, params: Any) -> Any:
    """One layer forward; `params` are the weights that are left, of which it takes its own."""
    match layer:
        case Dense():
            w, b = params.pop(0)
            x = x @ w.T + b
        case Conv():
            w, b = params.pop(0)
            space = "HW"[-len(layer.kernel) :]
            sides = [(layer.padding, layer.padding)] * len(layer.kernel)
            axes = (f"N{space}C", f"{space}IO", f"N{space}C")
            x = lax.conv_general_dilated(x, w, (1,) * len(space), sides, dimension_numbers=axes) + b
        case MaxPool(size=s):
            m, h, w, c = x.shape
            return x.reshape(m, h // s, s, w // s, s, c).max((2, 4))
        case GlobalMax():
            return x.max(1)
        case Flatten():
            return jnp.moveaxis(x, -1, 1).reshape(len(x), -1)
    return jax.nn.relu(x) if layer.activation == "relu" else x


class JitPeer:
    """`jax.jit(step)`, called once a step."""

    version = str(jax.__version__)

    def __init__(self, workload: Workload, threads: int) -> None:
        # The number of threads stands in XLA_FLAGS and NPROC, which the starter of the worker sets.
        arrays, self.rule = workload.arrays(), workload.optimiser
        self.layers = workload.layers
        self.x = jnp.asarray(_channels_last(arrays.x) if arrays.x.ndim > 2 else arrays.x)
        self.labels = jnp.asarray(arrays.labels, jnp.int32)
        pairs = zip(workload.weighted, arrays.weights, strict=True)
        params = [(_weight(layer, w), jnp.asarray(b)) for layer, (w, b) in pairs]
        self.state: Any = (params, jax.tree.map(jnp.zeros_like, params) if self.rule.momentum else ())
        self.gradient = jax.value_and_grad(self._loss)
        if workload.nets > 1:
            self.gradient = jax.vmap(self.gradient, in_axes=(0, None, None))
        self._compile()

    def _compile(self) -> None:
        self._one = jax.jit(self._step, donate_argnums=0)

    def run(self, steps: int) -> float:
        for _ in range(steps):
            self.state, loss = self._one(self.state, self.x, self.labels)
        jax.block_until_ready(self.state)
        return float(loss)

    def _loss(self, params: Any, x: Any, labels: Any) -> Any:
        left = list(params)
        for layer in self.layers:
            x = _apply(layer, x, left)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), labels[:, None], axis=1))

    def _step(self, state: Any, x: Any, labels: Any) -> Any:
        (params, velocity), rule = state, self.rule
        loss, change = self.gradient(params, x, labels)
        if rule.momentum:
            change = velocity = jax.tree.map(lambda v, g: rule.momentum * v + g, velocity, change)
        return (jax.tree.map(lambda p, d: p - rule.lr * d, params, change), velocity), jnp.mean(loss)


class ScanPeer(JitPeer):
    """All steps of a call in one `lax.scan`, no Python between them; compiled for each number of steps."""

    def _compile(self) -> None:
        def many(state: Any, x: Any, labels: Any, steps: int) -> Any:
            return lax.scan(lambda carry, _: self._step(carry, x, labels), state, None, length=steps)

        self._many = jax.jit(many, static_argnames="steps", donate_argnums=0)

    def run(self, steps: int) -> float:
        self.state, losses = self._many(self.state, self.x, self.labels, steps=steps)
        jax.block_until_ready(self.state)
        return float(losses[-1])
