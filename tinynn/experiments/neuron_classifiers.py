"""neuron-classifiers: one neuron is a classifier; which one, the loss decides.

    binary softmax    loss = log(1 + exp(-m))     it always wants more
    binary SVM        loss = max(0, 1 - m)        beyond the margin it is content
    m = t (w x + b), t = +-1; both with decay / 2 |w|^2

A softmax of two scores is the same as a sigmoid of their difference: one neuron is enough. Regularisation is
gradual forgetting: whatever the data say, every step multiplies w by 1 - rate * decay, and without data that
is all that happens. The less w, the wider the margin 2 / |w|.

Source of the experiment: A. Karpathy and others, CS231n notes, "Neural networks 1".
"""

from __future__ import annotations

import numpy as np

from tinynn import viz
from tinynn.autograd import Array
from tinynn.experiments._lone_classifiers import (
    CURVES,
    KINDS,
    STEPS,
    clouds,
    exact_svm,
    forget,
    side_of,
    sweep,
    train,
    two_scores_or_one,
)
from tinynn.experiments._lone_neurons import Descent, scores
from tinynn.experiments._margin_page import margin_page
from tinynn.experiments.registry import Metrics, Run, experiment

POINTS, SETS = 60, 32
FORGET, RATE = 0.1, 0.5
DECAY, DECAYS = 0.01, (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


@experiment("neuron-classifiers", "one neuron as binary softmax and as SVM: boundaries, losses, margins")
def run(run: Run) -> Metrics:
    run.dataset = "two normal clouds"
    x, t, new, wanted = clouds(run.seed, SETS, POINTS)
    found = {kind: train(kind, x, t, DECAY) for kind in KINDS}
    run.steps += sum(len(f.loss) for f in found.values())
    rows = {kind: figures_of(kind, f, x, t, new, wanted) for kind, f in found.items()}
    rows["SVM"]["objective_of_exact_solution"] = exact_svm(x[0], t[0], DECAY)
    for kind, row in rows.items():
        run.say(f"{kind}: right {100 * row['train_accuracy']:.0f} %, margin {row['margin_width']:.2f}, "
                f"{row['points_within_margin']} points at it or within")  # fmt: skip
    swept = sweep(x, t, new, wanted, DECAYS)
    first = {kind: row.pop("first") for kind, row in swept.items()}
    run.steps += len(DECAYS) * len(KINDS) * STEPS
    norms = forget(found["softmax"].end, x, t, decay=FORGET, rate=RATE, steps=100)
    alone = norms["decay, no data"]
    expected = alone[0] * (1 - RATE * FORGET) ** np.arange(len(alone))[:, None]
    draw(run, found, x[0], t[0])
    draw_regularisation(run, swept, norms)
    medians = {k: {n: np.median(v, 1) for n, v in r.items()} for k, r in swept.items()}
    run.show(lambda: margin_page(x[0], t[0], first, medians, DECAYS, RATE))
    return {
        "decay": DECAY,
        "decays": DECAYS,
        "data_sets": SETS,
        **rows,
        "two_scores_or_one": two_scores_or_one(found["softmax"].end[0], x[0]),
        "forgetting_error": np.abs(alone - expected).max(),
        "sweep": medians,
    }


def figures_of(kind: str, found: Descent, x: Array, t: Array, new: Array, wanted: Array) -> Metrics:
    """Of the first data set, and the accuracy on new points over all."""
    theta, margin = found.end[0], (t[..., 0] * scores(found.end, x))[0]
    loss = float(CURVES[kind](margin).mean())
    right = (wanted[..., 0] * scores(found.end, new) > 0).mean(1)
    norm = float(np.hypot(*theta[1:]))
    return {
        "w": theta[1:],
        "b": theta[0],
        "loss": loss,
        "objective": loss + 0.5 * DECAY * norm**2,
        "train_accuracy": (margin > 0).mean(),
        "margin_width": 2 / norm,
        "points_within_margin": int((margin < 1 + 1e-3).sum()),
        "smallest_margin": margin.min(),
        "test_accuracy": {"median": np.median(right), "lowest": right.min(), "highest": right.max()},
    }


def draw(run: Run, found: dict[str, Descent], x: Array, t: Array) -> None:
    """Both boundaries with their margins, and the losses over them."""
    axes = viz.grid(1, 2, cell=(5.8, 6.0), title="One neuron, two losses; dashed: score -1 and +1")
    margins, label = {}, (t[:, 0] > 0).astype(int)
    for ax, (kind, descent) in zip(axes.flat, found.items(), strict=True):
        theta = descent.end[0]
        margins[kind] = t[:, 0] * scores(theta[None], x[None])[0]
        near = x[margins[kind] < 1 + 1e-3]
        title = f"{kind}: margin {2 / np.hypot(*theta[1:]):.2f} wide"
        viz.decision_regions(side_of(theta), x, label, ax=ax, title=title)
        viz.margin_lines(theta[1:], theta[0], support=near, ax=ax)
    run.save("boundaries", axes)
    run.save("losses", viz.margin_losses(CURVES, margins))


def draw_regularisation(run: Run, swept: Metrics, norms: dict[str, Array]) -> None:
    """Margin and accuracy over decay, and the weights that are forgotten."""
    axes = viz.grid(1, 3, cell=(5.6, 4.6), title="Regularisation is forgetting")
    lines = {kind: np.transpose(row["margin_width"]) for kind, row in swept.items()}
    viz.bands(lines, DECAYS, log="xy", label="width of the margin", x_label="decay", ax=axes[0, 0],
              title="The more decay, the wider the margin")  # fmt: skip
    lines = {kind: 100 * np.transpose(row["test_accuracy"]) for kind, row in swept.items()}
    viz.bands(lines, DECAYS, log="x", label="test accuracy, %", x_label="decay", ax=axes[0, 1],
              title=f"Accuracy, {SETS} data sets")  # fmt: skip
    lines = {name: norm.T for name, norm in norms.items()}
    viz.bands(lines, label="|w|", ax=axes[0, 2], title="Without data, w fades")
    run.save("regularisation", axes)
