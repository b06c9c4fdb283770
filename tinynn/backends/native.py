"""The native rung: the C++ kernels of tinynn._native, as they are.

The border (src/) gives every kernel the name and the signature it has on the NumPy rung, so there is
nothing to adapt. Where the extension was not built, KERNELS is empty and `why_not` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tinynn.backends import numpy_rung
from tinynn.errors import BackendError


def _load() -> Any:
    if find_spec("tinynn._native") is None:
        return None
    try:
        return import_module("tinynn._native")
    except ImportError as error:  # it is there but refuses: a bad TINYNN_TARGET, a wrong platform
        raise BackendError(str(error)) from None


module = _load()
KERNELS: Mapping[str, Callable[..., Any]] = (
    {}
    if module is None
    else {name: getattr(module, name) for name in numpy_rung.KERNELS if hasattr(module, name)}
)
why_not = "" if module is not None else "tinynn was installed without a working C++ compiler"


def target() -> str:
    """The instruction set in use: reference, avx2, avx512 or neon; "none" where nothing was built."""
    return "none" if module is None else str(module.target())


def available_targets() -> list[str]:
    """What TINYNN_TARGET may name on this machine."""
    return [] if module is None else list(module.available_targets())
