"""Gradients as ledgers, for the page: of every weight of the article's net, and of shared ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinynn import nn, report
from tinynn.autograd import Array
from tinynn.experiments._blame import gradients, ledger
from tinynn.experiments._small_nets import arrays_of
from tinynn.experiments._stepper import sources, walk
from tinynn.experiments.registry import Metrics, Run
from tinynn.report.ledger import paths

WORDS = (
    "dC/dw of a weight is a sum over all samples and over all paths from the weight to an output: the "
    "activity before it, times the slopes and weights on the way, times the error at the end. Choose "
    "a weight in the list or in the net, and point at an entry to see its way."
)


def show_ledgers(run: Run, model: nn.Sequential, x: Array, t: Array, chosen: tuple[int, int, int]) -> None:
    """Put both on the page."""

    def ledgers() -> report.Block:
        layers, dw = arrays_of(model), gradients(model, x, t)
        weights = [(layer, j, i) for layer, g in enumerate(dw) for j, i in np.ndindex(*g.shape)]
        name = "layer {}, {} \u2192 {}".format
        rows = [
            paths(ledger(layers, x, t, w), float(dw[w[0]][w[1:]]), name(w[0] + 1, w[2] + 1, w[1] + 1))
            for w in weights
        ]
        sizes = [x.shape[1], *(len(w) for w, _ in layers)]
        title = "Who is to blame: the ledger of every weight"
        return report.ledger(rows, sizes=sizes, title=title, words=WORDS, chosen=weights.index(chosen))

    run.show(lambda: report.stepper(walk(), sources()))
    run.show(ledgers)


def shared_ledger(found: Mapping[str, list[Metrics]]) -> report.Block:
    """Of a shared weight one row per use; `found` has rows with parameter, terms and autograd."""
    weights = [
        {
            "name": f"{row['parameter']} of {whose}",
            "gradient": float(row["autograd"]),
            "contribution": np.asarray(row["terms"]),
            "labels": [f"use {n} of {len(row['terms'])}" for n in range(1, len(row["terms"]) + 1)],
        }
        for whose, rows in found.items()
        for row in rows
    ]
    words = (
        "A shared weight gets a term from every use: the gradient that this use would have, were it alone."
    )
    return report.ledger(weights, title="The gradient of a shared weight, use by use", words=words)
