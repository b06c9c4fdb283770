"""The bug hunt: what is planted shows, is found by what is shown, and stays out of tinynn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tinynn.backends import rung
from tinynn.cli import main
from tinynn.errors import ArgumentError
from tinynn.workshop.hunt import GROUNDS, SUSPECTS, Hunt


@pytest.mark.parametrize("seed", range(12))
def test_the_planted_mistake_shows_and_the_answer_is_checked(seed: int) -> None:
    hunt = Hunt(seed)
    wrong = {row["gradient"] for row in hunt.gradcheck() if row["wrong"]}
    assert wrong
    assert {row["gradient"] for row in hunt.adjoint() if row["wrong"]} <= wrong
    assert [hunt.answer(k) for k in range(1, len(hunt.suspects) + 1)].count(True) == 1
    assert len(set(hunt.suspects)) == len(hunt.suspects) == SUSPECTS


def test_the_right_kernel_leaves_no_trace() -> None:
    """Else what shows would be the finite differences."""
    seen = set()
    for seed in range(30):
        hunt = Hunt(seed)
        if hunt.name not in seen:
            seen.add(hunt.name)
            hunt.kernel = rung("numpy")[hunt.name]
            assert not any(row["wrong"] for row in [*hunt.gradcheck(), *hunt.adjoint()]), hunt.name
    assert seen == {ground.kernel for ground in GROUNDS}


def test_the_same_seed_hides_the_same_and_others_hide_others() -> None:
    one, two = Hunt(4), Hunt(4)
    assert one.suspects == two.suspects
    assert all(np.array_equal(a, two.gradients()[n]) for n, a in one.gradients().items())
    assert len({Hunt(seed).name for seed in range(20)}) > 2


def test_the_hunt_of_the_lecture_is_in_what_was_taught() -> None:
    assert Hunt(11).name == "linear_backward"


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    number = next(k for k in range(1, 9) if Hunt(7).answer(k))
    base = ["workshop", "hunt", "--seed", "7"]
    assert main(base) == 0
    text = capsys.readouterr().out
    assert all(mistake in text for mistake in Hunt(7).suspects)
    assert main([*base, "--show", "gradcheck"]) == 0
    assert "WRONG" in capsys.readouterr().out
    assert main([*base, "--show", "adjoint", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["adjoint"]
    assert main([*base, "--show", "picture", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "hunt.png").read_bytes()[:4] == b"\x89PNG"
    assert main([*base, "--answer", str(number)]) == 0
    assert main([*base, "--answer", str(number % len(Hunt(7).suspects) + 1)]) == 1
    assert main([*base, "--answer", "99"]) == 2


@pytest.mark.parametrize("seed", [-1, 2**63, True, "3"])
def test_a_seed_that_is_none(seed: int) -> None:
    with pytest.raises(ArgumentError, match="seed of a hunt"):
        Hunt(seed)
