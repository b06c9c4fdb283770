"""scikit-learn: MLPClassifier's own backpropagation and SGD, called as `partial_fit` calls them.

Going in below `partial_fit` leaves out its input validation, which would cost more than the step: it
is the faster way to the same arithmetic. Needs scikit-learn 1.7, whose `_backprop` has these arguments.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from tinynn.bench.workloads import Workload


class SklearnPeer:
    """MLPClassifier(alpha=0, activation="relu", solver="sgd"), one `_backprop` and one update a step."""

    version = str(sklearn.__version__)

    def __init__(self, workload: Workload, threads: int) -> None:
        arrays = workload.arrays()
        self.x = arrays.x
        self.onehot = np.eye(workload.classes, dtype=np.float32)[arrays.labels]
        net: Any = MLPClassifier([layer.outputs for layer in workload.weighted[:-1]], alpha=0.0)
        net.n_layers_ = len(workload.weighted) + 1
        net.out_activation_ = (
            "softmax"  # two classes would otherwise get one logistic output: less work than ours
        )
        net.coefs_ = [np.ascontiguousarray(w.T) for w, _ in arrays.weights]
        net.intercepts_ = [b.copy() for _, b in arrays.weights]
        self.net = net
        batch, outputs = workload.batch, [layer.outputs for layer in workload.weighted]
        self.activations = [self.x, *(np.empty((batch, n), np.float32) for n in outputs)]
        self.deltas = [np.empty((batch, n), np.float32) for n in outputs]
        self.dw = [np.empty_like(w) for w in net.coefs_]
        self.db = [np.empty_like(b) for b in net.intercepts_]
        rule = workload.optimiser
        self.params = net.coefs_ + net.intercepts_
        self.rule: Any = SGDOptimizer(
            self.params, learning_rate_init=rule.lr, momentum=rule.momentum, nesterov=False
        )

    def run(self, steps: int) -> float:
        loss = 0.0
        for _ in range(steps):
            loss, dw, db = self.net._backprop(
                self.x, self.onehot, None, self.activations, self.deltas, self.dw, self.db
            )
            self.rule.update_params(self.params, dw + db)
        return float(loss)
