"""fold-plane: nets with hidden layers of a few units fold the plane until straight lines part a spiral.

The smallest is 2-2-2-2-2-3: every layer is a plane, so that all it does can be seen. (Five layers have
weights; the lecture counts the input as a sixth.) Hardly any such net with ReLU parts the arms, and those
that do have biases that began at +1: thousands are tried, and the best is drawn. Wider nets are seen through
a projection, and their pictures say so.

Source of the experiment: A. Canziani, NYU Deep Learning, lecture 3-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import data, viz
from tinynn.backends import native_alone
from tinynn.experiments._fold_page import (
    ACCURACIES_SEEN,
    REGIONS_SEEN,
    fold_page,
    last_seen,
    named,
    starts_seen,
    strip_seen,
)
from tinynn.experiments._plane_nets import PlaneNet, lattice, seen_in_two, what_the_scores_see
from tinynn.experiments._search import (
    FEW,
    HIDDEN_LAYERS,
    OTHERS,
    RARE,
    SEEDS,
    SOME,
    compare,
    train,
)
from tinynn.experiments._starts import summary
from tinynn.experiments.registry import Metrics, Run, experiment

SETTINGS = [(activation, width) for activation in ("relu", "tanh") for width in (2, 3, 5, 10)]


@experiment(
    "fold-plane",
    "2-2-2-2-2-3 folds the plane until straight lines part three spiral arms",
    epochs=4000,
    options={
        "width": (2, 3, 5, 10),
        "activation": ("relu", "tanh"),
        "seeds": (SEEDS, SOME, FEW),
        "film": ("gif", "mp4"),
    },
)
def run(run: Run) -> Metrics:
    points = data.spirals(100)
    run.dataset = points.name
    run.say("three arms of 100 points; the arms meet in the origin, so that 298 of 300 is the most to be had")
    found: dict[tuple[str, int], PlaneNet] = {}
    tried: dict[str, Any] = {}
    rows, starts = [], []
    for key in SETTINGS:
        if key != (run.options.get("activation", key[0]), run.options.get("width", key[1])):
            continue
        net, accuracy = train(run, points, *key)
        found[key] = net
        tried[named(net)] = accuracy
        rows.append({"activation": key[0], "width": key[1], **summary(accuracy)})
        run.say(f"{named(net)}: best {net.accuracy:.3f}, median {np.median(accuracy):.3f} of {len(accuracy)}")
        draw(run, net, accuracy, points)
        if key == RARE and native_alone():
            starts = compare(run, points, accuracy)
            draw_starts(run, starts)
    draw_all(run, found, tried, points)
    run.show(lambda: fold_page(run, found, tried, points))
    share, first = f"{100 * rows[0]['share_of_99_percent']:.1f} %", named(next(iter(found.values())))
    return {
        "in_short": f"{first}: {share} of {rows[0]['nets']:,} nets get 99 % right",
        "layers": HIDDEN_LAYERS + 1,
        "best_possible": 298 / 300,
        "nets": rows,
        "starts": starts,
    }


def draw(run: Run, net: PlaneNet, accuracy: Any, points: data.Dataset) -> None:
    """The strip, the animation and the last hidden plane of one net."""
    name = f"{net.activation}-{net.width}"
    plane, x, y = net.width == 2, np.asarray(points.x), np.asarray(points.y)
    stages = seen_in_two(net.stages(lattice(), x.astype(np.float64)))
    how = "" if plane else ", seen along its two directions of largest spread"
    best = f"the best of {len(accuracy):,} nets, {100 * net.accuracy:.1f} % right"
    strip = viz.folding_strip(stages, y, zero_lines=plane, title=f"{named(net)}, {best}{how}")
    run.save(f"strip-{name}", strip, strip_seen(net, accuracy))
    path = run.file(f"fold-{name}.{run.options.get('film', 'gif')}")
    run.told[path.name] = f"{named(net)}, the same as a film"
    start = f"{named(net)}: " if plane else f"{named(net)}, projected: "
    viz.fold_animation(stages, y, path, zero_lines=plane, title=start, frames_per_stage=12)
    w, hidden = what_the_scores_see(net.weights[-1], net.hidden(x.astype(np.float64)))
    where = "plane:\n" if plane else "layer in the two\ndirections that count: "
    title = f"{named(net)}: the last hidden {where}three linear regions"
    regions = viz.linear_regions(w, net.biases[-1], hidden, y, zero_lines=plane, title=title)
    run.save(f"last-plane-{name}", regions, last_seen(net))


def draw_all(
    run: Run, found: dict[tuple[str, int], PlaneNet], tried: dict[str, Any], points: data.Dataset
) -> None:
    """All input planes beside one another, and the accuracies of many nets."""
    x, y = np.asarray(points.x), np.asarray(points.y)
    columns = min(4, len(found))
    axes = viz.grid(-(-len(found) // columns), columns)
    for ax, net in zip(axes.flat, found.values(), strict=True):
        title = f"{named(net)}: {100 * net.accuracy:.1f} % right"
        viz.decision_regions(net.probabilities, x, y, extent=(-1.2, 1.2, -1.2, 1.2), ax=ax, title=title)
    run.save("decision-regions", axes, REGIONS_SEEN)
    title = f"Every net a dot, the first {OTHERS} at most; their median a bar"
    spread = {name: accuracy[:OTHERS] for name, accuracy in tried.items()}
    run.save("accuracies", viz.spread(spread, title=title), ACCURACIES_SEEN)


def draw_starts(run: Run, starts: list[Metrics]) -> None:
    """The share of nets that make it, from each start."""
    share = "share_of_99_percent"
    bars = {f"{r['start']}\n{r['nets']} nets": (r[share], *r[f"{share}_interval"]) for r in starts}
    title = "Two ReLU units a layer: share of nets with 99 %, by start"
    run.save("starts", viz.shares(bars, title=title), starts_seen(starts))
