"""The step by hand in NumPy: what a careful author writes, every buffer allocated once and reused.

In float64 it is also the reference that the losses of dense nets are held against. For dense nets only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinynn.bench.arrays import FloatArray
from tinynn.bench.workloads import Workload

THIN = 32  # outputs below which a product over contiguous inputs is the faster one: 49 against 58 us on W3


class _Layer:
    """y = relu(x w^T + b); w (n, k) lies as it is where n is thin, and transposed where it is wide."""

    def __init__(self, w: FloatArray, b: FloatArray, relu: bool, batch: int, dtype: npt.DTypeLike) -> None:
        self.thin = len(b) < THIN
        self.w = np.ascontiguousarray(w if self.thin else w.T, dtype)
        self.b = b.astype(dtype)
        self.dw, self.db = np.empty_like(self.w), np.empty_like(self.b)
        self.vw, self.vb = np.zeros_like(self.w), np.zeros_like(self.b)
        self.y = np.empty((batch, len(b)), dtype)
        self.dx = np.empty((batch, w.shape[1]), dtype)
        self.mask = np.empty(self.y.shape, np.bool_)
        self.relu = relu

    def forward(self, x: FloatArray) -> FloatArray:
        self.x = x
        np.matmul(x, self.w.T if self.thin else self.w, out=self.y)
        self.y += self.b
        if self.relu:
            np.maximum(self.y, 0, out=self.y)
        return self.y

    def backward(self, dy: FloatArray, needs_dx: bool) -> FloatArray:
        if self.relu:
            np.greater(self.y, 0, out=self.mask)
            dy *= self.mask
        a, b = (dy, self.x) if self.thin else (self.x, dy)
        np.matmul(a.T, b, out=self.dw)
        dy.sum(axis=0, out=self.db)
        if needs_dx:
            np.matmul(dy, self.w if self.thin else self.w.T, out=self.dx)
        return self.dx

    def update(self, lr: float, momentum: float) -> None:
        for w, dw, v in ((self.w, self.dw, self.vw), (self.b, self.db, self.vb)):
            if momentum:
                v *= momentum
                v += dw
                np.multiply(v, lr, out=dw)
            else:
                dw *= lr
            w -= dw


class NumpyPeer:
    """A training step of plain array expressions.

    Parameters
    ----------
    workload : Workload
        What to run.
    threads : int
        Unused: the BLAS reads its number from the environment of the process.
    dtype : dtype
        float32, or float64 for the reference.
    """

    version = np.__version__

    def __init__(self, workload: Workload, threads: int, dtype: npt.DTypeLike = np.float32) -> None:
        arrays = workload.arrays()
        self.x, self.labels = arrays.x.astype(dtype), arrays.labels
        self.rows = np.arange(workload.batch)
        self.rule = workload.optimiser
        self.layers = [
            _Layer(w, b, layer.activation == "relu", workload.batch, dtype)
            for layer, (w, b) in zip(workload.weighted, arrays.weights, strict=True)
        ]

    def run(self, steps: int) -> float:
        loss = 0.0
        for _ in range(steps):
            loss = self.step()
        return float(loss)

    def step(self) -> float:
        y = self.x
        for layer in self.layers:
            y = layer.forward(y)
        loss, dy = self._cross_entropy(y)
        for layer in reversed(self.layers):
            dy = layer.backward(dy, needs_dx=layer is not self.layers[0])
        for layer in self.layers:
            layer.update(self.rule.lr, self.rule.momentum)
        return loss

    def _cross_entropy(self, x: FloatArray) -> tuple[float, FloatArray]:
        """The mean loss and its gradient (softmax(x) - onehot) / m, written over x."""
        x -= x.max(axis=1, keepdims=True)
        picked = x[self.rows, self.labels]
        np.exp(x, out=x)
        total = x.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(total[:, 0]) - picked)
        x /= total
        x[self.rows, self.labels] -= 1
        x /= len(x)
        return loss, x
