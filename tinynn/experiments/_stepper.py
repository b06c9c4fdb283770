"""A net of two hidden neurons, number by number: what the stepper of a page walks through.

    h_j = tanh(w_j1 x_1 + w_j2 x_2 + b_j)      y = v_1 h_1 + v_2 h_2 + c      C = (y - t)^2

Every product and every sum is an op of its own, run by tinynn and differentiated by its autograd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tinynn import functional
from tinynn import functional as F
from tinynn._sources import root
from tinynn._sources.definitions import definitions
from tinynn.backends.sources import Source, sources_of
from tinynn.tensor import Tensor

#: op -> (function, its kernels, how it is written, what it passes on to each input: the local derivative)
OPS: dict[str, tuple[Any, str, str, tuple[str, ...]]] = {
    "mul": (F.mul, "binary", "a b", ("b", "a")),
    "add": (F.add, "binary", "a + b", ("1", "1")),
    "sub": (F.sub, "binary", "a - b", ("1", "-1")),
    "tanh": (F.tanh, "activation", "tanh a", ("1 - y^2",)),
    "square": (F.square, "unary", "a^2", ("2 a",)),
}

#: name -> (value, column, row) of what the net is given
LEAVES = {
    "w11": (0.8, 0, 0), "w12": (-0.6, 0, 1), "b1": (0.1, 2, 2.2), "x1": (1.0, 0, 2.7), "x2": (-0.5, 0, 4.3),
    "w21": (-0.4, 0, 6), "w22": (0.9, 0, 7), "b2": (-0.2, 2, 4.8), "v1": (1.2, 4, -0.3), "v2": (-0.7, 4, 7.3),
    "c": (0.3, 6, 5.3), "t": (0.5, 7, 5.3),
}  # fmt: skip

#: name, op, inputs, column, row: in the order in which they run
PROGRAM = (
    ("p11", "mul", ("w11", "x1"), 1, 0.3), ("p12", "mul", ("w12", "x2"), 1, 1.7),
    ("s1", "add", ("p11", "p12"), 2, 1), ("z1", "add", ("s1", "b1"), 3, 1), ("h1", "tanh", ("z1",), 4, 1),
    ("p21", "mul", ("w21", "x1"), 1, 5.3), ("p22", "mul", ("w22", "x2"), 1, 6.7),
    ("s2", "add", ("p21", "p22"), 2, 6), ("z2", "add", ("s2", "b2"), 3, 6), ("h2", "tanh", ("z2",), 4, 6),
    ("q1", "mul", ("v1", "h1"), 5, 1), ("q2", "mul", ("v2", "h2"), 5, 6),
    ("r", "add", ("q1", "q2"), 6, 3.5), ("y", "add", ("r", "c"), 7, 3.5), ("e", "sub", ("y", "t"), 8, 3.5),
    ("C", "square", ("e",), 9, 3.5),
)  # fmt: skip
RUNGS = ("numpy", "cython", "reference", "simd")
#: The lines of a kernel that compute: the formula forward, or upstream times local.
FORWARD = re.compile(r"::forward\(|\.forward\(|(=|return) activate\(")
BACKWARD = re.compile(r"\bderivative(_[ab])?\(|\.by_[ab]\(|\* slope")
HEAD = re.compile(r"\s*(def|cdef|void|inline|template|class|struct)\b")


def walk() -> list[dict[str, Any]]:
    """Every node with its value, its gradient by autograd, and the local derivatives of its op."""
    made = {name: Tensor(np.float64(value), requires_grad=True) for name, (value, _, _) in LEAVES.items()}
    nodes: list[dict[str, Any]] = [
        {"name": name, "op": "", "inputs": [], "column": column, "row": row}
        for name, (_, column, row) in LEAVES.items()
    ]
    for name, op, inputs, column, row in PROGRAM:
        made[name] = OPS[op][0](*(made[i] for i in inputs))
        made[name].retain_grad()
        alone = [Tensor(made[i].numpy().copy(), requires_grad=True) for i in inputs]
        OPS[op][0](*alone).backward()  # with 1 as what comes from above: what is left is the op's own
        locals_ = [float(np.asarray(a.grad)) for a in alone]
        nodes.append({"name": name, "op": op, "inputs": list(inputs), "column": column, "row": row,
                      "locals": locals_, "formula": OPS[op][2], "rules": list(OPS[op][3])})  # fmt: skip
    made["C"].backward()
    for node in nodes:
        node["value"] = float(made[node["name"]].numpy())
        node["grad"] = float(np.asarray(made[node["name"]].grad))
    return nodes


def source(op: str, way: str, rung: str) -> list[dict[str, Any]]:
    """The kernel of an op on one rung, and its formula: path, first line, text, and the lines that count.

    Empty where the rung has no version of the kernel. An addition needs none to go back: its derivatives are
    1, and the op itself hands on what it gets.
    """
    if op == "add" and way == "backward":
        return [without_a_kernel()]
    kernel, pattern = f"{OPS[op][1]}_{way}", BACKWARD if way == "backward" else FORWARD
    pieces = []
    for s in (s for s in sources_of(kernel) if s.rung == rung):
        marks = marked(s.text, pattern)
        if re.search(rf"(def|void)\s+({kernel}|{way})\b", s.text) and (marks or kernel in s.text):
            text = s.text.rstrip("\n")
            pieces.append({"path": s.path, "first": s.first_line, "text": text, "marks": marks})
    return pieces + list(formulas(op, rung, kernel))


def without_a_kernel() -> dict[str, Any]:
    """The backward of all binary ops, in Python, and its line for additions."""
    path = Path(functional.__file__).with_name("elementwise.py")
    found = next(d for d in definitions(path) if d.name == "_binary")
    lines = found.text.splitlines()
    marks = [i for i, line in enumerate(lines) if "da, db = dy " in line]
    text, where = found.text.rstrip("\n"), "tinynn/functional/elementwise.py"
    return {"path": where, "first": found.first_line, "text": text, "marks": marks}


def marked(text: str, pattern: re.Pattern[str]) -> list[int]:
    """The numbers of the lines that fit, outside of a docstring."""
    inside, found = False, []
    for number, line in enumerate(text.splitlines()):
        if line.count('"""') == 1:
            inside = not inside
        elif not inside and '"""' not in line and pattern.search(line) and not HEAD.match(line):
            found.append(number)
    return found


def formulas(op: str, rung: str, kernel: str) -> Iterator[dict[str, Any]]:
    """Where the formula of the op stands: a row of a table in NumPy, a struct in C++."""
    if not [s for s in sources_of(kernel) if s.rung == rung]:
        return
    if rung == "numpy":
        for s in (s for s in sources_of(kernel) if s.rung == rung):
            rows = [i for i, line in enumerate(s.text.splitlines()) if line.strip().startswith(f'"{op}":')]
            for i in rows:
                yield row(s, i)
    elif rung in ("reference", "simd"):
        path = root() / "csrc" / "formulas.h"
        for d in definitions(path):
            if d.name.lower() == op:
                text = d.text.rstrip("\n")
                yield {"path": "csrc/formulas.h", "first": d.first_line, "text": text, "marks": []}


def row(s: Source, number: int) -> dict[str, Any]:
    """One line of a source."""
    return {"path": s.path, "first": s.first_line + number, "text": s.text.splitlines()[number], "marks": [0]}


def sources() -> dict[str, Any]:
    """op -> way -> rung -> pieces."""
    ways = ("forward", "backward")
    return {op: {way: {rung: source(op, way, rung) for rung in RUNGS} for way in ways} for op in OPS}
