"""What a framework weighs before it does anything: seconds to import, megabytes on the disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from tinynn.bench.process import environment

#: name -> its packages; what they depend on (NumPy for all, SciPy for most) is not counted
PACKAGES = {
    "tinynn": ("tinynn",),
    "numpy": ("numpy",),
    "scikit-learn": ("sklearn",),
    "pytorch": ("torch",),
    "jax": ("jax", "jaxlib"),
}
_IMPORT = "import time; begin = time.perf_counter(); import {}; print(time.perf_counter() - begin)"


def footprints(sides: Iterable[str], repeats: int = 5) -> dict[str, dict[str, float]]:
    """{"pytorch": {"import_seconds", "install_mb"}, ...} of the frameworks behind these sides.

    Import time is the median over fresh processes, files in the cache of the system; NumPy's, which all of
    them import, is in it.
    """
    wanted = [name for name in PACKAGES if any(side == name or side.startswith(f"{name}-") for side in sides)]
    return {
        name: {
            "import_seconds": median(_import_seconds(PACKAGES[name][0]) for _ in range(repeats)),
            "install_mb": sum(map(_megabytes, PACKAGES[name])),
        }
        for name in wanted
    }


def _import_seconds(module: str) -> float:
    command = [sys.executable, "-P", "-c", _IMPORT.format(module)]
    done: Any = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(1))
    return float(done.stdout)


def _megabytes(module: str) -> float:
    """The files of a package, without what Python compiles from them."""
    spec = find_spec(module)
    folders = spec.submodule_search_locations if spec is not None else None
    files = (file for folder in folders or () for file in Path(folder).rglob("*") if file.is_file())
    return sum(file.stat().st_size for file in files if "__pycache__" not in file.parts) / 1e6
