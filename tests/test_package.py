"""The installed package: what an import costs and brings, and that it is the one that was installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import metadata, requires, version
from pathlib import Path

import pytest

import tinynn as tn

ROOT = Path(__file__).parent.parent


def python(code: str, **env: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **env}
    )
    return run.stdout


@pytest.mark.skipif(
    "PYTHONPATH" in os.environ, reason="PYTHONPATH is set: running from a source tree on purpose"
)
def test_the_tests_run_against_the_installed_package() -> None:
    where = Path(tn.__file__).resolve()
    assert "site-packages" in where.parts or metadata("tinynn-engine").get("Name")
    assert "site-packages" in where.parts, f"tinynn was imported from {where.parent}"


def test_the_native_rung_answers() -> None:
    assert tn.info()["backend"] == "native", tn.info()["note"]


def test_import_brings_numpy_alone() -> None:
    code = "import sys, json, tinynn; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    loaded = set(json.loads(python(code)))
    assert not loaded & {"matplotlib", "scipy", "tqdm", "safetensors", "pooch", "bokeh", "torch"}


def test_import_prints_nothing_and_starts_no_thread() -> None:
    code = (
        "import numpy, threading, os; n = len(os.listdir('/proc/self/task')); import tinynn;"
        "print(len(os.listdir('/proc/self/task')) - n, threading.active_count())"
    )
    if not Path("/proc/self/task").exists():
        pytest.skip("this system does not list its threads")
    assert python(code) == "0 1\n"


def test_version_and_dependencies_are_those_declared() -> None:
    assert version("tinynn-engine") == tn.__version__
    needed = {
        r.split(">")[0].split(";")[0].strip() for r in requires("tinynn-engine") or [] if "extra ==" not in r
    }
    assert needed == {"numpy", "scipy", "matplotlib", "tqdm", "safetensors", "pooch"}


def test_every_public_name_is_there_and_documented() -> None:
    for name in tn.__all__:
        value = getattr(tn, name)
        assert name == "__version__" or getattr(value, "__doc__", None), f"tinynn.{name} has no docstring"
