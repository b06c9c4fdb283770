"""Figures and rows of activations: saturation and zig-zag."""

from __future__ import annotations

import numpy as np

from tinynn import viz
from tinynn.autograd import Array
from tinynn.experiments import _activation_signals as signals
from tinynn.experiments._activation_formulas import NAMES
from tinynn.experiments.registry import Metrics, Run

GAINS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
CASES = [(centred, batch) for centred in (False, True) for batch in (1, 16)]
LAYERS = 8


def measure_saturation(run: Run) -> Metrics:
    """Slope and gradient over the size of the weights, and the gradient layer by layer."""
    found = signals.saturation(GAINS, run.seed)
    depth = signals.through_depth(LAYERS, run.seed)
    axes = viz.grid(1, 3, cell=(5.6, 4.6), title="Saturation kills gradients: large weights, many layers")
    size = "size of the weights, times 1 / sqrt(inputs)"
    slopes = {NAMES[n]: 100 * row["slope"] for n, row in found.items()}
    viz.bands(slopes, GAINS, log="xy", x_label=size, label="mean slope, % of the steepest", ax=axes[0, 0],
              title="Where the units are")  # fmt: skip
    arrived = {NAMES[n]: row["gradient"] for n, row in found.items()}
    viz.bands(arrived, GAINS, log="xy", x_label=size, label="gradient of the weights", ax=axes[0, 1],
              title="What the weights get")  # fmt: skip
    by_layer = {NAMES[n]: row for n, row in depth.items()}
    viz.bands(by_layer, np.arange(1, LAYERS + 1), log="y", x_label="layer", ax=axes[0, 2],
              label="gradient, over the last layer's", title="What the first layers get")  # fmt: skip
    run.save("saturation", axes)
    rows = {n: {k: np.median(v, 0) for k, v in row.items()} for n, row in found.items()}
    for n, row in depth.items():
        rows[n]["gradient_of_first_layer_of_8"] = np.median(row[:, 0])
    return {"gains": GAINS, **rows}


def measure_zig_zag(run: Run) -> list[Metrics]:
    """One neuron that has to raise one weight and lower the other."""
    axes = viz.grid(1, 4, cell=(4.5, 4.9), title="Inputs of one sign: the way there is a zig-zag")
    rows = []
    for ax, (centred, batch) in zip(axes.flat, CASES, strict=True):
        found = signals.zig_zag(centred, batch, run.seed)

        def cost(w: Array, spread: Array = found["spread"]) -> Array:
            return np.asarray(np.einsum("mi,ij,mj->m", w - signals.TRUTH, spread, w - signals.TRUTH))

        inputs = "inputs -0.5 to 0.5" if centred else "inputs 0 to 1"
        row = {"inputs": inputs, "batch": batch, "same_sign": found["same_sign"],
               "detour": np.median(found["detour"]), "left": np.median(found["left"])}  # fmt: skip
        rows.append(row)
        title = f"{inputs}, batch {batch}:\n{100 * row['same_sign']:.0f} % of one sign"
        viz.cost_paths(cost, {f"detour {row['detour']:.1f}": found["path"][:, 0]}, (-0.7, 2.2, -2.2, 0.7),
                       labels=("$w_1$", "$w_2$"), ax=ax, title=title)  # fmt: skip
        run.say(f"{title.replace(chr(10), ' ')}, detour {row['detour']:.2f}")
    run.save("zig-zag", axes)
    return rows
