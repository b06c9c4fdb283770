"""Blame against activity: dw_ji = sum over samples of a_i dz_j. Who is busy is blamed.

Of one sample the blame of the neurons before is in proportion to their activity, exactly. Over samples and
nets it is a trend, for dz_j has its sign."""

from __future__ import annotations

import numpy as np

from tinynn import nn, viz
from tinynn.autograd import Array
from tinynn.experiments._blame import activities, gradients, sigmoid_net
from tinynn.experiments._small_nets import arrays_of
from tinynn.experiments.registry import Metrics, Run

NETS = 256


def activity(run: Run, model: nn.Sequential, x: Array, t: Array) -> Metrics:
    """Blame against activity: of one sample, where it is a line, and over many nets, where it is a trend."""
    one, of = activities(arrays_of(model), x[:1])[1][0], gradients(model, x[:1], t[:1])[1]
    slopes = of @ one / (one @ one)
    off = float(np.abs(of - np.outer(slopes, one)).max())
    sizes = [x.shape[1], *(len(w) for w, _ in arrays_of(model))]
    correlations, busy, blamed = [], [], []
    for _ in range(NETS):
        other = sigmoid_net(sizes)
        mean = activities(arrays_of(other), x)[1].mean(0)
        blame = np.abs(gradients(other, x, t)[1]).sum(0)
        correlations.append(np.corrcoef(mean, blame)[0, 1])
        busy.append(mean)
        blamed.append(blame / blame.sum())
    axes = viz.grid(1, 2, cell=(7.2, 5.0), title="The busier a neuron, the more of the blame it gets")
    groups = {f"to neuron {j + 1}": (one, of[j]) for j in range(len(of))}
    viz.scatter(groups, slopes={f"to neuron {j + 1}": s for j, s in enumerate(slopes)}, ax=axes[0, 0],
                x_label="activity of the neuron before", label="gradient of the weight",
                title="One sample: in proportion")  # fmt: skip
    everyone = {"all": (np.concatenate(busy), 100 * np.concatenate(blamed))}
    viz.scatter(everyone, size=22, ax=axes[0, 1], x_label="mean activity over the samples",
                label="share of the layer's blame, %", title=f"{NETS} nets: a trend")  # fmt: skip
    run.save("activity", axes)
    return {
        "off_the_line_of_one_sample": off,
        "nets": NETS,
        "median_correlation": np.median(correlations),
        "share_with_positive_correlation": np.mean(np.array(correlations) > 0),
    }
