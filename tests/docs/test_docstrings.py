"""Every example in a docstring of tinynn runs and prints what it says.

The usual names are there without an import: docs/api.md says so to its readers.
"""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import tinynn as tn

GLOBALS: dict[str, Any] = {
    "np": np,
    "tn": tn,
    "nn": tn.nn,
    "optim": tn.optim,
    "data": tn.data,
    "F": tn.functional,
}
OPTIONAL = ("tinynn.bench.peers.", "tinynn._native")  # adapters of libraries that may be absent; C++


def modules() -> list[str]:
    """All modules of the package but its entry points, which would run something."""
    names = [m.name for m in pkgutil.walk_packages(tn.__path__, "tinynn.")]
    return [n for n in names if not n.endswith("__main__") and not n.startswith(OPTIONAL)]


def examples(name: str) -> list[doctest.DocTest]:
    module = import_module(name)
    found = doctest.DocTestFinder(exclude_empty=True).find(module, extraglobs=GLOBALS)
    return [test for test in found if test.examples]


@pytest.mark.parametrize("name", modules())
def test_examples_print_what_they_say(name: str) -> None:
    report: list[str] = []
    runner = doctest.DocTestRunner()
    for test in examples(name):
        runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


def test_the_public_names_have_examples() -> None:
    """Of what a learner calls most, nothing goes without one."""
    shown = {test.name.rpartition(".")[2] for name in modules() for test in examples(name)}
    assert not set(tn.functional.__all__) - shown - {"mse", "cat", "permute", "unsqueeze"}  # second names
    assert {"Tensor", "fit", "Linear", "Sequential", "use_backend", "DataLoader", "gradcheck"} <= shown
