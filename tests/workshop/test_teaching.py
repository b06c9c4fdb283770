"""The teacher's guide says what is: its table, its commands, its exercises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tinynn.experiments import all_experiments
from tinynn.workshop import all_exercises
from tinynn.workshop.kinds import kinds, table
from tinynn.workshop.products import BLOCKS, PLAIN

GUIDE = Path(__file__).parents[2] / "docs" / "teaching.md"
pytestmark = pytest.mark.skipif(not GUIDE.is_file(), reason="the documents are not here")


def test_the_table_of_mistakes_is_that_of_the_bank() -> None:
    assert table() in GUIDE.read_text(encoding="utf-8")
    assert len(next(iter(kinds().values())).mistakes) < sum(len(k.mistakes) for k in kinds().values()) / 2
    assert sum(kind.rules for kind in kinds().values()) == sum(len(e.rules) for e in all_exercises().values())


def test_a_mistake_is_counted_once_for_all_widths_and_exercises() -> None:
    names = [e for e in all_exercises() if e.startswith("matmul-")]
    families = {r.family or r.mistake for n in names for r in all_exercises()[n].rules}
    assert len(families) == len(PLAIN) + len(BLOCKS)
    found = {rule.mistake: rule.kind for rule in all_exercises()["linear-dx"].rules}
    assert next(kind for mistake, kind in found.items() if mistake.startswith("dy is left out")) == "term"


def test_what_the_plans_name_is_there() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    started = re.findall(r"start ([a-z0-9-]+)`", text)
    run = re.findall(r"tinynn run ([a-z0-9-]+)`", text)
    assert started
    assert run
    assert set(started) <= set(all_exercises())
    assert set(run) <= set(all_experiments())
    stems = set(re.findall(r"\b([a-z0-9]+)-\*", text))
    assert stems == {"conv1d", "conv2d", "matmul"}
    assert all(any(name.startswith(f"{stem}-") for name in all_exercises()) for stem in stems)
