"""Which mistake it was, and how it is said: NumPy answers on the battery, without a sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn.workshop import all_exercises, exercise
from tinynn.workshop.battery import battery
from tinynn.workshop.confusion import hand_in, same
from tinynn.workshop.contract import LONG
from tinynn.workshop.diagnose import diagnose
from tinynn.workshop.judge import Report
from tinynn.workshop.say import digits_apart, in_words, shown

FUSED = exercise("linear-relu-backward")
SOFTMAX = exercise("softmax-xent-forward")


def mistake_of(name: str, function: Any, language: str = "numpy") -> str:
    """What is said of an answer, which has to be wrong."""
    judged = hand_in(exercise(name), function, 3)
    assert not all(j.passed for j in judged)
    return diagnose(exercise(name), judged, language) or ""


def db_unmasked(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    dz = dy * (y > 0)
    dx[...] = dz @ w
    dw += dz.T @ x
    db += dy.sum(0)


def test_a_rule_fits_the_right_outputs_too() -> None:
    assert mistake_of(FUSED.name, db_unmasked) == "db forgets the ReLU's mask; dx and dw have it"
    everywhere = FUSED.rules[0]
    assert "all three" in everywhere.mistake
    assert not same(FUSED, hand_in(FUSED, db_unmasked, 3), everywhere.mistake)


def test_a_rule_that_fits_the_wrong_outputs_alone_says_so() -> None:
    def weights_overwritten(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
        FUSED.oracle(dy, y, x, w, dx, dw, db)
        dw[...] = (dy * (y > 0)).T @ x

    mistake = mistake_of(FUSED.name, weights_overwritten)
    assert mistake.startswith("dw and db are overwritten (=)")
    assert mistake.endswith("(that is dw alone; db came out right)")


def test_what_no_rule_explains_is_looked_at_on_its_own() -> None:
    def two_mistakes(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
        dz = dy * (y > 0)
        dx[...] = dy @ w
        dw += dy.T @ x
        db -= dz.sum(0)

    mistake = mistake_of(FUSED.name, two_mistakes)
    assert "(that is dx and dw; of db: db has the wrong sign)" in mistake


def test_infinity_does_not_explain_a_number() -> None:
    def seven(x: Any, label: Any, p: Any, loss: Any) -> None:
        SOFTMAX.oracle(x, label, p, loss)
        of_label = p[np.arange(len(p)), label]
        loss[...] = np.where(of_label == 0, -7, loss)

    assert "infinite" not in mistake_of(SOFTMAX.name, seven)


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (-0.2792661, -0.2792664, ("-0.2792661", "-0.2792664")),
        (1.5, -0.0, ("1.5", "0")),
        (1.0, 2.0, ("1", "2")),
        (1.0, float(np.nextafter(1.0, 2.0)), ("1", "1.0000000000000002")),
        ("nan", 0.25, ("nan", "0.25")),
    ],
)
def test_as_many_digits_as_differ(got: Any, want: Any, words: tuple[str, str]) -> None:
    digits = digits_apart(got, want)
    assert (shown(got, digits), shown(want, digits)) == words


def test_a_length_that_nobody_expected() -> None:
    """40 numbers are enough for every length but the long one."""

    def fixed(dy: Any, db: Any) -> None:
        db[:40] += dy.sum(0)[:40]

    assert "right for short lengths, wrong where n is 3" in mistake_of("linear-db", fixed)


@pytest.mark.parametrize("name", sorted(all_exercises()))
def test_every_length_that_is_drawn_is_long_once(name: str) -> None:
    trials = battery(exercise(name), 0)
    drawn = {x for t in trials for x, n in t.sizes.items() if n >= LONG}
    assert drawn == set(exercise(name).letters)
    work = [int(np.prod([float(n) for n in t.sizes.values()])) for t in trials if t.check != "repeated"]
    assert all(w > 0 for w in work if w)


@pytest.mark.parametrize(("name", "there"), [("linear-dw", ("bench", "train")), ("topological-order", ())])
def test_what_comes_next_is_there(name: str, there: tuple[str, ...]) -> None:
    said = in_words(Report(name, "numpy", 0, passed=True), Path("mine"))
    assert {c for c in ("bench", "train") if f"workshop {c} mine" in said} == set(there)


def test_float_where_double_is_asked_for() -> None:
    def rounded(dy: Any, db: Any) -> None:
        db += dy.astype(np.float32).sum(0)

    def halves(dy: Any, db: Any) -> None:
        bits = np.resize(dy.view(np.float32), dy.shape)  # what a float* sees of doubles
        with np.errstate(all="ignore"):
            db += (dy if dy.dtype == np.float32 else bits).sum(0)

    assert "in double only as exact as float" in mistake_of("linear-db", rounded)
    assert "look for `float` where `real` belongs" in mistake_of("linear-db", halves)


@pytest.mark.parametrize("name", ["softmax-xent-forward", "softmax-xent-backward", "shared-weight"])
def test_indices_read_as_int(name: str) -> None:
    judged = exercise(name)
    place = next(i for i, a in enumerate(judged.arrays) if a.kind == "index")

    def narrow(*arguments: Any) -> None:
        index = arguments[place]
        halves = index.view(np.int32)[: len(index)].astype(np.int64)
        judged.oracle(*arguments[:place], halves, *arguments[place + 1 :])

    assert "is read as int, which has 4 bytes" in mistake_of(name, narrow)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda of: -np.log(of + 1e-12), "log(p + 1e-12)"),
        (lambda of: -np.log(np.clip(of, 1e-7, 1)), "clipped at 1e-7"),
    ],
)
def test_a_small_number_in_the_logarithm(change: Any, words: str) -> None:
    def answer(x: Any, label: Any, p: Any, loss: Any) -> None:
        SOFTMAX.oracle(x, label, p, loss)
        loss[...] = change(p[np.arange(len(p)), label])

    assert words in mistake_of(SOFTMAX.name, answer)


def test_the_sign_in_the_velocity() -> None:
    def answer(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
        v[...] = momentum * v - g
        w += lr * v

    assert "v = momentum v - g, w = w + lr v" in mistake_of("sgd-momentum", answer)


def test_an_order_is_known_by_what_it_is_and_not_by_its_numbers() -> None:
    """Ties are broken as nobody else breaks them."""

    def kahn_backwards(user: Any, used: Any, order: Any) -> None:
        waiting, done = np.bincount(user, minlength=len(order)), np.zeros(len(order), bool)
        for place in range(len(order)):
            ready = np.flatnonzero((waiting == 0) & ~done)
            order[place] = node = ready[len(ready) // 2]
            done[node] = True
            np.subtract.at(waiting, user[used == node], 1)

    def doubled(user: Any, used: Any, order: Any) -> None:
        waiting = np.array([len(set(user[used == i].tolist())) for i in range(len(order))])
        done = np.zeros(len(order), bool)
        for place in range(len(order)):
            ready = np.flatnonzero((waiting <= 0) & ~done)
            order[place] = node = ready[len(ready) // 2]
            done[node] = True
            np.subtract.at(waiting, used[user == node], 1)

    name = "topological-order"
    assert mistake_of(name, kahn_backwards).startswith("reversed it would be right")
    assert "stands there twice" in mistake_of(name, doubled)
    assert "nothing is written" in mistake_of(name, lambda *arguments: None)


def in_blocks(a: Any, b: Any, c: Any) -> None:
    """The sum in blocks of 32, each added to what is there."""
    c[...] = 0
    for start in range(0, a.shape[1], 32):
        c += a[:, start : start + 32] @ b[start : start + 32]


def one_by_one(dy: Any, db: Any) -> None:
    """A float for float32, as `real` is; the last example first."""
    for row in dy[::-1]:
        db += row


OTHERWISE = [
    ("matmul-blocked", in_blocks),
    ("linear-db", one_by_one),
    ("linear-dw", lambda dy, x, dw: np.add(dw, np.einsum("ij,ik->jk", dy, x), out=dw)),
    ("conv1d-dw", lambda dy, x, dw, stride: exercise("conv1d-dw").oracle(dy[::-1], x[::-1], dw, stride)),
]


@pytest.mark.parametrize(("name", "answer"), OTHERWISE, ids=[name for name, _ in OTHERWISE])
def test_a_right_answer_may_be_written_otherwise(name: str, answer: Any) -> None:
    assert all(j.passed for seed in range(3) for j in hand_in(exercise(name), answer, seed))
