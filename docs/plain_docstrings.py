"""Docstrings are written to be read in an editor; this makes reStructuredText of them, on the way to Sphinx.

|x|, *inputs, name_      keep their bars, stars and underscores
| a | b |                a Markdown table becomes a table
    indented text        becomes a literal block, above the first section
"""

import re
from typing import Any

from sphinx.application import Sphinx

_CODE = re.compile(r"(``.+?``|`[^`]+`)")
_MARKUP = re.compile(r"([|*\\]|_(?=\W|$))")
_SECTION = re.compile(r"-{3,}$")


def setup(app: Sphinx) -> dict[str, Any]:
    """Run before Napoleon (priority 500) looks for sections."""
    app.connect("autodoc-process-docstring", process, priority=400)
    return {"parallel_read_safe": True}


def process(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Rewrite one docstring in place."""
    result: list[str] = []
    i, in_section = 0, False
    while i < len(lines):
        line = lines[i]
        in_section = in_section or bool(_SECTION.match(line))
        after_blank = i == 0 or not lines[i - 1].strip()
        if line.startswith("| ") and "".join(lines[i + 1 : i + 2]).startswith("| ---"):
            i, block = _while(lines, i, lambda text: text.startswith("|"))
            result += _table(block)
        elif line.lstrip().startswith(">>>"):
            i, block = _while(lines, i, str.strip)
            result += block
        elif line.startswith("    ") and after_blank and not in_section:
            i, block = _while(lines, i, lambda text: text.startswith("    ") or not text)
            result += ["::", "", *block, ""]
        else:
            result.append(escaped(line))
            i += 1
    lines[:] = result


def escaped(text: str) -> str:
    """Plain text in which reStructuredText sees no markup but `code`."""
    parts = _CODE.split(text)
    parts[::2] = [_MARKUP.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def _while(lines: list[str], begin: int, holds: Any) -> tuple[int, list[str]]:
    end = begin
    while end < len(lines) and holds(lines[end]):
        end += 1
    return end, lines[begin:end]


def _table(rows: list[str]) -> list[str]:
    """A Markdown table, its first row the head and its second the rule, as a list-table."""
    result = ["", ".. list-table::", "   :header-rows: 1", ""]
    for row in [rows[0], *rows[2:]]:
        cells = [escaped(cell.strip()) for cell in row.strip().strip("|").split(" | ")]
        result += [f"   {'*' if i == 0 else ' '} - {cell}".rstrip() for i, cell in enumerate(cells)]
    return [*result, ""]
