"""The source of a kernel on every rung: what `tinynn show linear` prints.

>>> [s.rung for s in sources_of("softmax_forward")][:2]
['numpy', 'numpy']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tinynn import _sources
from tinynn._sources.definitions import Definition, definitions, with_helpers
from tinynn.backends import numpy_rung
from tinynn.backends.cython_rung import OWN_MODULE
from tinynn.errors import ArgumentError

CATALOGUE = "csrc/kernels.def"


class Source(NamedTuple):
    """One definition of one rung."""

    rung: str  # numpy, cython, reference (C++) or simd
    path: str  # as in the repository, such as csrc/reference/linear.cpp
    first_line: int
    text: str


def kernels_of(name: str) -> list[str]:
    """The kernels that a reader may mean: an op's forward and backward, one kernel, or all of a stem.

    >>> kernels_of("linear")
    ['linear_forward', 'linear_backward']
    >>> kernels_of("softmax_backward")
    ['softmax_backward']
    >>> kernels_of("gather")
    ['gather_rows', 'scatter_add_rows', 'gather_images', 'gather_crops']

    Raises
    ------
    ArgumentError
        Nothing is called that.
    """
    catalogue = list(_catalogue())
    found = [k for k in catalogue if k in (name, f"{name}_forward", f"{name}_backward", f"{name}_step")]
    found = found or [k for k in catalogue if numpy_rung.STEM_OF[k] == name]
    if not found:
        stems = sorted(set(numpy_rung.STEM_OF.values()))
        raise ArgumentError(
            f"show: no kernel or op is called {name!r}; try one of {', '.join(stems)}, "
            f"or a kernel: {', '.join(catalogue)}"
        )
    return found


def contract_of(kernel: str) -> Source:
    """The entry of a kernel in csrc/kernels.def: formula, shapes, aliasing and C parameters."""
    return _catalogue()[kernel]


def slot_of(kernel: str) -> str:
    """The name of a kernel in csrc/: one there may serve one and two dimensions.

    >>> slot_of("conv1d_forward"), slot_of("linear_forward")
    ('conv_forward', 'linear_forward')
    """
    without = re.sub(r"[12]d(?=_|$)", "", kernel)
    return kernel if kernel in _entries(_absolute(CATALOGUE)) else without


def sources_of(name: str) -> list[Source]:
    """The functions that compute `name`, rung by rung, each with the helpers of its own file.

    Parameters
    ----------
    name : an op (linear), a kernel (linear_forward) or a stem (loss)

    Returns
    -------
    list of Source, in the order numpy, cython, reference, simd; within a rung in the order of the file

    Raises
    ------
    ArgumentError
        Nothing is called that.
    """
    kernels = kernels_of(name)
    names = list(dict.fromkeys(n for kernel in kernels for n in (kernel, slot_of(kernel))))
    files = list(dict.fromkeys(place for kernel in kernels for place in _places(kernel)))
    files.sort(key=lambda place: ("numpy", "cython", "reference", "simd").index(place[0]))
    return [
        Source(rung, path, d.first_line, d.text)
        for rung, path in files
        for d in _chosen(_absolute(path), names)
    ]


def _places(kernel: str) -> Iterator[tuple[str, str]]:
    """The rung and the file of every version that a kernel may have."""
    stem = numpy_rung.STEM_OF[kernel]
    yield "numpy", f"tinynn/backends/numpy_rung/{stem}.py"
    yield "cython", f"src/cython/{OWN_MODULE.get(kernel, stem)}.pyx"
    yield "reference", f"csrc/reference/{stem}.cpp"
    yield "simd", f"csrc/simd/{stem}.h"


def _absolute(path: str) -> Path:
    package = Path(numpy_rung.__file__).parents[3]
    return package / path if path.startswith("tinynn/") else _sources.root() / path


def _chosen(path: Path, names: list[str]) -> list[Definition]:
    if not path.is_file():
        return []
    among = definitions(path)
    return with_helpers([n for n in names if n in {d.name for d in among}], among)


def _catalogue() -> dict[str, Source]:
    """Every kernel's entry in kernels.def, in the order of the catalogue."""
    entries, slots = _entries(_absolute(CATALOGUE)), {k: slot_of(k) for k in sorted(numpy_rung.KERNELS)}
    return {k: entries[entry] for entry in entries for k, slot in slots.items() if slot == entry}


@cache
def _entries(catalogue: Path) -> dict[str, Source]:
    """Every slot's entry in kernels.def: the comment, then KERNEL(stem, name, (parameters))."""
    text = catalogue.read_text(encoding="utf-8")
    entry = re.compile(r"((?:^//(?! ----).*\n)*)^KERNEL\(\w+, (\w+),\s*\((?:[^()]|\n)*\)\)", re.M)
    return {
        m[2]: Source("contract", CATALOGUE, text.count("\n", 0, m.start()) + 1, m[0])
        for m in entry.finditer(text)
    }
