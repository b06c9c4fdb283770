"""softmax-xent-backward: dx = (p - onehot) / m."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, read, write

wrong = Rules()


def onehot(p: Any, label: Any) -> Any:
    """1 at the label of each row, else 0."""
    return (np.arange(p.shape[1]) == label[:, None]).astype(p.dtype)


def oracle(p: Any, label: Any, dx: Any) -> None:
    dx[...] = (p - onehot(p, label)) / len(p)


@wrong("the gradient of the softmax alone, its diagonal: p (1 - p)", "formula")
def diagonal(p: Any, label: Any, dx: Any) -> None:
    dx[...] = p * (1 - p) / len(p)


@wrong("only the label's column receives a gradient: the other classes are to fall", "formula")
def label_only(p: Any, label: Any, dx: Any) -> None:
    dx[...] = (p - 1) * onehot(p, label) / len(p)


@wrong("the gradient of -log p with respect to p, -1/p: the softmax is left out", "term")
def of_p(p: Any, label: Any, dx: Any) -> None:
    dx[...] = -onehot(p, label) / np.where(p > 0, p, 1) / len(p)


@wrong("the softmax is taken once more, of what is a probability already", "factor")
def twice(p: Any, label: Any, dx: Any) -> None:
    z = np.exp(p) / np.exp(p).sum(1, keepdims=True)
    dx[...] = (z - onehot(p, label)) / len(p)


@wrong("labels are counted from 1: the column before the label is taken", "shift")
def from_one(p: Any, label: Any, dx: Any) -> None:
    dx[...] = (p - onehot(p, (label - 1) % p.shape[1])) / len(p)


@wrong("the label of the first row is used for all", "alone")
def first_label(p: Any, label: Any, dx: Any) -> None:
    dx[...] = (p - onehot(p, np.full_like(label, label[0]))) / len(p)


@wrong("1 is subtracted everywhere, not at the label alone", "formula")
def ones_everywhere(p: Any, label: Any, dx: Any) -> None:
    dx[...] = (p - 1) / len(p)


@wrong("the label's number is subtracted, not 1 at its place", "formula")
def number_subtracted(p: Any, label: Any, dx: Any) -> None:
    dx[...] = (p - label[:, None]) / len(p)


@wrong("divided by m before 1 is subtracted: p / m - onehot", "formula")
def division_first(p: Any, label: Any, dx: Any) -> None:
    dx[...] = p / len(p) - onehot(p, label)


@wrong("the most probable class is taken for the label", "formula")
def winner(p: Any, label: Any, dx: Any) -> None:
    dx[...] = (p - onehot(p, p.argmax(1))) / len(p)


def by_kernel(cross_entropy_backward: Any, p: Any, label: Any, dx: Any) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    one = np.ones((), p.dtype)
    dx[...] = cross_entropy_backward(one, p, label, None, label_smoothing=0.0, reduction="mean")


wrong.from_bank("cross_entropy_backward", by_kernel)


def inputs(draw: Any, m: int, c: int) -> dict[str, Any]:
    """p of a softmax."""
    e = np.exp(draw(m, c))
    return {"p": e / e.sum(1, keepdims=True), "label": draw.integers(m, c)}


def sure(draw: Any, m: int, c: int) -> dict[str, Any]:
    """p is exactly 0 or 1."""
    return {"p": np.eye(c)[draw.integers(m, c)], "label": draw.integers(m, c)}


EXERCISE = Exercise(
    place=100,
    title="softmax and cross-entropy backward, dx = (p - onehot) / m",
    function="softmax_xent_backward",
    arguments=(read("p", "mc"), read("label", "m", "index"), write("dx", "mc")),
    oracle=oracle,
    rules=wrong,
    inputs=inputs,
    edges=(Edge("p is exactly 0 or 1", sure),),
    cancels=("p",),
)
