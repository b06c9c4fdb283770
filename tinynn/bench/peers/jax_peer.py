"""JAX: one jitted step called from Python, and many steps inside one `scan`.

Tried on W1-W6, the faster kept: weights as (outputs, inputs) take 0.5 to 0.95 of the time of (inputs,
outputs); donating them to the step is worth up to 5 %; labels gathered or one-hot cost the same.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from tinynn.bench.workloads import Workload


class JitPeer:
    """`jax.jit(step)`, called once a step."""

    version = str(jax.__version__)

    def __init__(self, workload: Workload, threads: int) -> None:
        # The number of threads stands in XLA_FLAGS and NPROC, which the starter of the worker sets.
        arrays, self.rule = workload.arrays(), workload.optimiser
        self.relu = tuple(layer.activation == "relu" for layer in workload.layers)
        self.x, self.labels = jnp.asarray(arrays.x), jnp.asarray(arrays.labels, jnp.int32)
        params = [(jnp.asarray(w), jnp.asarray(b)) for w, b in arrays.weights]
        self.state: Any = (params, jax.tree.map(jnp.zeros_like, params) if self.rule.momentum else ())
        self._compile()

    def _compile(self) -> None:
        self._one = jax.jit(self._step, donate_argnums=0)

    def run(self, steps: int) -> float:
        for _ in range(steps):
            self.state, loss = self._one(self.state, self.x, self.labels)
        jax.block_until_ready(self.state)
        return float(loss)

    def _loss(self, params: Any, x: Any, labels: Any) -> Any:
        for (w, b), relu in zip(params, self.relu, strict=True):
            x = x @ w.T + b
            x = jax.nn.relu(x) if relu else x
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), labels[:, None], axis=1))

    def _step(self, state: Any, x: Any, labels: Any) -> Any:
        (params, velocity), rule = state, self.rule
        loss, change = jax.value_and_grad(self._loss)(params, x, labels)
        if rule.momentum:
            change = velocity = jax.tree.map(lambda v, g: rule.momentum * v + g, velocity, change)
        return (jax.tree.map(lambda p, d: p - rule.lr * d, params, change), velocity), loss


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
