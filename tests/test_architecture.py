"""The shape of the tree: import direction, file sizes, names. A rule here is a sentence of the design."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EVERYBODY = {"errors", "random", "_version"}  # importable by all, like autograd.modes
# layer -> the layers it may import, beside itself and EVERYBODY
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "random": set(),
    "_version": set(),
    "_sources": set(),
    "_cython": set(),
    "autograd": set(),
    "backends": {"_native", "_cython", "_sources"},
    "functional": {"backends", "autograd"},
    "display": {"autograd"},  # what a notebook shows of tensors and models
    "operators": {"autograd", "functional"},  # the first half of tensor
    "tensor": {"autograd", "functional", "operators", "display"},
    "creation": {"autograd", "functional", "tensor", "backends"},
    "nn": {"tensor", "functional", "autograd", "backends", "creation", "display"},
    "optim": {"tensor", "backends", "autograd"},
    "data": {"backends"},
    "train": {"compile", "nn", "optim", "data", "functional", "autograd", "backends", "tensor"},
    "compile": {"nn", "optim", "data", "functional", "autograd", "backends", "tensor"},
    "viz": {"autograd"},
    "report": {"autograd"},
    "info": {"backends"},
    "testing": {"functional", "backends", "autograd", "tensor", "_sources"},
}
ABOVE = {"bench", "experiments", "lab", "workshop"}  # may import all of the above and each other
SOURCES = sorted((ROOT / "tinynn").rglob("*.py"))


def layer_of(path: Path) -> str:
    first = path.relative_to(ROOT / "tinynn").parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The layers of tinynn that a file imports when it runs (not under `if TYPE_CHECKING`)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = path.relative_to(ROOT).parent.parts
    skipped = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "tinynn" else [module]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("tinynn.")}
        found -= {"autograd"} if names == ["tinynn.autograd.modes"] else set()
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    layer = layer_of(path)
    if layer in ("__init__", "__main__", "cli"):
        return
    allowed = (set(ALLOWED) | ABOVE) if layer in ABOVE else ALLOWED.get(layer)
    assert allowed is not None, f"{layer} is a layer the design does not know"
    wrong = imports(path) - allowed - EVERYBODY - {layer}
    assert not wrong, f"{path.relative_to(ROOT)} is in layer {layer} and must not import {sorted(wrong)}"


def test_nothing_imports_the_command_line() -> None:
    users = [p for p in SOURCES if layer_of(p) not in ("cli", "__main__") and "cli" in imports(p)]
    assert users == []


def test_the_direction_test_sees_a_wrong_import(tmp_path: Path) -> None:
    assert "backends" in imports(ROOT / "tinynn/functional/linear.py")
    assert "tensor" not in imports(ROOT / "tinynn/autograd/op.py")  # only under TYPE_CHECKING


INCLUDES: dict[str, set[str]] = {
    "csrc/reference": {"kernels.h", "formulas.h", "windows.h", "parallel.h", "kernels.def"},
    "csrc/simd": {"kernels.h", "formulas.h", "windows.h", "parallel.h", "kernels.def"},
    "csrc/plan": {"kernels.h", "dispatch.h", "parallel.h", "kernels.def", "targets.def"},
    "src": {
        "kernels.h",
        "kernels.def",
        "dispatch.h",
        "parallel.h",
        "plan/plan.h",
        "plan/ensemble.h",
        "plan/peak.h",
        "cpu.h",
    },
}


@pytest.mark.parametrize("folder", INCLUDES)
def test_cpp_includes_go_one_way(folder: str) -> None:
    allowed = INCLUDES[folder]
    for path in sorted((ROOT / folder).rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        for name in re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8")):
            beside = (path.parent / name).resolve()
            own = beside.exists() and (ROOT / folder).resolve() in beside.parents
            assert own or Path(name).name in {Path(a).name for a in allowed}, f"{path}: includes {name}"


def sized() -> list[Path]:
    folders = ("csrc", "src", "tinynn", "tests", "benchmarks")
    files = [p for f in folders for p in (ROOT / f).rglob("*") if "_sources" not in p.parts[:-1]]
    return sorted(p for p in files if p.suffix in (".py", ".pyx", ".pxd", ".h", ".cpp", ".def"))


@pytest.mark.parametrize("path", sized(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 400, f"{path.relative_to(ROOT)} has {lines} lines; split it (house style: 60 to 300)"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_unsafe_is_imported(path: Path) -> None:
    """No pickle, no eval: a file or an argument is never executed."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [a.name for a in node.names] + [getattr(node, "module", None) or ""]
            assert not {"pickle", "marshal", "shelve", "dill"} & {n.split(".")[0] for n in names}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile"), f"{path}:{node.lineno}"
