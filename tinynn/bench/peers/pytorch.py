"""PyTorch: the eager loop of its tutorials, and a whole step under torch.compile.

Tried on W1-W6, the faster kept. Eager: the fused SGD pays from some 100,000 parameters on, the plain
loop below. Compiled: one graph of forward, gradient and update (through torch.func) took 0.4 to 0.85 of
the time of a compiled loss with backward() and an eager optimiser; the C++ wrapper takes off 2 to 20 % more.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tinynn.bench.workloads import Workload

FUSED_FROM = 100_000  # parameters


def _model(workload: Workload, weights: Any) -> Any:
    modules: list[Any] = []
    for layer, (w, b) in zip(workload.layers, weights, strict=True):
        linear = nn.Linear(layer.inputs, layer.outputs)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w))
            linear.bias.copy_(torch.from_numpy(b))
        modules.append(linear)
        if layer.activation == "relu":
            modules.append(nn.ReLU())
    return nn.Sequential(*modules)


class EagerPeer:
    """nn.Sequential, cross_entropy, backward(), optim.SGD."""

    version = str(torch.__version__)

    def __init__(self, workload: Workload, threads: int) -> None:
        torch.set_num_threads(threads)
        arrays, self.rule = workload.arrays(), workload.optimiser
        self.x, self.labels = torch.from_numpy(arrays.x), torch.from_numpy(arrays.labels)
        self.model = _model(workload, arrays.weights)
        how = {"fused": True} if workload.parameters >= FUSED_FROM else {"foreach": False}
        self.optimiser = torch.optim.SGD(
            self.model.parameters(), lr=self.rule.lr, momentum=self.rule.momentum, **how
        )

    def run(self, steps: int) -> float:
        for _ in range(steps):
            loss = F.cross_entropy(self.model(self.x), self.labels)
            loss.backward()
            self.optimiser.step()
            self.optimiser.zero_grad()
        return float(loss.item())


class CompiledPeer(EagerPeer):
    """One compiled function: loss, gradients by torch.func, update in place."""

    def __init__(self, workload: Workload, threads: int) -> None:
        super().__init__(workload, threads)
        self.params = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.velocity = {name: torch.zeros_like(p) for name, p in self.params.items()}
        self.step = torch.compile(self._step, options={"cpp_wrapper": True})

    def _loss(self, params: Any, x: Any, labels: Any) -> Any:
        return F.cross_entropy(torch.func.functional_call(self.model, params, (x,)), labels)

    def _step(self, params: Any, velocity: Any, x: Any, labels: Any) -> Any:
        grads, loss = torch.func.grad_and_value(self._loss)(params, x, labels)
        for name, p in params.items():
            change = grads[name]
            if self.rule.momentum:
                change = velocity[name].mul_(self.rule.momentum).add_(change)
            p.sub_(change * self.rule.lr)
        return loss

    def run(self, steps: int) -> float:
        with torch.no_grad():
            for _ in range(steps):
                loss = self.step(self.params, self.velocity, self.x, self.labels)
        return float(loss.item())
