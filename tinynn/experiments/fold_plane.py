"""fold-plane: nets with hidden layers of a few units fold the plane until straight lines part a spiral.

The smallest is 2-2-2-2-2-3: every layer is a plane, so that all it does can be seen. (Five layers have
weights; the lecture counts the input as a sixth.) Wider nets are seen through a projection, and their
pictures say so.

Source of the experiment: A. Canziani, NYU Deep Learning, lecture 3-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import data, random, viz
from tinynn.experiments._plane_nets import PlaneNet, lattice, seen_in_two, train_nets, what_the_scores_see
from tinynn.experiments.registry import Metrics, Run, experiment

#: (activation, width) -> nets trained at once: many to choose from where few make it.
NETS = {
    ("relu", 2): 64, ("relu", 3): 32, ("relu", 5): 16, ("relu", 10): 8,
    ("tanh", 2): 32, ("tanh", 3): 16, ("tanh", 5): 8, ("tanh", 10): 8,
}  # fmt: skip
HIDDEN_LAYERS = 4


@experiment(
    "fold-plane",
    "2-2-2-2-2-3 folds the plane until straight lines part three spiral arms",
    epochs=3000,
    options={"width": (2, 3, 5, 10), "activation": ("relu", "tanh")},
)
def run(run: Run) -> Metrics:
    points = data.spirals(100)
    x, y = np.asarray(points.x), np.asarray(points.y)
    run.dataset = points.name
    run.say("three arms of 100 points; the arms meet in the origin, so that 298 of 300 is the most to be had")
    found: dict[tuple[str, int], PlaneNet] = {}
    spread: dict[str, Any] = {}
    rows = []
    for activation, width in chosen(run):
        random.manual_seed(run.seed)
        steps = int(run.epochs or 3000)
        nets = NETS[activation, width]
        net, accuracy = train_nets(x, y, [width] * HIDDEN_LAYERS, activation, nets=nets, steps=steps)
        run.steps += steps
        found[activation, width] = net
        spread[named(net)] = accuracy
        rows.append(figures_of(net, accuracy))
        run.say(f"{named(net)}: best {net.accuracy:.3f}, median {np.median(accuracy):.3f} of {nets} nets")
        draw(run, net, x, y)
    draw_all(run, found, spread, x, y)
    return {"layers": HIDDEN_LAYERS + 1, "best_possible": 298 / 300, "nets": rows}


def chosen(run: Run) -> list[tuple[str, int]]:
    """The settings to run: all, or those that --set picks."""
    return [
        key
        for key in NETS
        if key == (run.options.get("activation", key[0]), run.options.get("width", key[1]))
    ]


def named(net: PlaneNet) -> str:
    return f"{'ReLU' if net.activation == 'relu' else net.activation}, width {net.width}"


def figures_of(net: PlaneNet, accuracy: Any) -> Metrics:
    """The row of metrics.json for one setting."""
    return {
        "activation": net.activation,
        "width": net.width,
        "nets": len(accuracy),
        "best_accuracy": net.accuracy,
        "median_accuracy": float(np.median(accuracy)),
        "share_of_99_percent": float((accuracy >= 0.99).mean()),
    }


def draw(run: Run, net: PlaneNet, x: Any, y: Any) -> None:
    """The strip, the animation and the last hidden plane of one net."""
    name = f"{net.activation}-{net.width}"
    plane = net.width == 2
    stages = seen_in_two(net.stages(lattice(), x.astype(np.float64)))
    how = "" if plane else ", seen along its two directions of largest spread"
    heading = f"{named(net)}, {100 * net.accuracy:.1f} % right: how the plane is folded{how}"
    run.save(f"strip-{name}", viz.folding_strip(stages, y, zero_lines=plane, title=heading))
    path = run.file(f"fold-{name}.gif")
    start = f"{named(net)}: " if plane else f"{named(net)}, projected: "
    viz.fold_animation(stages, y, path, zero_lines=plane, title=start, frames_per_stage=12)
    w, hidden = what_the_scores_see(net.weights[-1], net.hidden(x.astype(np.float64)))
    where = "plane:\n" if plane else "layer in the two\ndirections that count: "
    title = f"{named(net)}: the last hidden {where}three linear regions"
    regions = viz.linear_regions(w, net.biases[-1], hidden, y, zero_lines=plane, title=title)
    run.save(f"last-plane-{name}", regions)


def draw_all(
    run: Run, found: dict[tuple[str, int], PlaneNet], spread: dict[str, Any], x: Any, y: Any
) -> None:
    """All input planes beside one another, and the accuracies of all nets."""
    columns = min(4, len(found))
    axes = viz.grid(-(-len(found) // columns), columns)
    for ax, net in zip(axes.flat, found.values(), strict=True):
        title = f"{named(net)}: {100 * net.accuracy:.1f} % right"
        viz.decision_regions(net.probabilities, x, y, extent=(-1.2, 1.2, -1.2, 1.2), ax=ax, title=title)
    run.save("decision-regions", axes)
    run.save("accuracies", viz.spread(spread, title="Every start a dot, their median a bar"))
