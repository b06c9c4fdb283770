"""dense-depth: what does another layer buy? Nets of 1 to 6 weight layers, on MNIST and on CIFAR-10.

The nets differ in depth alone: hidden layers of 128, the same recipe, the same seeds. One net per depth
proves nothing, since two seeds differ by as much as two depths; so each depth is trained several times, and
what is reported is the mean and the spread. What one sees: the second layer helps much, the third a little,
and what lies deeper rarely pays for its time.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tinynn import nn, random, viz
from tinynn.experiments._classification import dense_net, learn, loaders
from tinynn.experiments._depth_page import depth_page
from tinynn.experiments.registry import Metrics, Run, experiment

WIDTH = 128
DEPTHS = (1, 2, 3, 4, 5, 6)
SETS: dict[str, dict[str, Any]] = {"mnist": {"lr": 0.05}, "cifar10": {"lr": 0.02, "weight_decay": 1e-3}}
OPTIONS = {"on": ("both", "mnist", "cifar10"), "seeds": (1, 2, 3, 5, 10, 20)}


@experiment(
    "dense-depth",
    "1 to 6 weight layers: accuracy and cost against depth, over several seeds",
    dataset="mnist, cifar10",
    epochs=5,
    options=OPTIONS,
)
def run(run: Run) -> Metrics:
    on, seeds = run.options.get("on", "both"), run.options.get("seeds", 5)
    names = list(SETS) if on == "both" else [on]
    data = {name: run.load(name) for name in names}
    results = {name: [depth_row(run, name, data[name], depth, seeds) for depth in DEPTHS] for name in names}
    accuracy = {data[n][0].name: [row["test_accuracy"] for row in rows] for n, rows in results.items()}
    seconds = {data[n][0].name: [row["seconds"] for row in rows] for n, rows in results.items()}
    run.save("depth", viz.accuracy_vs_depth(DEPTHS, accuracy, seconds))
    run.show(lambda: depth_page(results))
    best = {name: max(rows, key=lambda row: float(row["mean"])) for name, rows in results.items()}
    return {
        "test_accuracy": best[names[0]]["mean"],
        "test_accuracy_of": f"{names[0]}, {best[names[0]]['weight_layers']} layers, mean of {seeds} seeds",
        "width": WIDTH,
        "seeds": list(range(run.seed, run.seed + seeds)),
        "results": results,
        "best_depth": {name: row["weight_layers"] for name, row in best.items()},
        "enough_layers": {name: enough(rows) for name, rows in results.items()},
        "gain_of_each_layer": {name: gains(rows) for name, rows in results.items()},
    }


def depth_row(run: Run, name: str, data: Any, depth: int, seeds: int) -> Metrics:
    """Train the nets of one depth; every seed's accuracy and seconds, their mean and spread."""
    accuracy, seconds = [], []
    for seed in range(run.seed, run.seed + seeds):
        random.manual_seed(seed)
        train, test = loaders(data[0], data[1], 128, normalize=name == "cifar10")
        shape, classes = train.dataset.shape, train.dataset.classes
        model = dense_net([int(np.prod(shape)), *[WIDTH] * (depth - 1), len(classes)])
        start_as_he(model)
        history = learn(run, model, train, test, momentum=0.9, **SETS[name])
        accuracy.append(history["validation_accuracy"][-1])
        seconds.append(sum(history["seconds"]))
    mean = float(np.mean(accuracy))
    spread = float(np.std(accuracy, ddof=1)) if seeds > 1 else float("nan")  # one net has none that is known
    run.say(
        f"{name}, weight layers: {depth}, accuracy: {100 * mean:.2f} % +- {100 * spread:.2f}, "
        f"{np.mean(seconds):.1f} s"
    )
    weights = [w.size for w in model.parameters() if w.ndim == 2]
    return {
        "weight_layers": depth,
        "test_accuracy": accuracy,
        "mean": mean,
        "standard_deviation": spread,
        "lowest": min(accuracy),
        "highest": max(accuracy),
        "seconds": seconds,
        "multiplications_per_image": sum(weights),  # forward; backward takes about twice as many again
        "parameters": sum(w.size for w in model.parameters()),
    }


def enough(rows: list[Metrics]) -> int:
    """The fewest layers whose mean is within two standard errors of the best (none is known of one net)."""
    best = max(rows, key=lambda row: float(row["mean"]))
    slack = np.nan_to_num(2 * best["standard_deviation"] / np.sqrt(len(best["test_accuracy"])))
    return next(int(row["weight_layers"]) for row in rows if row["mean"] >= best["mean"] - slack)


def start_as_he(model: nn.Module) -> None:
    """Weights uniform in +-sqrt(6 / fan_in), biases 0: signals keep their size, however deep the net.

    With a start that shrinks them, deep nets lose for that reason alone.

    Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers" (ICCV 2015).
    """
    for parameter in model.parameters():
        bound = np.sqrt(6 / parameter.shape[1]) if parameter.ndim == 2 else 0.0
        parameter.data[...] = nn.init.uniform(parameter.shape, -bound, bound)


def gains(rows: list[Metrics]) -> list[Metrics]:
    """What each further layer adds to the mean, and the standard error of that difference."""
    steps = []
    for before, after in pairwise(rows):
        variance = before["standard_deviation"] ** 2 + after["standard_deviation"] ** 2
        error = float(np.sqrt(variance / len(after["test_accuracy"])))
        steps.append(
            {"to": after["weight_layers"], "gain": after["mean"] - before["mean"], "standard_error": error}
        )
    return steps
