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
