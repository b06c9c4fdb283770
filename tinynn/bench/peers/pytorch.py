"""PyTorch: the eager loop of its tutorials, channels-last, many nets in one product, and torch.compile.

Tried on the workloads, the faster kept. Eager: the fused SGD pays from some 100,000 parameters on, the plain
loop below. Compiled: one graph of forward, gradient and update (through torch.func) took 0.4 to 0.85 of
the time of a compiled loss with backward() and an eager optimiser; the C++ wrapper takes off 2 to 20 % more.
Convolutions: ReLU in place takes off 4 to 20 % where channels are last; AdaptiveMaxPool1d(1) is up to 30 %
faster than amax.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tinynn.bench.workloads import Conv, Dense, Flatten, GlobalMax, Layer, MaxPool, Workload

FUSED_FROM = 100_000  # parameters


class _Stack(nn.Module):  # type: ignore[misc, unused-ignore]  # Any where torch is not installed
    """Many dense nets at once: w (g, n, k), b (g, 1, n), x (m, k) to (g, m, n) by batched products."""

    def __init__(self, workload: Workload, weights: Any) -> None:
        super().__init__()
        self.w = nn.ParameterList(torch.from_numpy(w) for w, _ in weights)
        self.b = nn.ParameterList(torch.from_numpy(b[:, None, :]) for _, b in weights)
        self.relu = [layer.activation == "relu" for layer in workload.weighted]
        self.nets = workload.nets

    def forward(self, x: Any) -> Any:
        x = x.expand(self.nets, *x.shape)
        for w, b, relu in zip(self.w, self.b, self.relu, strict=True):
            x = torch.baddbmm(b, x, w.transpose(1, 2))
            x = x.relu() if relu else x
        return x


def _module(layer: Layer, flat: bool) -> Any:
    """`flat`: a sequence lies as an image one pixel high, the only way to have its channels last."""
    match layer:
        case Dense():
            return nn.Linear(layer.inputs, layer.outputs)
        case Conv(kernel=(k,)) if flat:
            return nn.Conv2d(layer.inputs, layer.outputs, (1, k), padding=(0, layer.padding))
        case Conv():
            make = nn.Conv1d if len(layer.kernel) == 1 else nn.Conv2d
            return make(layer.inputs, layer.outputs, layer.kernel, padding=layer.padding)
        case MaxPool():
            return nn.MaxPool2d(layer.size)
        case GlobalMax():
            return nn.Sequential(nn.Flatten(2), nn.AdaptiveMaxPool1d(1), nn.Flatten())
        case Flatten():
            return nn.Flatten()


def build(workload: Workload, weights: Sequence[Any], flat: bool = False) -> Any:
    """The net as nn.Sequential, with these weights."""
    modules, left = [], list(weights)
    for layer in workload.layers:
        module = _module(layer, flat)
        modules.append(module)
        if isinstance(layer, Dense | Conv):
            w, b = left.pop(0)
            with torch.no_grad():
                module.weight.copy_(torch.from_numpy(w).reshape(module.weight.shape))
                module.bias.copy_(torch.from_numpy(b))
            if layer.activation == "relu":
                modules.append(nn.ReLU(inplace=True))
    return nn.Sequential(*modules)


class EagerPeer:
    """nn.Sequential, cross_entropy, backward(), optim.SGD; many nets one after the other, one update."""

    version = str(torch.__version__)

    def __init__(self, workload: Workload, threads: int) -> None:
        torch.set_num_threads(threads)
        arrays, self.rule, self.nets = workload.arrays(), workload.optimiser, workload.nets
        self.x, self.labels = torch.from_numpy(arrays.x), torch.from_numpy(arrays.labels)
        self.models = nn.ModuleList(self.make(workload, arrays.weights))
        how = {"fused": True} if workload.parameters >= FUSED_FROM or self.nets > 1 else {"foreach": False}
        self.optimiser = torch.optim.SGD(
            self.models.parameters(), lr=self.rule.lr, momentum=self.rule.momentum, **how
        )

    def make(self, workload: Workload, weights: Any) -> list[Any]:
        """The models, one a net."""
        if self.nets == 1:
            return [build(workload, weights)]
        return [build(workload, [(w[i], b[i]) for w, b in weights]) for i in range(self.nets)]

    def loss(self) -> Any:
        """Its gradient is that of every net's own loss."""
        if self.nets == 1:
            return F.cross_entropy(self.models[0](self.x), self.labels)
        return torch.stack([F.cross_entropy(model(self.x), self.labels) for model in self.models]).sum()

    def run(self, steps: int) -> float:
        for _ in range(steps):
            loss = self.loss()
            loss.backward()
            self.optimiser.step()
            self.optimiser.zero_grad()
        return float(loss.item()) / self.nets


class ChannelsLastPeer(EagerPeer):
    """The same with channels last in memory, for weights and batch; sequences as images one pixel high."""

    def make(self, workload: Workload, weights: Any) -> list[Any]:
        self.x = self.x if self.x.ndim == 4 else self.x[:, :, None]
        self.x = self.x.contiguous(memory_format=torch.channels_last)
        return [build(workload, weights, flat=True).to(memory_format=torch.channels_last)]


class BmmPeer(EagerPeer):
    """All nets in one batched product a layer."""

    def make(self, workload: Workload, weights: Any) -> list[Any]:
        self.stacked = self.labels.repeat(workload.nets)
        return [_Stack(workload, weights)]

    def loss(self) -> Any:
        return F.cross_entropy(self.models[0](self.x).flatten(0, 1), self.stacked) * self.nets


class CompiledPeer(BmmPeer):
    """One compiled function: loss, gradients by torch.func, update in place; many nets as in BmmPeer."""

    def __init__(self, workload: Workload, threads: int) -> None:
        super().__init__(workload, threads)
        self.model = self.models[0]
        self.params = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.velocity = {name: torch.zeros_like(p) for name, p in self.params.items()}
        self.step = torch.compile(self._step, options={"cpp_wrapper": True})

    def make(self, workload: Workload, weights: Any) -> list[Any]:
        return super().make(workload, weights) if self.nets > 1 else [build(workload, weights)]

    def _loss(self, params: Any, x: Any, labels: Any) -> Any:
        y = torch.func.functional_call(self.model, params, (x,))
        return F.cross_entropy(y.flatten(0, -2), labels) * self.nets

    def _step(self, params: Any, velocity: Any, x: Any, labels: Any) -> Any:
        grads, loss = torch.func.grad_and_value(self._loss)(params, x, labels)
        for name, p in params.items():
            change = grads[name]
            if self.rule.momentum:
                change = velocity[name].mul_(self.rule.momentum).add_(change)
            p.sub_(change * self.rule.lr)
        return loss

    def run(self, steps: int) -> float:
        labels = self.labels if self.nets == 1 else self.stacked
        with torch.no_grad():
            for _ in range(steps):
                loss = self.step(self.params, self.velocity, self.x, labels)
        return float(loss.item()) / self.nets
