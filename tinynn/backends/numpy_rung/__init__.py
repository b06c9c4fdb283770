"""The first rung: every kernel of tinynn in NumPy. Read these files first.

They are the oracle. Each function says what its kernel computes, in the fewest and plainest array
operations, for float32 and float64; the Cython and C++ rungs have the same names, the same
signatures and the same results, and are tested against these. Nothing here is fast on purpose.

Letters: m rows (batch), n outputs, k inputs, c classes or channels, g independent matrices. A `d`
in front of a name is the gradient of the loss with respect to it: dy comes in, dx goes out.

`KERNELS` holds what the modules of this folder export. Its functions follow IEEE 754 in silence, like the
compiled rungs: log(0) is -inf and not a warning. Whoever watches for NaN looks at the result.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np

Kernel = Callable[..., Any]


def _as_kernel(function: Kernel) -> Kernel:
    """`function` without floating-point warnings, and with arrays of shape () where NumPy makes scalars."""

    @functools.wraps(function)
    def kernel(*arrays: Any, **options: Any) -> Any:
        with np.errstate(all="ignore"):
            result = function(*arrays, **options)
        return tuple(map(_as_array, result)) if isinstance(result, tuple) else _as_array(result)

    return kernel


def _as_array(result: Any) -> Any:
    return np.asarray(result) if isinstance(result, np.generic) else result


STEMS = tuple(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
_MODULES = [importlib.import_module(f"{__name__}.{stem}") for stem in STEMS]
KERNELS: dict[str, Kernel] = {
    name: _as_kernel(getattr(module, name)) for module in _MODULES for name in module.__all__
}
STEM_OF = {name: kernel.__module__.rpartition(".")[2] for name, kernel in KERNELS.items()}
