"""info: what this installation is, and on what it runs."""

from __future__ import annotations

import os
import platform
from typing import Any

import numpy as np

from tinynn import backends
from tinynn._version import __version__
from tinynn.backends import installation, native


def info() -> dict[str, Any]:
    """Version, rungs, instruction set and threads of this installation, as a dict.

    Examples
    --------
    >>> import tinynn as tn
    >>> tn.info()["backend"] in ("native", "numpy")
    True
    """
    return {
        "tinynn": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "backend": backends.current_backend(),
        "backends": list(backends.available_backends()),
        "target": native.target(),
        "targets": native.available_targets(),
        "threads": backends.get_num_threads(),
        "note": "; ".join(notes()),
    }


def notes() -> list[str]:
    """What is not as it should be."""
    missing = native.why_not() and f"the native rung is missing, NumPy's does its work: {native.why_not()}"
    return [note for note in (missing, installation.unrelated()) if note]
