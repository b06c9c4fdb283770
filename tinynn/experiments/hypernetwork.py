"""hypernetwork: the weights of G(x, w) are the output of H(x, u).

G is a single neuron, y = w x + b: in the plane, one straight line. Two tasks that it cannot do:

- per input: is x1 x2 > 0? No straight line parts four quadrants; the best of *all* lines is found by trial.
  H, itself only a linear map, gives each place of the plane its own line, w = H(x), and y = x^T U x + ...
- per task: on which side of a line through the origin, at the angle a, does x lie? G is told the angle,
  as (cos a, sin a) beside x. It is right half of the time, whatever its weights: for every input (x, a)
  there are (-x, a), (x, a + pi) and (-x, a + pi), and over these four, on average, two are right. H sees
  the angle alone and sends out the weights of G, for angles it has never met.

Ha, Dai, Le: HyperNetworks (ICLR 2017). Source of the experiment: Y. LeCun, NYU Deep Learning, lecture 3-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import nn, random, viz
from tinynn.autograd import Array, no_grad
from tinynn.experiments._hyper_page import per_input_page, per_task_page
from tinynn.experiments._neurons import best_line, right, train
from tinynn.experiments.registry import Metrics, Run, experiment

POINTS, TASKS, SEEDS = 200, 64, (1, 2, 10)
KINDS = {"input": "per input: x1 x2 > 0", "task": "per task: a line at the angle a"}


@experiment(
    "hypernetwork", "weights that another net computes: one neuron does what no neuron can", epochs=300,
    options={"seeds": SEEDS},
)  # fmt: skip
def run(run: Run) -> Metrics:
    seeds = range(run.seed, run.seed + run.options.get("seeds", 10))
    run.dataset = "random points of the plane"
    rows: Metrics = {}
    for kind, told in KINDS.items():
        results = [(per_input if kind == "input" else per_task)(run, seed) for seed in seeds]
        hyper, fixed = ([result[i] for result in results] for i in (0, 1))
        margin = np.subtract(hyper, fixed)
        rows[kind] = {
            "hypernetwork": hyper,
            "fixed_weights": fixed,
            "margin": {
                "mean": margin.mean(),
                "smallest": margin.min(),
                "spread": margin.std(ddof=len(seeds) > 1),
            },
        }
        run.say(
            f"{told}: hypernetwork {100 * np.mean(hyper):.1f} %, fixed weights {100 * np.mean(fixed):.1f} %; "
            f"margin at least {100 * margin.min():.1f} points over {len(seeds)} seeds"
        )
    groups = {
        f"{name.replace('_', ' ')}\n(per {kind})": row[name]
        for kind, row in rows.items()
        for name in ("fixed_weights", "hypernetwork")
    }
    title = f"One neuron G, {len(seeds)} seeds: right on new data (bars: medians)"
    run.save("accuracies", viz.spread(groups, title=title))
    return {"seeds": list(seeds), **rows}


def per_input(run: Run, seed: int) -> tuple[float, float]:
    """Accuracy on new points: of G with weights from H(x), and of the best straight line there is."""
    random.manual_seed(seed)
    x, new = np.random.default_rng(seed).uniform(-1, 1, (2, POINTS, 2)).astype("float32")
    label, wanted = ((p[:, :1] * p[:, 1:] > 0).astype("float32") for p in (x, new))
    g = nn.HyperLinear(2, 1, nn.Linear(2, 3))
    run.steps += train(g, (x,), label, run.epochs)
    accuracy, (line, best) = right(g, (new,), wanted), best_line(new, wanted[:, 0] > 0)
    if seed == run.seed:
        draw(run, g, line, new, wanted[:, 0].astype(int), accuracy, best)
        run.show(lambda: per_input_page(g, new, wanted[:, 0].astype(int)))
    return accuracy, best


def per_task(run: Run, seed: int) -> tuple[float, float]:
    """Accuracy on new angles: of G with weights from H(angle), and of one neuron that is told the angle."""
    random.manual_seed(seed)
    draw_ = np.random.default_rng(seed)
    angle = draw_.uniform(0, 2 * np.pi, (2, TASKS, 1))
    x = draw_.normal(size=(2, TASKS, 16, 2))
    angle = np.concatenate([angle, angle + np.pi], 1)  # each with its three companions
    x = np.tile(np.concatenate([x, -x], 2), (1, 2, 1, 1)).astype("float32")
    task = np.concatenate([np.cos(angle), np.sin(angle)], -1).astype("float32")
    label = (np.einsum("stmk,stk->stm", x, task) > 0).astype("float32")[..., None]
    told = np.concatenate([x, np.broadcast_to(task[:, :, None], x.shape)], -1)
    hyper = nn.Sequential(nn.Linear(2, 16, activation="tanh"), nn.Linear(16, 3))
    g, fixed = nn.HyperLinear(2, 1, hyper), nn.Linear(4, 1)
    run.steps += train(g, (x[0], task[0]), label[0], run.epochs)
    run.steps += train(fixed, (told[0],), label[0], run.epochs)
    if seed == run.seed:
        run.show(lambda: per_task_page(g))
    return right(g, (x[1], task[1]), label[1]), right(fixed, (told[1],), label[1])


def draw(run: Run, g: nn.HyperLinear, line: Array, x: Array, label: Array, hyper: float, best: float) -> None:
    """What the best line says of the plane, and what G does whose weights change from place to place."""
    axes, square = viz.grid(1, 2, cell=(5.6, 5.9)), (-1.0, 1.0, -1.0, 1.0)
    sign = 1 if ((x @ line[:2] + line[2] > 0) == label).mean() > 0.5 else -1

    def fixed(p: Array) -> Array:
        return np.asarray(sign * (p @ line[:2] + line[2]) > 0).astype(int)

    def bent(p: Array) -> Any:
        with no_grad():
            score = 1 / (1 + np.exp(-np.asarray(g(p.astype("float32")), np.float64)))
        return np.concatenate([1 - score, score], 1)

    title = f"Best of all straight lines: {100 * best:.1f} %"
    viz.decision_regions(fixed, x, label, extent=square, ax=axes[0, 0], title=title)
    title = f"The arrows: weights H(x), {100 * hyper:.1f} %"
    viz.decision_regions(bent, x, label, extent=square, ax=axes[0, 1], title=title)
    with no_grad():
        viz.arrows(lambda p: np.asarray(g.weights(p.astype("float32"))[0])[:, 0], square, ax=axes[0, 1])
    run.save("regions", axes)
