"""approximation: a sum of bumps comes as near to a function as one likes; it takes neurons.

Two steep sigmoids make a bump that is 1 on a cell and 0 elsewhere; a bump for every cell, as high as the
function is there, and no training at all makes a net that is off by about the slope times the width of a
cell: twice the bumps, half the error. Gradient descent on the same net moves and bends the bumps, and does
better with fewer.

    tinynn run approximation --set function=jumps             waves, jumps, chirp
    tinynn run approximation --set function=points.csv        lines of x,y; nothing is evaluated
    run_experiment("approximation", function=numpy.sqrt)      any callable of x in 0..1

Source of the experiment: A. Karpathy and others, CS231n notes, "Neural networks 1".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import viz
from tinynn.experiments._bumps import approximate
from tinynn.experiments._curve_pages import approximation_page
from tinynn.experiments._functions import NAMED, Target, read_target
from tinynn.experiments.registry import Metrics, Run, experiment

BUMPS = (1, 2, 4, 8, 16, 32, 64)
SHOWN = (4, 16, 64)
SEEDS, STEPS = 16, 2000


@experiment("approximation", "a sum of indicator bumps, by hand and trained: error against width",
            epochs=STEPS, options={"function": read_target})  # fmt: skip
def run(run: Run) -> Metrics:
    target = run.options.get("function", NAMED["waves"])
    run.dataset = target.name
    steps = int(run.epochs or STEPS)
    found = approximate(target, BUMPS, seed=run.seed, seeds=SEEDS, steps=steps)
    run.steps += len(BUMPS) * (SEEDS + 1) * steps
    spread = float(found["y"].std()) or 1.0
    errors = {name: error / spread for name, error in found["errors"].items()}
    rows = []
    for i, k in enumerate(BUMPS):
        trained = errors["trained"][:, i]
        rows.append({
            "bumps": k,
            "neurons": 2 * k,
            "by_hand": errors["by hand"][0, i],
            "by_hand_then_trained": errors["by hand, then trained"][0, i],
            "trained": {"median": np.median(trained), "best": trained.min(), "worst": trained.max()},
            "by_hand_largest": np.abs(found["by hand"][i] - found["y"]).max() / spread,
        })  # fmt: skip
        run.say(f"{2 * k:3d} neurons: by hand {rows[-1]['by_hand']:.4f}, trained {np.median(trained):.4f} "
                "of the function's spread")  # fmt: skip
    slope = slope_of(errors["by hand"][0])
    draw(run, target, found, errors, slope)
    x = target.low + (target.high - target.low) * found["u"]
    run.show(lambda: approximation_page(x, found, BUMPS, errors))
    return {"function": target.name, "seeds": SEEDS, "slope_by_hand": slope, "widths": rows}


def slope_of(error: Any) -> float | None:
    """How the error falls with the bumps in the log-log plot, from 8 bumps on; None where there is none."""
    if error.min() < 1e-9:
        return None
    return float(np.polyfit(np.log(BUMPS[3:]), np.log(error[3:]), 1)[0])


def draw(run: Run, target: Target, found: Metrics, errors: Metrics, slope: float | None) -> None:
    """The function under nets of some widths, by hand above and trained below, and the errors."""
    x, y = target.low + (target.high - target.low) * found["u"], found["y"]
    axes = viz.grid(2, 3, cell=(5.4, 3.9), title="By hand above, trained below")
    for row, name in zip(axes, ("by hand", "trained"), strict=True):
        for ax, k in zip(row, SHOWN, strict=True):
            i = BUMPS.index(k)
            best = int(errors[name][:, i].argmin())
            lines = {target.name: y, "the net": found[name][i][best]}
            title = f"{2 * k} neurons: error {100 * errors[name][best, i]:.1f} %"
            viz.traces(lines, x, x_label="x", label="", ax=ax, title=title)
            if target.points is not None:
                ax.plot(*target.points.T, ".", color="#1f2933", markersize=5)
    run.save("functions", axes)
    u = np.linspace(0, 1, 401)
    up, down = (1 / (1 + np.exp(-160 * (u - edge))) for edge in (0.35, 0.6))
    lines = {"sigmoid up": up, "sigmoid down": -down, "their sum: a bump": up - down}
    run.save("bump", viz.traces(lines, u, x_label="x", label="", title="Two steep sigmoids make a bump"))
    title = "Error against width" if slope is None else f"Error against width: by hand of slope {slope:.2f}"
    lines = {name: 100 * error for name, error in errors.items()}
    run.save("error", viz.bands(lines, [2 * k for k in BUMPS], log="xy", x_label="hidden neurons",
                                label="error, % of the spread of f", title=title))  # fmt: skip
