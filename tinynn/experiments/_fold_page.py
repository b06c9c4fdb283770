"""The page of fold-plane: its nets under sliders, first one from a usual start, and captions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tinynn import data, report
from tinynn.backends import native_alone
from tinynn.experiments._fold_history import for_the_page, history
from tinynn.experiments._plane_nets import PlaneNet
from tinynn.experiments._search import HIDDEN_LAYERS, LR, RARE, START, TRIED
from tinynn.experiments._starts import builder, starts_in_words, train_cell
from tinynn.experiments.registry import Metrics, Run

Found = Mapping[tuple[str, int], PlaneNet]

WORDS = """

The list begins with two nets of one shape: what mostly becomes of two ReLU units, and the best of \
many. All the others are the best of many, too. What goes wrong, and why training does not repair \
it: [fold-width]."""


def named(net: PlaneNet) -> str:
    return f"{'ReLU' if net.activation == 'relu' else net.activation}, width {net.width}"


def fold_page(run: Run, found: Found, tried: Mapping[str, Any], points: data.Dataset) -> report.Block:
    """Every net under two sliders; each is trained once more, alone, to be seen on its way.

    `tried` has the accuracies of the nets that each is the best of.
    """
    nets = [learning(run, points, net, len(tried[named(net)])) for net in found.values()]
    if RARE in found and native_alone():
        nets.insert(0, usual(run, points))
    block = report.fold(nets, np.asarray(points.x), np.asarray(points.y))
    return replace(block, words=block.words + WORDS) if len(nets) > 1 else block


def usual(run: Run, points: data.Dataset) -> dict[str, Any]:
    """What mostly becomes of two ReLU units: the median of a few nets whose biases begin at 0."""
    steps, first = int(run.epochs or 4000), run.seed * 100_000
    seeds = range(first, first + TRIED)
    build = builder(RARE[1], HIDDEN_LAYERS, RARE[0], "biases 0")
    cell = train_cell(points, build, RARE[0], seeds, steps, LR, lambda s: LR * (1 - s / steps))
    run.steps += steps * TRIED
    median = int(np.argsort(cell.accuracy, kind="stable")[TRIED // 2])
    moments = history(points, build, RARE[0], seeds[median], steps, LR)
    right = f"{100 * moments[-1][1].accuracy:.0f} % right"
    name = f"ReLU, width 2, a usual start (the median of {TRIED}): {right}"
    return for_the_page(name, moments, np.asarray(points.x))


def learning(run: Run, points: data.Dataset, net: PlaneNet, count: int) -> dict[str, Any]:
    """The same net trained once more, alone, and looked at on its way; or only as it is now."""
    steps = int(run.epochs or 4000)
    moments = [(steps, net)]
    if net.seed is not None:
        build = builder(net.width, HIDDEN_LAYERS, net.activation, START[net.activation])
        moments = history(points, build, net.activation, net.seed, steps, LR)
    name = f"{named(net)}, the best of {count:,} starts: {100 * net.accuracy:.1f} % right"
    return for_the_page(name, moments, np.asarray(points.x))


def strip_seen(net: PlaneNet, accuracy: Any) -> str:
    """What the strip of a net shows, and how rare that is."""
    share = f"{(accuracy >= 0.99).mean():.1%}".replace("%", " %")
    end = {
        "relu": "what is negative is pressed onto the axes",
        "tanh": "everything is squeezed to \u22121..1",
    }
    view = (
        ""
        if net.width == 2
        else " More than two units cannot be drawn: seen from where the points spread most."
    )
    return (
        f"{named(net)}, the best of {len(accuracy):,} nets, of which {share} get 99 % right: the plane after "
        f"every "
        f"map (affine: weights times input plus bias) and every {named(net).split(',')[0]}, where "
        f"{end[net.activation]}. Each picture has its own scale.{view}"
    )


def last_seen(net: PlaneNet) -> str:
    """What the picture of the last hidden layer shows."""
    view = "" if net.width == 2 else ", looked at so that its three scores are seen in full"
    return (
        f"{named(net)}: the points as the last layer gets them{view}. It gives each place to one of three "
        f"classes, "
        "and their borders there are straight lines."
    )


REGIONS_SEEN = (
    "The answer for every place of the input plane. Each net is the best of many: for what training mostly "
    "gives, "
    "see the next figure."
)
ACCURACIES_SEEN = (
    "Every net a dot; the bar is the median, which half of the nets exceed. 33.3 % is what one answer for "
    "all points "
    "gets, 99.3 % the most there is. The medians in [fold-width] are of other starts and 3000 steps."
)


def starts_seen(starts: list[Metrics]) -> str:
    """What the bars show, and what a start is."""
    return (
        "Of two ReLU units a layer, the share of nets that get 99 % of the points right. The thin line is "
        "where the "
        "share of all such nets lies with 95 % confidence: long where few were tried. The starts: "
        f"{starts_in_words(row['start'] for row in starts)}"
    )
