"""Cuts a source file into its top-level definitions, in Python, Cython and C++.

This is no compiler: it knows comments, strings, braces and indentation, which is enough for sources that a
formatter has laid out, and a test finds every kernel of the catalogue with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Definition:
    """A function, class or constant at the top level of a file."""

    name: str
    first_line: int  # counted from 1; the comment right above belongs to it
    text: str
    uses: frozenset[str]  # the identifiers in its code


def definitions(path: Path) -> list[Definition]:
    """All definitions of a file, in its order."""
    text = path.read_text(encoding="utf-8")
    parse = {".py": _python, ".pyx": _cython, ".pxd": _cython}.get(path.suffix, _cpp)
    return list(parse(text))


def with_helpers(names: Iterable[str], among: list[Definition]) -> list[Definition]:
    """The definitions with these names, and whatever they use of the same file, in its order."""
    wanted, todo = set[str](), set(names)
    while todo:
        wanted |= todo
        todo = {used for d in among if d.name in todo for used in d.uses} - wanted
    return [d for d in among if d.name in wanted]


def _definition(lines: list[str], code: str, name: str, first: int, last: int) -> Definition:
    """Lines first..last (from 0) and the comment right above them; `code` is those lines without comments."""
    while first > 0 and lines[first - 1].startswith(("//", "#")) and not _is_rule(lines[first - 1]):
        first -= 1
    uses = frozenset(re.findall(r"[A-Za-z_]\w*", code)) - {name}
    return Definition(name, first + 1, "\n".join(lines[first : last + 1]), uses)


def _is_rule(line: str) -> bool:
    """A line that is no comment on what follows: `// ---- backward ----`, `#include`."""
    return line.startswith(("// --", "# --", "#include", "#pragma", "#define", "#undef", "#endif"))


# ---- Python --------------------------------------------------------------------------------------


def _python(text: str) -> Iterator[Definition]:
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name, first = node.name, min(d.lineno for d in [node, *node.decorator_list])
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, first = node.targets[0].id, node.lineno
        else:
            continue
        code = " ".join(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        yield _definition(lines, code, name, first - 1, (node.end_lineno or first) - 1)


# ---- Cython --------------------------------------------------------------------------------------

_HEAD = re.compile(r"(?:def|cdef|cpdef|ctypedef|class)\b|@")
_NAME = re.compile(r"(?:enum|struct|class|fused)\s+(\w+)|(\w+)\s*\(")
_NOT_CODE = re.compile(r'"""(?:.|\n)*?"""|"[^"\n]*"|#[^\n]*')


def _cython(text: str) -> Iterator[Definition]:
    lines = text.splitlines()
    first = 0
    while first < len(lines):
        last = first
        if _HEAD.match(lines[first]):
            while lines[last].startswith("@"):
                last += 1
            while last + 1 < len(lines) and _continues(lines[last + 1]):
                last += 1
            end = last
            while not lines[end].strip():
                end -= 1
            code = _NOT_CODE.sub(" ", "\n".join(lines[first : end + 1]))
            name = _NAME.search(code)
            if name:
                yield _definition(lines, code, name[1] or name[2], first, end)
        first = last + 1


def _continues(line: str) -> bool:
    """Whether a line belongs to the definition above it: indented, empty, or the end of its parameters."""
    return not line.strip() or line[0] in " \t)"


# ---- C++ -----------------------------------------------------------------------------------------

_BLANK = re.compile(
    r"""//[^\n]* | /\*(?:.|\n)*?\*/             # comments
      | R"(\w*)\((?:.|\n)*?\)\1"                # strings
      | "(?:\\.|[^"\\\n])*" | (?<!\w)'(?:\\.|[^'\\\n])+'
      | ^[ \t]*\#(?:\\\n|[^\n])*                # the preprocessor""",
    re.M | re.X,
)
_NAMESPACE = re.compile(r"\s*(?:inline\s+)?(?:namespace\b[\w:\s]*|extern\s*)$")
_TEMPLATE = re.compile(r"template\s*<[^{}()]*?>\s*(?=[A-Za-z_])")
_CPP_NAME = re.compile(
    r"(?:struct|class|enum class|enum|using)\s+(\w+)"
    r"|(operator[^\w\s(]+|\w+)(?:<[^;{}()]*>)?\s*(?:\(|=|\{|;|\[)"
)


def _cpp(text: str) -> Iterator[Definition]:
    lines = text.splitlines()
    code = _BLANK.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    for start, end in _statements(code):
        statement = code[start:end]
        name = _CPP_NAME.search(_TEMPLATE.sub("", statement, count=1))
        if name:
            first, last = code.count("\n", 0, start), code.count("\n", 0, end - 1)
            yield _definition(lines, statement, name[1] or name[2], first, last)


def _statements(code: str) -> Iterator[tuple[int, int]]:
    """Begin and end of every statement that stands in no braces but those of namespaces."""
    start = 0  # of the statement being read
    braces = parentheses = 0
    for place, char in enumerate(code):
        if char in "()":
            parentheses += 1 if char == "(" else -1
        elif char == "{":
            if braces == 0 and _NAMESPACE.match(code, start, place):
                start = place + 1
            else:
                braces += 1
        elif char == "}" and braces == 0:  # of a namespace
            start = place + 1
        elif char == "}":
            braces -= 1
            if braces == parentheses == 0 and not code[place + 1 :].lstrip().startswith(";"):
                yield _trimmed(code, start, place + 1)
                start = place + 1
        elif char == ";" and braces == parentheses == 0:
            yield _trimmed(code, start, place + 1)
            start = place + 1


def _trimmed(code: str, start: int, end: int) -> tuple[int, int]:
    return end - len(code[start:end].lstrip()), end
