"""Which tinynn this is: an installation with its compiled modules, or sources that stand in front of one."""

from __future__ import annotations

import sys
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

OWN = Path(__file__).resolve().parents[1]


def why_no_native() -> str:
    """Why tinynn._native is missing, and what to try."""
    elsewhere = compiled_elsewhere()
    if elsewhere is not None:
        return (
            f"{OWN} are the sources alone and stand in front of the installation {elsewhere}; "
            "try another working directory, or PYTHONPATH without them"
        )
    return (
        "tinynn was installed without a working C++ compiler; try to install one, "
        "then pip install --force-reinstall --no-cache-dir"
    )


def compiled_elsewhere() -> Path | None:
    """Another folder tinynn/ on the path that has the compiled modules."""
    for entry in sys.path:
        folder = Path(entry).resolve() / "tinynn"
        if folder != OWN and any((folder / f"_native{suffix}").exists() for suffix in EXTENSION_SUFFIXES):
            return folder
    return None


def unrelated() -> str:
    """A warning where the `tinynn` of the package index is installed into our folder, too; else ""."""
    try:
        other = metadata.distribution("tinynn")
    except metadata.PackageNotFoundError:
        return ""
    if Path(str(other.locate_file("tinynn"))).resolve() != OWN:
        return ""
    return (
        f"an unrelated package, tinynn {other.version}, is installed into the same folder; try "
        "pip uninstall tinynn tinynn-engine, then pip install tinynn-engine"
    )
