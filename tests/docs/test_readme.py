"""README.md: its Python runs, its commands are the command line's, its tables are the measured ones."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tinynn.cli import parse
from tinynn.experiments.registry import all_experiments

from .pages import ROOT, blocks
from .test_pages import PAGES, title

README = ROOT / "README.md"
RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.md"))
EXPERIMENTS = ROOT / "docs" / "experiments.md"


def test_thirty_seconds_of_python(capsys: pytest.CaptureFixture[str]) -> None:
    """All blocks in one go, as a reader types them; the net has learned something."""
    names: dict[str, Any] = {}
    for block in blocks(README, "python"):
        exec(block.text, names)
    said = capsys.readouterr().out.splitlines()
    accuracies = [float(number) for number in re.findall(r"0\.\d+", said[0])]
    assert len(accuracies) == 3
    assert accuracies[-1] > 0.8
    assert not names["model"][1].bias.grad.numpy().any()  # the swapped kernel did what its name says


@pytest.mark.parametrize("page", [README, *PAGES], ids=title)
def test_commands_are_those_of_the_command_line(page: Path) -> None:
    for block in blocks(page, "sh"):
        for line in re.findall(r"(?:^|bin/| )(tinynn .*)", block.text, re.M):
            command = shlex.split(re.split(r"&&|>|\|", line)[0], comments=True)
            arguments = parse(command[1:])  # leaves with an error where it does not understand
            if arguments.command == "run":
                assert arguments.name in all_experiments(), line


def test_every_experiment_is_described() -> None:
    text = EXPERIMENTS.read_text(encoding="utf-8")
    for name in all_experiments():
        command = "tinynn demo" if name == "demo" else f"tinynn run {name}"
        assert command in text, f"docs/experiments.md does not tell how to run {name}"


@pytest.mark.parametrize("result", RESULTS, ids=lambda p: p.name)
def test_quoted_tables_are_the_measured_ones(result: Path) -> None:
    """A page that shows the head of a measured table shows all of it, and the command."""
    measured = result.read_text(encoding="utf-8").strip()
    head = next(line for line in measured.splitlines() if line.startswith("|"))
    for page in (README, *PAGES):
        text = page.read_text(encoding="utf-8")
        if head in text:
            assert measured in text, f"{page.name} quotes another table than {result.name}"
            script = result.stem.partition("-")[0]  # rungs-conv.md is the table of rungs.py conv
            assert f"benchmarks/{script}.py" in text, f"{page.name} does not name the command"
