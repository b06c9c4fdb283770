"""tinynn: the loop by hand of the documentation, over the public API, and the same step compiled."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.backends import current_backend, native
from tinynn.bench.arrays import FloatArray
from tinynn.bench.workloads import Conv, Dense, Flatten, GlobalMax, Layer, MaxPool, Workload
from tinynn.compile import EnsembleStep


def build(workload: Workload, weights: list[tuple[FloatArray, FloatArray]], dtype: npt.DTypeLike) -> Any:
    """The net with these weights; a convolution that a pool follows does it in the same pass."""
    layers: list[Any] = []
    for layer, following in pairwise([*workload.layers, None]):
        if isinstance(layer, MaxPool):  # is in the convolution before it
            continue
        module = _module(layer, following.size if isinstance(following, MaxPool) else None, dtype)
        if isinstance(layer, Dense | Conv):
            w, b = weights.pop(0)
            np.copyto(module.weight.data, w)
            np.copyto(module.bias.data, b)
        layers.append(module)
    return nn.Sequential(*layers)


def _module(layer: Layer | None, pool: int | None, dtype: npt.DTypeLike) -> Any:
    options: dict[str, Any] = {"dtype": dtype}
    match layer:
        case Dense():
            return nn.Linear(layer.inputs, layer.outputs, activation=layer.activation, **options)
        case Conv():
            options |= {"padding": layer.padding, "activation": layer.activation}
            if len(layer.kernel) == 1:
                return nn.Conv1d(layer.inputs, layer.outputs, layer.kernel, **options)
            return nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, max_pool=pool, **options)
        case GlobalMax():
            return nn.GlobalMaxPool1d()
        case Flatten():
            return nn.Flatten()
    raise TypeError(f"bench: no module for {layer}")


class EagerPeer:
    """nn.Sequential, F.cross_entropy, backward(), optim.SGD; several nets one after the other."""

    def __init__(self, workload: Workload, threads: int, dtype: npt.DTypeLike = np.float32) -> None:
        tn.set_num_threads(threads)
        self.version = f"{tn.__version__} ({current_backend()}, {native.target()})"
        arrays, rule = workload.arrays(), workload.optimiser
        self.x, self.labels = tn.Tensor(arrays.x.astype(dtype)), tn.Tensor(arrays.labels)
        self.steps: list[Callable[[Any, Any], Any]] = []
        for i in range(workload.nets):
            own = [(w[i], b[i]) if workload.nets > 1 else (w, b) for w, b in arrays.weights]
            model = build(workload, own, dtype)
            optimiser = optim.SGD(model.parameters(), lr=rule.lr, momentum=rule.momentum)
            self.steps.append(self.step_of(model, optimiser))

    def step_of(self, model: Any, optimiser: Any) -> Callable[[Any, Any], Any]:
        """A training step as a function of x and the labels, which returns the loss."""

        def step(x: Any, labels: Any) -> Any:
            loss = F.cross_entropy(model(x), labels)
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            return loss

        return step

    def run(self, steps: int) -> float:
        for _ in range(steps):
            losses = [step(self.x, self.labels) for step in self.steps]
        return float(np.mean([loss.item() for loss in losses]))


class CompiledPeer:
    """tn.compile: the step of the eager side, recorded, optimised, and repeated without Python. Several nets

    are a tn.Ensemble.
    """

    def __init__(self, workload: Workload, threads: int) -> None:
        tn.set_num_threads(threads)
        self.version = f"{tn.__version__} ({current_backend()}, {native.target()})"
        arrays, rule = workload.arrays(), workload.optimiser
        x, labels = arrays.x, arrays.labels
        optimiser = optim.SGD(lr=rule.lr, momentum=rule.momentum)
        if workload.nets == 1:
            model = build(workload, list(arrays.weights), np.float32)
            step = tn.compile(model, F.cross_entropy, optimiser, example=(x, labels))
            self._losses: Callable[[int], Any] = lambda steps: step.repeat(x, labels, steps)
            return

        def one_net() -> Any:
            return build(workload, [(w[0], b[0]) for w, b in arrays.weights], np.float32)

        nets = tn.Ensemble(one_net, workload.nets, optimize=True)
        given = (array for pair in arrays.weights for array in pair)
        for ours, theirs in zip(nets.parameters().values(), given, strict=True):
            np.copyto(ours, theirs)
        each = EnsembleStep(nets, F.cross_entropy, optimiser, (x, labels))
        self._losses = lambda steps: each.run(x, labels, len(x), np.full(steps, rule.lr))

    def run(self, steps: int) -> float:
        return float(np.mean(self._losses(steps)[-1]))
