"""The Cython rung: typed loops for the ops of which a learner would write them first.

The modules of tinynn._cython have the names and signatures of the NumPy rung, so there is nothing to
adapt. What is there is known from the files alone; a module is imported when its first kernel is asked
for. Where the extensions were not built, KERNELS is empty.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tinynn import _cython
from tinynn.backends import numpy_rung

Kernel = Callable[..., Any]
OWN_MODULE = {"matmul": "linear_blas"}  # the one kernel that does not live in the module of its stem


class LazyKernels(Mapping[str, Kernel]):
    """Kernels by name; looking one up imports its module."""

    def __init__(self, module_of: dict[str, str]) -> None:
        self.module_of = module_of

    def __getitem__(self, name: str) -> Kernel:
        module = importlib.import_module(f"{_cython.__name__}.{self.module_of[name]}")
        kernel: Kernel = getattr(module, name)
        return kernel

    def __contains__(self, name: object) -> bool:
        return name in self.module_of

    def __iter__(self) -> Iterator[str]:
        return iter(self.module_of)

    def __len__(self) -> int:
        return len(self.module_of)


def _modules() -> dict[str, str]:
    """The module of every kernel that was built."""
    built = {module.name for module in pkgutil.iter_modules(_cython.__path__)}
    module_of = {name: OWN_MODULE.get(name, stem) for name, stem in numpy_rung.STEM_OF.items()}
    return {name: module for name, module in module_of.items() if module in built}


KERNELS = LazyKernels(_modules())
