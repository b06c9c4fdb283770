"""Every example in a docstring is run, with the names a reader would have imported."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from types import ModuleType

import numpy as np
import pytest

import tinynn

PACKAGES = ("autograd", "functional", "nn", "optim", "backends", "data", "train")
MODULES = ["tinynn.tensor", "tinynn.operators", "tinynn.creation", "tinynn.random", "tinynn.info"] + [
    f"tinynn.{package}.{module.name}"
    for package in PACKAGES
    for module in pkgutil.iter_modules(importlib.import_module(f"tinynn.{package}").__path__)
    if not module.ispkg
]
NAMES = {"np": np, "tn": tinynn, "nn": tinynn.nn, "optim": tinynn.optim, "F": tinynn.functional}


@pytest.mark.parametrize("name", MODULES)
def test_examples_say_the_truth(name: str) -> None:
    module: ModuleType = importlib.import_module(name)
    result = doctest.testmod(module, extraglobs=NAMES, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(name) for name in MODULES]
    assert sum(len(t.examples) for m in modules for t in finder.find(m)) > 100
