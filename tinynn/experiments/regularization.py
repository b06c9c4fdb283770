"""regularization: twenty neurons that are held back; by decay, by dropout, by noise on their inputs.

    decay       cost + lambda / 2 |w|^2: large weights, which sharp corners need, have to be worth their price
    dropout     each step without a random half of the hidden neurons: none can rely on another
    noise       each step sees the points somewhere else: an island around one of them is of no use

The net keeps its size and loses its islands. Too much of it and it is too stiff for the data: what is right,
the test accuracy says. All over several draws of the data and several seeds.

Source of the experiment: A. Karpathy and others, CS231n notes, "Neural networks 1".
"""

from __future__ import annotations

import numpy as np

from tinynn import viz
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

HIDDEN = 20
SHOWN = {
    "nothing": Recipe(HIDDEN),
    "decay 0.001": Recipe(HIDDEN, decay=0.001),
    "decay 0.01": Recipe(HIDDEN, decay=0.01),
    "decay 0.1": Recipe(HIDDEN, decay=0.1),
    "dropout 0.5": Recipe(HIDDEN, dropout=0.5),
    "noise 0.3": Recipe(HIDDEN, noise=0.3),
}
DECAYS = (1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)


@experiment(
    "regularization", "20 hidden neurons: decay 0.001, 0.01, 0.1, dropout, input noise; the train/test gap",
    epochs=STEPS,
)  # fmt: skip
def run(run: Run) -> Metrics:
    run.dataset = "two noisy moons"
    steps = int(run.epochs or STEPS)
    how = {"draws": DRAWS, "seeds": SEEDS, "steps": steps}
    found = {name: train(recipe, run.seed, **how) for name, recipe in SHOWN.items()}
    decays = {d: found.get(f"decay {d:g}") or train(Recipe(HIDDEN, decay=d), run.seed, **how) for d in DECAYS}
    swept = {part: np.stack([getattr(n, part) for n in decays.values()]) for part in ("train", "test")}
    run.steps += len({*found, *(f"decay {d:g}" for d in DECAYS)}) * DRAWS * SEEDS * steps
    rows = [{"recipe": name, **nets.figures()} for name, nets in found.items()]
    for row in rows:
        run.say("{recipe}: train {train_accuracy:.3f}, test {test_accuracy:.3f}, gap {gap:.3f}".format(**row))
    draw(run, found)
    kinds = [("nothing", found["nothing"]), *((f"decay {d:g}", nets) for d, nets in decays.items())]
    kinds += [(name, found[name]) for name in ("dropout 0.5", "noise 0.3")]
    words = f"{HIDDEN} neurons would learn the noise by heart; what holds them back, and at what cost?"
    run.show(lambda: toy_page(kinds, run.seed, title="Held back", words=words, label="Held back by", start=0))
    lines = {kind: 100 * values.reshape(len(DECAYS), -1).T for kind, values in swept.items()}
    title = "Too little learns the noise, too much bends too little"
    run.save("decay", viz.bands(lines, DECAYS, log="x", x_label="decay (lambda)", label="accuracy, %",
                                title=title))  # fmt: skip
    medians = {kind: np.median(values, (1, 2)) for kind, values in swept.items()}
    return {
        "hidden": HIDDEN,
        "nets_per_recipe": DRAWS * SEEDS,
        "recipes": rows,
        "sweep": {"decay": DECAYS, **medians},
        "best_decay": DECAYS[int(medians["test"].argmax())],
    }


def draw(run: Run, found: dict[str, Trained]) -> None:
    """The regions of one net of each recipe, and the accuracies of all."""
    x, y = toy(run.seed)
    axes = viz.grid(2, 3, cell=(4.7, 4.9), title=f"{HIDDEN} neurons held back: right in training / new")
    for ax, (name, nets) in zip(axes.flat, found.items(), strict=True):
        train, test = 100 * nets.train[0, 0], 100 * nets.test[0, 0]
        title, predict = f"{name}: {train:.0f} % / {test:.0f} %", probabilities(nets.net(0, 0))
        viz.decision_regions(predict, x, y, extent=BOX, resolution=240, ax=ax, title=title)
    run.save("regions", axes)
    groups = {name.replace(" ", "\n"): (n.train.ravel(), n.test.ravel()) for name, n in found.items()}
    title = f"The gap closes: {DRAWS} draws of the data, {SEEDS} seeds each"
    run.save("gap", viz.train_test(groups, title=title))
