"""A laboratory that runs, for a module of tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def stderr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with what the command says on stderr."""
    return tmp_path_factory.mktemp("lab") / "stderr"


@pytest.fixture(scope="module")
def url(stderr: Path) -> Iterator[str]:
    """The address that the command prints, and nothing else on stdout."""
    command = [sys.executable, "-m", "tinynn", "lab", "--port", "0", "--no-browser"]
    with (
        stderr.open("w") as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as server,
    ):
        assert server.stdout
        yield server.stdout.readline().strip()
        server.terminate()
        assert server.stdout.read() == ""
