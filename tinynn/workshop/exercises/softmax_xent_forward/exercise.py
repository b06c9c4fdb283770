"""softmax-xent-forward: p = softmax(x), loss = -log p[label], without overflow."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, read, write

wrong = Rules()


def of_label(a: Any, label: Any) -> Any:
    """What each row holds at its label."""
    return a[np.arange(len(a)), label]


def oracle(x: Any, label: Any, p: Any, loss: Any) -> None:
    z = x - x.max(1, keepdims=True)
    total = np.exp(z).sum(1, keepdims=True)
    p[...] = np.exp(z) / total
    loss[...] = np.log(total[:, 0]) - of_label(z, label)


@wrong("the row's maximum is not subtracted: exp overflows where a logit is large", "term")
def no_maximum(x: Any, label: Any, p: Any, loss: Any) -> None:
    total = np.exp(x).sum(1, keepdims=True)
    p[...] = np.exp(x) / total
    loss[...] = np.log(total[:, 0]) - of_label(x, label)


@wrong(
    "the row's maximum is not subtracted, and the loss is -log p: exp overflows, p becomes 0 or NaN", "term"
)
def no_maximum_log_p(x: Any, label: Any, p: Any, loss: Any) -> None:
    p[...] = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    loss[...] = -np.log(of_label(p, label))


@wrong(
    "the loss is the logarithm of a p that may have become 0: -log p is infinite where log-sum-exp is not",
    "formula",
)
def log_of_p(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, label, p, loss)
    loss[...] = -np.log(of_label(p, label))


def with_floor(floor: float, added: bool, x: Any, label: Any, p: Any, loss: Any) -> None:
    """-log p where p is kept away from 0, by a sum or by a clip."""
    oracle(x, label, p, loss)
    of = of_label(p, label)
    loss[...] = -np.log(of + x.dtype.type(floor) if added else np.clip(of, floor, 1))


SUM = "log(p + 1e-{}): the small number hides the 0 and makes each loss a little wrong"
CLIP = "p is clipped at 1e-{} before the logarithm: a loss cannot grow beyond that"
for exponent in range(4, 21):
    for family, added in ((SUM, True), (CLIP, False)):
        one = partial(with_floor, 10.0**-exponent, added)
        wrong(family.format(exponent), "formula", family=family)(one)


@wrong(
    "the maximum of the whole batch is subtracted, not that of the row: a row far below it becomes 0/0",
    "formula",
)
def maximum_of_batch(x: Any, label: Any, p: Any, loss: Any) -> None:
    z = x - x.max()
    total = np.exp(z).sum(1, keepdims=True)
    p[...] = np.exp(z) / total
    loss[...] = np.log(total[:, 0]) - of_label(z, label)


@wrong("p is not divided by its sum", "term")
def not_normalised(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, label, p, loss)
    p[...] = np.exp(x - x.max(1, keepdims=True))


@wrong("p is normalised over the batch, down the columns, not along the rows", "formula")
def over_the_batch(x: Any, label: Any, p: Any, loss: Any) -> None:
    z = np.exp(x - x.max(0, keepdims=True))
    p[...] = z / z.sum(0, keepdims=True)
    loss[...] = -np.log(of_label(p, label))


@wrong("the sign of the loss: log p, not -log p", "sign")
def wrong_sign(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, label, p, loss)
    loss[...] *= -1


@wrong("the loss is 1 - p of the label: the logarithm is missing", "term")
def no_logarithm(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, label, p, loss)
    loss[...] = 1 - of_label(p, label)


@wrong("the maximum is subtracted in the sum, but not from the logit of the label", "term")
def maximum_half_done(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, label, p, loss)
    loss[...] -= x.max(1)


@wrong("the loss is that of the most probable class, not of the label", "formula")
def of_the_winner(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, x.argmax(1), p, loss)


@wrong("labels are counted from 1: the class before the label is taken", "shift")
def from_one(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, (label - 1) % x.shape[1], p, loss)


@wrong("the logarithm has base 2", "formula")
def base_two(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, label, p, loss)
    loss[...] /= np.log(2)


@wrong("the loss is divided by the number of rows: the mean comes later, here is each row's own", "factor")
def divided(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, label, p, loss)
    loss[...] /= len(x)


@wrong("the label of the first row is used for all", "alone")
def first_label(x: Any, label: Any, p: Any, loss: Any) -> None:
    oracle(x, np.full_like(label, label[0]), p, loss)


def inputs(draw: Any, m: int, c: int) -> dict[str, Any]:
    return {"label": draw.integers(m, c)}


def huge(draw: Any, m: int, c: int) -> dict[str, Any]:
    """Logits of +-1e4, and rows that lie 1e4 apart."""
    return {"x": 1e4 * np.sign(draw(m, c)) + draw(m, 1) * 1e4, **inputs(draw, m, c)}


def equal(draw: Any, m: int, c: int) -> dict[str, Any]:
    return {"x": np.broadcast_to(draw(m, 1), (m, c)), **inputs(draw, m, c)}


EXERCISE = Exercise(
    place=90,
    title="softmax and cross-entropy forward, without overflow",
    function="softmax_xent_forward",
    arguments=(read("x", "mc"), read("label", "m", "index"), write("p", "mc"), write("loss", "m")),
    oracle=oracle,
    rules=wrong,
    slack=32,
    inputs=inputs,
    edges=(Edge("logits of +-10000", huge), Edge("all logits of a row are equal", equal)),
    cancels=("x",),
    weights={"edges": 3},
)
