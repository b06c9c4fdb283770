"""motif-image: C against D. A C has two ends, a D has two corners, wherever they stand in the picture.

Three templates are slid over the picture: one for the end of a line, two for corners. In every window a
weighted sum, a threshold; then one sum over all places, and C if the ends outweigh the corners. First the
templates are drawn by hand, then learned, from letters that all stand in the middle. Sliding makes the answer
the same for every shift: not by training, but because the same weights are used everywhere. A fully connected
net learns from the same letters, and fails as they move.

Source of the experiment: Y. LeCun, NYU Deep Learning, lecture 3-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import data, nn, random, viz
from tinynn.autograd import Array
from tinynn.experiments._letter_nets import (
    DETECTORS,
    K,
    answers_over_shifts,
    by_hand,
    dense,
    fires,
    learn,
    learn_templates,
    reach,
    sides,
)
from tinynn.experiments._shift_page import shift_page
from tinynn.experiments.registry import Metrics, Run, experiment

SIDE = 36


@experiment(
    "motif-image", "C against D by ends and corners, at every shift; and a dense net that fails", epochs=30
)
def run(run: Run) -> Metrics:
    sizes: dict[str, Any] = {"side": SIDE, "size": (14, 18), "stroke": (1.6, 2.4)}
    train = data.letters(400, **sizes, vary=True, seed=run.seed)
    test = data.letters(100, **sizes, vary=True, seed=run.seed + 1)
    plain = data.letters(60, **sizes, seed=run.seed + 1)
    run.dataset = f"{train.name}: {len(train)} to learn from, all in the middle"
    random.manual_seed(run.seed)
    epochs = run.epochs or 30
    learned, steps = learn_templates(train, epochs=epochs, seed=run.seed)
    full, hand = dense(), by_hand()
    run.steps += steps + learn(full, train, epochs=epochs, seed=run.seed)
    nets: dict[str, tuple[nn.Module, data.Dataset]] = {
        "by hand": (hand, plain),
        "learned templates": (learned, test),
        "fully connected": (full, test),
    }
    rows, tables = Metrics(), dict[str, Array]()
    most = min(reach(letters.images) for _, letters in nets.values())
    for name, (net, letters) in nets.items():
        rows[name], tables[name] = over_shifts(net, letters, most)
        run.say(
            "{0}: {middle:.3f} right in the middle, {mean:.3f} over all {shifts} shifts, {worst:.3f} at "
            "worst; {unchanged:.3f} of the answers never change".format(name, **rows[name])
        )
    counted = {letter: groups(hand, letter, most) for letter in data.LETTERS}
    for letter, of in counted.items():
        run.say(f"{letter}, over all shifts: {', '.join(f'{k}: {a} to {b}' for k, (a, b) in of.items())}")
    draw(run, nets, tables, most)
    run.show(lambda: shift_page({"drawn by hand": hand, "learned": learned}, full, SIDE, most))
    return {
        "test_accuracy": rows["learned templates"]["middle"],
        "largest_shift": most,
        "nets": rows,
        "drop_of_the_fully_connected": rows["fully connected"]["middle"] - rows["fully connected"]["mean"],
        "places_that_fire_least_and_most": counted,
    }


def over_shifts(net: nn.Module, letters: data.Dataset, most: int) -> tuple[Metrics, Array]:
    """Accuracy in the middle and everywhere, and how many letters always get the answer of the middle."""
    said = answers_over_shifts(net, letters.images, most)
    right = (said == letters.labels).mean(-1)
    return {
        "middle": right[most, most],
        "mean": right.mean(),
        "worst": right.min(),
        "unchanged": (said == said[most, most]).all((0, 1)).mean(),
        "shifts": right.size,
    }, right


def groups(net: Any, letter: str, most: int) -> dict[str, tuple[int, int]]:
    """In how many separate places each detector fires: the fewest and the most over all shifts."""
    from scipy import ndimage

    steps, touching = range(-most, most + 1), np.ones((3, 3))
    images = [data.draw_letter(letter, side=SIDE, shift=(i, j)) for i in steps for j in steps]
    fired = fires(net, np.stack(images)) > 0
    counts = np.array([[ndimage.label(place, touching)[1] for place in maps] for maps in fired])
    return {name: (int(n.min()), int(n.max())) for name, n in zip(DETECTORS, counts.T, strict=True)}


def draw(run: Run, nets: dict[str, tuple[Any, data.Dataset]], tables: dict[str, Array], most: int) -> None:
    """The templates, where they fire, and what a shift does to the answers."""
    shown = (("C", (0, 0)), ("D", (0, 0)), ("C", (-most, most)), ("D", (most, -most)))
    images = np.stack([data.draw_letter(letter, side=SIDE, shift=shift) for letter, shift in shown])
    run.save("detectors", viz.responses(images, fires(nets["by hand"][0], images), DETECTORS))
    for name, how in (("by hand", "drawn by hand"), ("learned templates", "that were learned")):
        net, letters = nets[name]
        w = net.templates.weight.data.reshape(len(DETECTORS), -1)
        said = sides(net, letters.images)
        run.save(name.replace(" ", "-"), viz.weight_templates(w, (1, K, K), said, title=f"Templates {how}"))
    axes = viz.grid(
        1, len(tables), cell=(5.2, 4.6), title=f"Right answers at all {tables['by hand'].size} shifts"
    )
    for ax, (name, table) in zip(axes.flat, tables.items(), strict=True):
        title = f"{name}: {100 * table.mean():.1f} %"
        viz.shift_accuracy(table, range(-most, most + 1), ax=ax, title=title)
    run.save("shifts", axes)
