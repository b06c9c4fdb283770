"""Reading Cython by its words: what is imported, what is taken from NumPy, and the words of C."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tinynn.workshop.policy_cpp import CPP_NAMES, names
from tinynn.workshop.policy_python import BUILTINS, OFFERING, PRODUCTS, offered, special

COMPILED = {"cython", "libc", "libcpp", "__future__"}
CYTHON_NUMPY = names("""
    empty zeros ones full empty_like zeros_like asarray ascontiguousarray ndarray float32 float64 intp
    int32 int64 uint8
""")  # scratch arrays and dtypes; the mathematics is the learner's
STRING = re.compile(r"""\#[^\n]*|([A-Za-z]*)(\"\"\"|'''|"|')((?:\\.|(?!\2).)*)\2""", re.S)
IMPORT = re.compile(r"(?:\bfrom\s+([\w.]+)\s+)?\b(c?import)\b\s*([^;]*)")


def of_cython(text: str, banned: frozenset[str]) -> Iterator[str]:
    """What the source uses and may not."""
    lines = STRING.sub(without_string, text.replace("\\\n", " ")).splitlines()
    for number, line in enumerate(lines, 1):
        for found in IMPORT.finditer(line):
            yield from (f"line {number} {what}" for what in of_import(*found.groups()))
    yield from of_words([(n, word) for n, line in enumerate(lines, 1) for word in words(line)])


def without_string(found: re.Match[str]) -> str:
    """Nothing of a comment or a string but its lines; of an f-string all, for there are expressions in it."""
    if "f" in (found[1] or "").lower():
        return f" {found[3]} "
    return '""' * (found[2] is not None) + "\n" * found[0].count("\n")


def words(line: str) -> list[str]:
    """Names, numbers, and every other character by itself."""
    return re.findall(r"[A-Za-z_]\w*|\d[\w.]*|\S", line)


def of_import(source: str | None, how: str, names: str) -> Iterator[str]:
    """One import or cimport."""
    taken = [" ".join(name.split()) for name in names.strip().strip("()").split(",")]
    for module in [source] if source else [name.split(" as ")[0] for name in taken]:
        top = module.partition(".")[0]
        if top not in COMPILED and module not in (*OFFERING, "numpy"):
            yield f"imports {module}; allowed are numpy, cython, math, libc, libcpp, collections and heapq"
        elif top == "numpy" and source:
            yield "takes names out of numpy; write `import numpy as np`"
        elif top == "numpy" and (how == "cimport" or "numpy as np" not in taken):
            yield "brings numpy under another name; write `import numpy as np`"
        elif top in OFFERING and (
            not source or not all(n.split(" as ")[0] in offered(module) for n in taken if n)
        ):
            yield f"brings {module} as a whole; write `from {module} import` and the names"


def of_words(found: list[tuple[int, str]]) -> Iterator[str]:
    """Every word between its neighbours."""
    nothing = (0, "")
    depth = 0
    for before, (number, word), after, beyond in zip(
        [nothing, *found], found, [*found[1:], nothing], [*found[2:], nothing, nothing], strict=False
    ):
        where, previous, following = f"line {number}", before[1], after[1]
        depth += (word in "([{") - (word in ")]}")
        if word == "@" and (number == before[0] or depth > 0):
            yield f"{where} uses @, the matrix product; write its loops"
        elif word == "extern" or (word == "include" and following == '"'):
            yield f"{where} uses {word}: a kernel brings in no other code"
        elif word == "np" and previous not in ("as", "."):
            if following != ".":
                yield f"{where} gives np another name; call it where it is"
            elif beyond[1] not in CYTHON_NUMPY:
                yield f"{where} uses np.{beyond[1]}; allowed: {', '.join(sorted(CYTHON_NUMPY))}"
        elif word in PRODUCTS and previous == ".":
            yield f"{where} uses {word}, NumPy's own; write its loops"
        elif (word in BUILTINS and previous != "." and (following == "(" or previous == "=")) or (
            (word in CPP_NAMES or special(word)) and previous != "def"
        ):
            yield f"{where} uses {word}, which no kernel needs"
