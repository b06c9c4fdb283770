"""docs/add_an_op.md: each recipe is applied to a copy of the project, which then passes its tests."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import tinynn

from .pages import ROOT, edits

PAGE = ROOT / "docs" / "add_an_op.md"
RECIPES = ("Compose", "Formula", "Kernel")
PARTS = ("tinynn", "tests", "csrc", "src", "docs", "setup.py", "pyproject.toml", "README.md", "LICENSE")
COMPILED = ("*.so", "*.pyd")
JUNK = shutil.ignore_patterns("__pycache__", "_build", "api", *COMPILED)


def copy_of_the_project(to: Path) -> Path:
    """The sources, in a directory of their own."""
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=JUNK)
        else:
            shutil.copy(ROOT / name, to / name)
    return to


def apply(recipe: str, project: Path) -> None:
    for edit in edits(PAGE, recipe):
        edit.apply(project)


def commands(recipe: str) -> list[list[str]]:
    """The commands that the recipe ends with."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {recipe}\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```sh\n(.*?)^```$", section, re.M | re.S)
    return [shlex.split(line) for line in block.splitlines()]


def run(command: list[str], project: Path) -> str:
    """Run one of the commands in the copy, with this Python; its output."""
    program = {"pytest": ["-m", "pytest", "-q", "-p", "no:cacheprovider"], "python": []}[command[0]]
    done = subprocess.run(
        [sys.executable, *program, *command[1:]],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def passed(output: str) -> int:
    found = re.search(r"(\d+) passed", output)
    return int(found[1]) if found else 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the extensions that are installed: good for a recipe that compiles nothing."""
    copy = copy_of_the_project(tmp_path_factory.mktemp("compose"))
    installed = Path(tinynn.__file__).parent
    for pattern in COMPILED:
        for file in installed.rglob(pattern):
            shutil.copy(file, copy / "tinynn" / file.relative_to(installed))
    return copy


def test_every_recipe_has_its_edits() -> None:
    assert [len(edits(PAGE, recipe)) for recipe in RECIPES] == [4, 11, 10]


def test_every_edit_finds_its_place(tmp_path: Path) -> None:
    copy = copy_of_the_project(tmp_path)
    for recipe in RECIPES:
        apply(recipe, copy)
    for stem in ("activation", "group_norm"):
        compile((copy / f"tinynn/functional/{stem}.py").read_text(encoding="utf-8"), stem, "exec")


def test_an_anchor_that_is_gone_is_noticed(tmp_path: Path) -> None:
    edit = edits(PAGE, "Compose")[0]
    file = tmp_path / edit.path
    file.parent.mkdir(parents=True)
    file.write_text("def tanh(x): ...\n")
    with pytest.raises(AssertionError, match="0 lines"):
        edit.apply(tmp_path)


@pytest.mark.slow
def test_compose(project: Path) -> None:
    apply("Compose", project)
    (command,) = commands("Compose")
    assert passed(run(command, project)) >= 10


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_formula_and_kernel(tmp_path: Path) -> None:
    """Both at once, since both compile everything again; each then runs its own tests."""
    for needed in ("setuptools", "Cython", "pybind11"):
        if find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed: the recipe cannot compile")
    copy = copy_of_the_project(tmp_path)
    for recipe in ("Formula", "Kernel"):
        apply(recipe, copy)
    build, *formula = commands("Formula")
    assert commands("Kernel")[0] == build
    run(build, copy)
    for command, least in zip(formula, (100, 1), strict=True):
        assert passed(run(command, copy)) >= least
    for command, least in zip(commands("Kernel")[1:], (12, 2), strict=True):
        assert passed(run(command, copy)) >= least
