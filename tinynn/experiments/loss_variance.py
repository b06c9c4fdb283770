"""loss-variance: small nets end anywhere, large ones all end alike.

The same points, the same recipe, nets of one hidden layer; what differs within a group is the seed alone.
Each size has hundreds of them, and what is looked at is not how low the loss ends but how far apart.

Source of the claim: Stanford CS231n, notes on neural networks, part 1, "Setting number of layers and their
sizes"; A. Choromanska and others, "The Loss Surfaces of Multilayer Networks" (2015), arXiv:1412.0233.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinynn import data, viz
from tinynn.experiments._curve_pages import variance_page
from tinynn.experiments._starts import Array, builder, train_cell
from tinynn.experiments.registry import Metrics, Run, experiment

SIZES = (4, 8, 16, 32, 64)  # hidden units
SEEDS, SOME, FEW = 256, 32, 8
NOISE, ARM = 0.3, 67  # radians; points of each arm


def standard_deviation(losses: Array, axis: int) -> Array:
    return np.asarray(np.std(losses, axis=axis))


def middle_half(losses: Array, axis: int) -> Array:
    """How far the quartiles are apart."""
    low, high = np.percentile(losses, [25, 75], axis=axis)
    return np.asarray(high - low)


MEASURES = standard_deviation, middle_half


@experiment(
    "loss-variance",
    "hundreds of nets of each size: the spread of the final loss shrinks as they grow",
    epochs=2000,
    options={"seeds": (SEEDS, SOME, FEW)},
)
def run(run: Run) -> Metrics:
    points = data.spirals(ARM, noise=NOISE, seed=run.seed)
    run.dataset = points.name
    steps, count = int(run.epochs or 2000), int(run.options.get("seeds", SEEDS))
    losses: dict[int, Array] = {}
    rows = []
    for size in SIZES:
        first = run.seed * 100_000
        build = builder(size, 1, "relu", "default")
        cell = train_cell(points, build, "relu", range(first, first + count), steps, 0.01)
        run.steps += steps * count
        losses[size] = cell.loss
        rows.append({"hidden_units": size, "parameters": 6 * size + 3, **figures_of(cell.loss)})
        own = rows[-1]
        run.say(
            f"{size} hidden units: final loss {own['median']:.3f} in the middle, "
            f"standard deviation {own['standard_deviation']:.4f}"
        )
    draw(run, losses, rows)
    run.show(lambda: variance_page(losses, [row["standard_deviation"] for row in rows]))
    small, large = rows[0]["standard_deviation"], rows[-1]["standard_deviation"]
    return {"nets_per_size": count, "sizes": rows, "spread_small_over_large": small / large}


def figures_of(losses: Array) -> Metrics:
    """How the losses of equal nets are spread, and how sure that is."""
    found: Metrics = {"nets": len(losses)}
    for measure in MEASURES:
        key = measure.__name__
        found[key] = float(measure(losses, axis=0))
        found[f"{key}_error"] = resampled_error(losses, measure)
    low, median, high = np.percentile(losses, [5, 50, 95])
    ends = {"lowest": losses.min(), "5_percent": low, "median": median, "95_percent": high}
    return {**found, **{k: float(v) for k, v in ends.items()}, "highest": float(losses.max())}


def resampled_error(values: Array, measure: Callable[..., Array], times: int = 400) -> float:
    """The standard error of a measure: its spread over samples drawn, with repetition, from the values.

    Source: B. Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979).
    """
    again = np.random.default_rng(0).integers(0, len(values), (times, len(values)))
    return float(np.std(measure(values[again], axis=1), ddof=1))


def draw(run: Run, losses: dict[int, Array], rows: list[Metrics]) -> None:
    """Every net a dot; and the spread against the size."""
    title = f"The final loss of {rows[0]['nets']} nets of each size, every one a dot"
    groups = {f"{size} units": values for size, values in losses.items()}
    run.save("losses", viz.spread(groups, label="final loss", factor=1.0, title=title))
    spreads = {}
    for key in (measure.__name__ for measure in MEASURES):
        spreads[key.replace("_", " ")] = [row[key] for row in rows], [row[f"{key}_error"] for row in rows]
    run.save("spread", viz.by_size(list(losses), spreads))
