"""tinynn, eager: the loop by hand of the documentation, over the public API."""

from __future__ import annotations

import numpy as np

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.backends import current_backend, native
from tinynn.bench.workloads import Workload


class EagerPeer:
    """nn.Sequential, F.cross_entropy, backward(), optim.SGD."""

    def __init__(self, workload: Workload, threads: int) -> None:
        tn.set_num_threads(threads)
        self.version = f"{tn.__version__} ({current_backend()}, {native.target()})"
        arrays, rule = workload.arrays(), workload.optimiser
        self.x, self.labels = tn.Tensor(arrays.x), tn.Tensor(arrays.labels)
        layers = [nn.Linear(r.inputs, r.outputs, activation=r.activation) for r in workload.layers]
        for layer, (w, b) in zip(layers, arrays.weights, strict=True):
            np.copyto(layer.weight.data, w)
            assert layer.bias is not None
            np.copyto(layer.bias.data, b)
        self.model = nn.Sequential(*layers)
        self.optimiser = optim.SGD(self.model.parameters(), lr=rule.lr, momentum=rule.momentum)

    def run(self, steps: int) -> float:
        for _ in range(steps):
            loss = F.cross_entropy(self.model(self.x), self.labels)
            loss.backward()
            self.optimiser.step()
            self.optimiser.zero_grad()
        return float(loss.item())
