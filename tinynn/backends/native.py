"""The native rung: the C++ kernels of tinynn._native, as they are.

The border (src/) gives every kernel the name and the signature it has on the NumPy rung, so there is
nothing to adapt. Where the extension was not built there are no kernels and `why_not()` says so. The
extension is loaded on first use, so that a TINYNN_TARGET that this machine lacks is an error of the
call that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tinynn.backends import installation, numpy_rung
from tinynn.errors import BackendError


@cache
def module() -> Any:
    """tinynn._native, or None where it was not built.

    Raises
    ------
    BackendError
        It was built but cannot run: TINYNN_TARGET names an instruction set that this machine lacks.
    """
    if find_spec("tinynn._native") is None:
        return None
    try:
        return import_module("tinynn._native")
    except ImportError as error:
        raise BackendError(str(error)) from None


@cache
def _kernels() -> Mapping[str, Callable[..., Any]]:
    native = module()
    return {name: getattr(native, name) for name in numpy_rung.KERNELS if hasattr(native, name)}


def __getattr__(name: str) -> Any:
    """KERNELS: the kernels by name, none where the extension was not built; loads it when first asked for."""
    if name == "KERNELS":
        return _kernels()
    raise AttributeError(name)


def why_not() -> str:
    """Why there are no native kernels; "" where there are."""
    return "" if module() is not None else installation.why_no_native()


def target() -> str:
    """The instruction set in use: reference, avx2, avx512 or neon; "none" where nothing was built."""
    return "none" if module() is None else str(module().target())


def available_targets() -> list[str]:
    """What TINYNN_TARGET may name on this machine."""
    return [] if module() is None else list(module().available_targets())
