"""capacity: 3, 6 and 20 hidden neurons on two noisy moons.

More neurons can say more, and so they can also learn the noise by heart: the regions grow islands around
single points, the training accuracy rises to 100 % and the test accuracy falls. But a net is drawn from a
distribution, by its seed and by the draw of its data, and one picture is an anecdote: every width is
trained on several draws with several seeds, all seeds at once. (The better cure is not a small net: see
regularization.)

Source of the experiment: A. Karpathy and others, CS231n notes, "Neural networks 1".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynn import viz
from tinynn.autograd import Array
from tinynn.experiments._toy_nets import (
    BOX,
    DRAWS,
    SEEDS,
    STEPS,
    Recipe,
    Trained,
    probabilities,
    toy,
    train,
)  # fmt: skip
from tinynn.experiments._toy_page import toy_page
from tinynn.experiments.registry import Metrics, Run, experiment

SHOWN = (3, 6, 20)
WIDTHS = (1, 2, 3, 4, 6, 10, 20, 50)


@experiment(
    "capacity", "3, 6, 20 hidden neurons on noisy moons: regions, train and test accuracy over seeds",
    epochs=STEPS,
)  # fmt: skip
def run(run: Run) -> Metrics:
    run.dataset = "two noisy moons"
    steps = int(run.epochs or STEPS)
    found = sweep(WIDTHS, run.seed, draws=DRAWS, seeds=SEEDS, steps=steps)
    run.steps += len(WIDTHS) * DRAWS * SEEDS * steps
    rows = [{"hidden": width, **nets.figures()} for width, nets in found.items()]
    for row in rows:
        run.say("{hidden:3d} neurons: train {train_accuracy:.3f}, test {test_accuracy:.3f}".format(**row))
    draw(run, found)
    kinds = [(f"{n} hidden neuron{'s' * (n > 1)}", nets) for n, nets in found.items()]
    words = "More neurons can say more, and so they also learn the noise by heart. Try other seeds, too."
    run.show(
        lambda: toy_page(kinds, run.seed, title="How much a net can say", words=words, label="Width", start=4)
    )
    return {"nets_per_width": DRAWS * SEEDS, "data_sets": DRAWS, "seeds": SEEDS, "widths": rows}


def sweep(widths: Sequence[int], seed: int, *, draws: int, seeds: int, steps: int) -> dict[int, Trained]:
    """Width -> its nets."""
    return {n: train(Recipe(n), seed, draws=draws, seeds=seeds, steps=steps) for n in widths}


def draw(run: Run, found: dict[int, Trained]) -> None:
    """The regions of one seed, those of four, the accuracies of all nets, and accuracy over width."""
    x, y = toy(run.seed)
    axes = viz.grid(1, 3, cell=(5.0, 5.0), title="More neurons learn more: also the noise")
    for ax, width in zip(axes.flat, SHOWN, strict=True):
        regions(found[width], 0, ax, f"{width} hidden neurons\n", x, y)
    run.save("regions", axes)
    columns = min(4, SEEDS)
    title = f"The same points, {columns} seeds: one picture is an anecdote"
    axes = viz.grid(3, columns, cell=(3.6, 3.9), title=title)
    for row, width in zip(axes, SHOWN, strict=True):
        for seed, ax in enumerate(row):
            regions(found[width], seed, ax, f"{width}: ", x, y)
    run.save("seeds", axes)
    groups = {f"{n} neurons": (found[n].train.ravel(), found[n].test.ravel()) for n in SHOWN}
    title = f"{DRAWS} draws of the data, {SEEDS} seeds each: more learned, less understood"
    run.save("accuracies", viz.train_test(groups, title=title))
    lines = {
        "train": np.transpose([100 * nets.train.ravel() for nets in found.values()]),
        "test": np.transpose([100 * nets.test.ravel() for nets in found.values()]),
    }
    title = "Training and test part as the net grows"
    run.save("widths", viz.bands(lines, list(found), log="x", x_label="hidden neurons",
                                 label="accuracy, %", title=title))  # fmt: skip


def regions(nets: Trained, seed: int, ax: Any, name: str, x: Array, y: Array) -> None:
    """What one net of the first draw says of the plane, and how often it is right."""
    title = f"{name}{100 * nets.train[0, seed]:.0f} % / {100 * nets.test[0, seed]:.0f} % right"
    predict = probabilities(nets.net(0, seed))
    viz.decision_regions(predict, x, y, extent=BOX, resolution=240, ax=ax, title=title)
