"""blame: backpropagation shares out the blame for the cost. Who gets how much?

First a small net in the article's notation, samples as columns: Z = W X + b, A = f(Z) going forward; coming
back dW = dZ X^T, dX = W^T dZ. Then the article's net of 5 inputs, two hidden layers and 5 outputs, and the
whole ledger of one weight: an entry for every sample and every path from it to an output. Autograd, which
never looks at a path, comes to the same sum. Last, why busy neurons get the blame: for one sample dw_ji =
a_i dz_j, in proportion to the activity.

    tinynn run blame --set layer=1 --set source=3 --set target=2      the ledger of another weight

Source of the experiment: T. Yiu, "Understanding neural networks" (2019).
"""

from __future__ import annotations

import numpy as np

from tinynn import functional as F
from tinynn import optim, random, viz
from tinynn.autograd import Array
from tinynn.errors import ArgumentError
from tinynn.experiments._blame import flows, gradients, largest_error, ledger, sigmoid_net
from tinynn.experiments._blame_activity import activity
from tinynn.experiments._blame_page import show_ledgers
from tinynn.experiments._blame_small import small_net
from tinynn.experiments._small_nets import arrays_of, layer_names
from tinynn.experiments.first_step import about_to_train
from tinynn.experiments.registry import Metrics, Run, experiment

SIZES = (5, 4, 4, 5)
SAMPLES = 8
NEURONS = (1, 2, 3, 4, 5)


@experiment("blame", "the gradient of a weight as a ledger: every sample, every path",
            options={"layer": (1, 2, 3), "source": NEURONS, "target": NEURONS})  # fmt: skip
def run(run: Run) -> Metrics:
    run.dataset = "random samples, one of five answers right"
    random.manual_seed(run.seed)
    x, t = samples(run.seed)
    model = sigmoid_net(SIZES)
    about_to_train(model, F.mse, optim.SGD(lr=0.1), [(x, t)])  # what the gradients are for
    small = small_net(run)
    layers, dw = arrays_of(model), gradients(model, x, t)
    weight = chosen(run, dw)
    found, gradient = ledger(layers, x, t, weight), float(dw[weight[0]][weight[1:]])
    error = largest_error(model, x, t)
    name = named(weight)
    run.say(f"dC/d {name} = {gradient:+.6f}: {len(found.contribution)} entries, adding up to "
            f"{found.contribution.sum():+.6f}; all {sum(g.size for g in dw)} within {error:.1e}")  # fmt: skip
    for row in found.rows()[:5]:
        run.say(f"  {row['contribution']:+.6f}  {told(weight, row)}")
    labels = [told(weight, row) for row in found.rows()]
    title = f"dC/d {name}: {len(labels)} entries, the largest first"
    run.save("ledger", viz.ledger(labels, found.contribution, gradient, title=title))
    title = f"The paths to {name} (black): red adds to its gradient, blue takes"
    drawn = viz.network(SIZES, flows(found, SIZES), chosen=weight, names=layer_names(SIZES), title=title)
    run.save("paths", drawn)
    show_ledgers(run, model, x, t, weight)
    share = np.cumsum(found.contribution) / found.contribution.sum()
    return {
        "small_net": small,
        "weight": name,
        "gradient": gradient,
        "sum_of_entries": found.contribution.sum(),
        "entries": len(labels),
        "share_of_first_ten": share[:10][-1],
        "largest_error": error,
        "ledger": found.rows(),
        "activity": activity(run, model, x, t),
    }


def samples(seed: int) -> tuple[Array, Array]:
    """x (m, 5) within 0..1, and t (m, 5): 1 for the right answer, else 0."""
    draw = np.random.default_rng(seed)
    return draw.uniform(size=(SAMPLES, SIZES[0])), np.eye(SIZES[-1])[draw.integers(SIZES[-1], size=SAMPLES)]


def chosen(run: Run, dw: list[Array]) -> tuple[int, int, int]:
    """The weight that was asked for; else the one of the first layer with the largest gradient."""
    layer = int(run.options.get("layer", 1)) - 1
    out, into = (int(n) for n in np.unravel_index(np.abs(dw[layer]).argmax(), dw[layer].shape))
    weight = layer, int(run.options.get("target", out + 1)) - 1, int(run.options.get("source", into + 1)) - 1
    if weight[1] >= SIZES[layer + 1] or weight[2] >= SIZES[layer]:
        raise ArgumentError(f"run: blame: layer {layer + 1} is {SIZES[layer]} -> {SIZES[layer + 1]}; got "
                            f"source={weight[2] + 1}, target={weight[1] + 1}")  # fmt: skip
    return weight


def named(weight: tuple[int, int, int]) -> str:
    return f"w of layer {weight[0] + 1}, {weight[2] + 1} → {weight[1] + 1}"


def told(weight: tuple[int, int, int], row: Metrics) -> str:
    """An entry in words."""
    way = " → ".join(map(str, [weight[2] + 1, *row["path"]]))
    return f"sample {row['sample']}: {way}"
