"""weight-sharing: w1 = w2 = u1, w3 = w4 = u2. Forward a Y copies; backward it adds.

Why a sum? u1 moves w1 and w2 together, and to first order the cost moves by what each of them does to it. To
see the terms one by one, the same net is built twice: once with shared weights, and once with weights of
their own that happen to have the same values; its gradients are the terms.

The second half is a convolution, drawn as what it is: a fully connected layer whose matrix holds three
parameters, each five times.

Source of the experiment: Y. LeCun, NYU Deep Learning, lecture 3-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn import nn, optim, viz
from tinynn.autograd import Array
from tinynn.experiments._blame_page import shared_ledger
from tinynn.experiments.first_step import about_to_train
from tinynn.experiments.registry import Metrics, Run, experiment

BRANCH = np.array([[0, 0, 1, 1]])
BAND = np.stack([np.pad(np.arange(3), (i, 4 - i), constant_values=-1) for i in range(5)])  # (5, 7)
U = {"branch": np.array([0.8, -0.5]), "band": np.array([1.0, -0.5, 0.25])}
STEPS, ETA = 40, 0.05


@experiment("weight-sharing", "w1 = w2 = u1, w3 = w4 = u2: the gradient of u is a sum, term by term")
def run(run: Run) -> Metrics:
    random = np.random.default_rng(run.seed)
    run.dataset = "random vectors, 8 points"
    x = random.normal(size=(8, 4))
    y = x @ random.normal(size=(4, 1))
    ledger, terms, _ = add_up(BRANCH, U["branch"], x, y)
    run.save("y-branch", viz.y_branch(BRANCH[0], U["branch"], np.concatenate(terms)))
    for row in ledger:
        told = " ".join(f"{term:+.4f}" for term in row["terms"])
        run.say(f"dC/d{row['parameter']} = {told} = {row['sum']:+.4f}; autograd: {row['autograd']:+.4f}")
    signal, wanted = random.normal(size=(8, 7)), random.normal(size=(8, 5))
    band, band_terms, band_du = add_up(BAND, U["band"], signal, wanted)
    axes = viz.grid(1, 2, cell=(6.6, 5.4), title="A convolution: three parameters, each used five times")
    viz.index_map(BAND, ax=axes[0, 0])
    viz.gradient_terms(band_terms, band_du, names=[f"$dC/du_{k}$" for k in (1, 2, 3)], ax=axes[0, 1])
    run.save("convolution", axes)
    error = max(row["error"] for row in (*ledger, *band))
    run.say(f"as a convolution: 3 x 5 terms; largest difference of sum and autograd in all: {error:.1e}")
    run.show(lambda: shared_ledger({"the Y branch": ledger, "the convolution": band}))
    paths = {sharing: train(BRANCH, x, y, sharing == "shared") for sharing in ("shared", "not shared")}
    run.steps += 2 * STEPS
    run.save("training", draw_training(paths))
    apart = {name: np.abs(path[:, 0] - path[:, 1]).max() for name, path in paths.items()}
    return {
        "branch": ledger,
        "convolution": band,
        "largest_error": error,
        "w1_and_w2_apart_in_training": apart,
    }


def layer_with(index: Array, u: Array, shared: bool) -> nn.Linear:
    """A layer with w = u[index], of shared weights or of weights that only begin alike."""
    layer = nn.Linear(index.shape[1], index.shape[0], bias=False, dtype="float64")
    nn.parametrize(layer, "weight", nn.SharedWeight(index), u=u)
    if not shared:
        nn.remove_parametrization(layer, "weight")
    return layer


def gradient(layer: nn.Linear, x: Array, y: Array) -> Array:
    """The gradient of mean (layer(x) - y)^2 for what the layer learns."""
    F.mse(layer(x), y).backward()
    (learned,) = layer.parameters()
    return np.asarray(learned.grad)


def add_up(index: Array, u: Array, x: Array, y: Array) -> tuple[list[Metrics], list[Array], Array]:
    """For every u: the gradients of its uses, their sum, and what autograd gives for u itself."""
    du = gradient(layer_with(index, u, shared=True), x, y)
    dw = gradient(layer_with(index, u, shared=False), x, y)
    terms = [dw[index == k] for k in range(len(u))]
    rows: list[Metrics] = [
        {
            "parameter": f"u{k + 1}",
            "terms": t,
            "sum": t.sum(),
            "autograd": du[k],
            "error": abs(t.sum() - du[k]),
        }
        for k, t in enumerate(terms)
    ]
    return rows, terms, du


def train(index: Array, x: Array, y: Array, shared: bool) -> Array:
    """The four weights over the steps of gradient descent, (steps + 1, 4)."""
    layer = layer_with(index, U["branch"], shared)
    rule, path = optim.SGD(layer.parameters(), lr=ETA), [layer.weight.numpy()[0].copy()]
    about_to_train(layer, F.mse, rule, [(x, y)])
    for _ in range(STEPS):
        F.mse(layer(x), y).backward()
        rule.step()
        rule.zero_grad()
        path.append(layer.weight.numpy()[0].copy())
    return np.stack(path)


def draw_training(paths: dict[str, Array]) -> Any:
    """The weights over time: two lines, or four."""
    axes = viz.grid(1, 2, cell=(5.6, 4.6), title="Shared weights stay equal, others part")
    for ax, (name, path) in zip(axes.flat, paths.items(), strict=True):
        viz.traces({f"$w_{i + 1}$": path[:, i] for i in range(4)}, label="weight", ax=ax, title=name)
    return axes
