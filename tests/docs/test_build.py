"""The manual builds without a warning: `nox -s docs`, as a test."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import ROOT


@pytest.mark.slow
def test_the_manual_builds_without_a_warning(tmp_path: Path) -> None:
    for needed in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(needed, reason="the docs extra is not installed")
    sources = tmp_path / "docs"  # a copy: the reference pages are generated among the sources
    shutil.copytree(ROOT / "docs", sources, ignore=shutil.ignore_patterns("_build", "api", "__pycache__"))
    shutil.copytree(ROOT / "benchmarks" / "results", tmp_path / "benchmarks" / "results")  # its pictures
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, str(sources), str(tmp_path / "html")], capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    reference = (tmp_path / "html" / "api" / "tinynn.functional.html").read_text(encoding="utf-8")
    assert "fused kernel" in reference  # of the docstring of linear
