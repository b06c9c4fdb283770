"""Reading Python by its syntax tree: where a name comes from decides whether it is objected to.

A parameter `input` or a local `save` is nobody's business; the builtin `open` and `np.save` are. So
builtins are told by the table of symbols, and what belongs to a module by the import that brought it: a
module may be used only with a name behind it, `np.sum`, and not be given another name.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from tinynn.workshop.policy_cpp import names

#: what may be imported; of the others than NumPy what they say they offer, for they hold `sys` and `os` too
OFFERING = ("math", "collections", "collections.abc", "itertools", "heapq", "functools", "typing")
NUMPY = ("numpy", "numpy.typing", "numpy.lib.stride_tricks")
ALLOWED = "numpy, math, collections, itertools, heapq and functools"
#: the builtins that reach beyond arithmetic
BUILTINS = names("""
    eval exec compile open input globals locals vars getattr setattr delattr breakpoint memoryview
""")
#: what reaches beyond arithmetic after any dot: of arrays, and of generators
ATTRIBUTES = frozenset(("ctypes", "tofile", "dump", "dumps", "gi_frame", "ag_frame", "cr_frame"))
#: of NumPy: files, pointers, what belongs to its makers
NUMPY_CLOSED = names("""
    load loadtxt save savez savez_compressed savetxt fromfile fromregex genfromtxt memmap DataSource
    ctypeslib lib f2py testing core distutils compat
""")
NUMPY_MODULES = frozenset(("linalg", "fft", "random", "polynomial", "ma", "char", "strings", "rec", "emath"))
#: every way in which NumPy multiplies matrices; an exercise that forbids `matmul` allows of NumPy PLAIN alone
PRODUCTS = (
    *("matmul", "dot", "vdot", "vecdot", "matvec", "vecmat", "inner", "tensordot", "einsum", "multi_dot"),
    *("convolve", "correlate", "kron", "cov", "corrcoef", "matrix", "sumprod"),
)
PLAIN = names("""
    empty zeros ones full empty_like zeros_like ones_like full_like array asarray ascontiguousarray
    asfortranarray copy copyto ndarray dtype newaxis arange pad float32 float64 single double intp int32
    int64 uint8 bool_ result_type sum cumsum prod add subtract multiply divide floor_divide mod negative
    maximum minimum max min clip abs absolute sqrt exp log where ceil floor outer reshape ravel
    transpose swapaxes moveaxis expand_dims squeeze broadcast_to broadcast_arrays concatenate stack
    vstack hstack block split array_split repeat tile take ndindex ndenumerate shape size ndim inf pi
    typing
""")
MATRIX_PRODUCT = "uses @, the matrix product, which this exercise asks you to write"


def of_python(text: str, banned: frozenset[str]) -> list[str]:
    """What the source uses and may not; what does not parse is left to Python, which explains it better."""
    try:
        tree, table = ast.parse(text), symtable.symtable(text, "submission", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = [*of_nodes(tree, banned), *of_builtins(tree, table)]
    return [f"line {line} {what}" for line, what in sorted(found, key=lambda item: item[0])]


def of_nodes(tree: ast.Module, banned: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Imports, names, attributes and @: each with its line."""
    modules = {"np": "numpy", "numpy": "numpy", **imported(tree)}
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((line, what) for what in of_import(node, banned))
        elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.MatMult):
            if "matmul" in banned:
                yield line, MATRIX_PRODUCT
        elif isinstance(node, ast.MatchClass):
            yield from ((line, what) for name in node.kwd_attrs for what in of_attribute(name, banned))
        elif isinstance(node, (ast.Name, ast.Attribute)):
            name = node.id if isinstance(node, ast.Name) else node.attr
            path = "" if id(node) in inner or not isinstance(node.ctx, ast.Load) else dotted(node, modules)
            if objection := of_path(path, banned) if path else "":
                yield line, objection
            elif isinstance(node, ast.Attribute):
                yield from ((line, what) for what in of_attribute(name, banned))
            elif special(name):
                yield line, f"uses {name}, which no kernel needs"


def imported(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: {"la": "numpy.linalg"}."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            tops = {a.name: a.name.partition(".")[0] for a in node.names}
            found |= {a.asname or tops[a.name]: a.name if a.asname else tops[a.name] for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def of_import(node: ast.Import | ast.ImportFrom, banned: frozenset[str]) -> Iterator[str]:
    modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or "."]
    for module in modules:
        if module not in (*OFFERING, *NUMPY, "__future__"):
            yield f"imports {module}; allowed are {ALLOWED}"
            return
    if isinstance(node, ast.ImportFrom) and node.module != "__future__":
        for a in node.names:
            path = f"{node.module}.{a.name}"
            if a.name == "*" and node.module in NUMPY:
                yield "imports all names of numpy; write `import numpy as np`"
            elif (
                a.name != "*" and path not in NUMPY and (objection := of_path(path, banned, module_too=True))
            ):
                yield objection


def dotted(node: ast.expr, modules: dict[str, str]) -> str:
    """ "numpy.add.at" of `np.add.at`; "" of what does not begin at a module."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in modules:
        return ""
    return ".".join([modules[node.id], *reversed(path)])


def of_path(path: str, banned: frozenset[str], *, module_too: bool = False) -> str:
    """What is wrong with a name of a module; `module_too` where an import brings it."""
    parts = path.split(".")
    if path in (*OFFERING, *NUMPY) or (parts[0] == "numpy" and parts[1] in NUMPY_MODULES and len(parts) == 2):
        return "" if module_too else f"gives {path} another name; call it where it is"
    if parts[0] == "numpy":
        rest = parts[3:] if parts[1:3] == ["lib", "stride_tricks"] else parts[1:]
        own = next((part for part in rest if part in banned), "")
        if own:
            return f"uses {own}, which this exercise asks you to write yourself"
        if "matmul" in banned and rest == parts[1:] and rest[0] not in PLAIN:
            return f"uses {'.'.join(rest)}: this exercise allows of NumPy what works number by number"
        closed = any(part in NUMPY_CLOSED or part.startswith("_") for part in rest)
        return f"uses {'.'.join(rest)}, which no kernel needs" if closed else ""
    module = next((m for m in sorted(OFFERING, key=len, reverse=True) if path.startswith(f"{m}.")), "")
    name = path.removeprefix(f"{module}.").partition(".")[0]
    if name in banned:
        return f"uses {name}, which this exercise asks you to write yourself"
    return "" if not module or name in offered(module) else f"uses {path}, which no kernel needs"


@cache
def offered(module: str) -> frozenset[str]:
    """The public names of a module."""
    found = import_module(module)
    return frozenset(getattr(found, "__all__", dir(found))) - {"get_type_hints"}  # which evaluates strings


def of_attribute(name: str, banned: frozenset[str]) -> Iterator[str]:
    """A name after a dot, whatever stands before it."""
    if name in banned:
        yield f"uses {name}, which this exercise asks you to write yourself"
    elif name in ATTRIBUTES or special(name):
        yield f"uses {name}, which no kernel needs"


def special(name: str) -> bool:
    """Whether it is one of Python's own names."""
    return name.startswith("__") and name.endswith("__") and name != "__name__"


def of_builtins(tree: ast.Module, table: symtable.SymbolTable) -> Iterator[tuple[int, str]]:
    """Names that no function has bound: those are Python's own."""
    for name in BUILTINS & set(table.get_identifiers()):
        symbol = table.lookup(name)
        if symbol.is_referenced() and (table.get_type() != "function" or symbol.is_global()):
            lines = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name]
            yield (
                min((n for n in lines if n >= table.get_lineno()), default=0),
                f"uses {name}, which no kernel needs",
            )
    for inner in table.get_children():
        yield from of_builtins(tree, inner)
