"""The pages of docs/ as their tests see them.

```pycon         what stands behind >>> is run, and what stands under it was printed
**`a/file.py`**  the block under a file name is quoted from that file; a line with nothing but three dots
                 (`...`, `# ...`, `// ...`) leaves something out
In `a/file.py`, after `some line`:
                 the block is put into that file, below that line; `before` and `in place of` likewise
A new file, `a/file.cpp`:
                 the block is that file
```sh            commands; a test says which of them it runs
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_QUOTE = re.compile(r"\*\*`([^`]+)`\*\*$")
_NEW = re.compile(r"A new file, `([^`]+)`:$")
_INSERT = re.compile(r"\b[Ii]n\s+`([^`]+)`,\s+(after|before|in\s+place\s+of)\s+`([^`]+)`:$")
_DOTS = re.compile(r"^\s*(?:# |// )?\.\.\.\n", re.M)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and the paragraph above it."""

    language: str
    text: str
    above: str
    line: int


def blocks(page: Path, language: str = "") -> list[Block]:
    """The blocks of a page in their order; all, or those of one language."""
    text = page.read_text(encoding="utf-8")
    found = []
    for m in _FENCE.finditer(text):
        above = text[: m.start()].rstrip().rpartition("\n\n")[2]
        found.append(Block(m[1], m[2], above, text.count("\n", 0, m.start()) + 1))
    return [block for block in found if language in ("", block.language)]


def quotes(page: Path) -> list[tuple[str, Block]]:
    """(file, block) of everything that a page quotes."""
    pairs = [(_QUOTE.search(block.above), block) for block in blocks(page)]
    return [(m[1], block) for m, block in pairs if m]


def misquoted(text: str, source: str) -> str:
    """The first part of a quotation that does not stand in the source where it should; "" where all do.

    Parts are separated by dots and stand in the order of the source. How far a part is indented is free.
    """
    lines = source.splitlines()
    begin = 0
    for part in _DOTS.split(text):
        wanted = dedent(part).strip("\n").splitlines()
        if not wanted:
            continue
        for i in range(begin, len(lines) - len(wanted) + 1):
            if dedent("\n".join(lines[i : i + len(wanted)])).splitlines() == wanted:
                begin = i + len(wanted)
                break
        else:
            return part
    return ""


@dataclass(frozen=True)
class Edit:
    """What a recipe does to one file. `where` is "" for a new file."""

    path: str
    where: str
    anchor: str
    text: str
    line: int

    def apply(self, root: Path) -> None:
        """Make the change in a copy of the project.

        Raises
        ------
        AssertionError
            Not exactly one line of the file begins with the anchor, or the new file is there already.
        """
        file = root / self.path
        if not self.where:
            assert not file.exists(), f"line {self.line}: {self.path} is no new file"
            file.write_text(self.text, encoding="utf-8")
            return
        lines = file.read_text(encoding="utf-8").splitlines()
        at = [i for i, line in enumerate(lines) if line.strip().startswith(self.anchor)]
        assert len(at) == 1, f"line {self.line}: {len(at)} lines of {self.path} begin with {self.anchor!r}"
        begin = at[0] + (self.where == "after")
        end = at[0] + (self.where != "before")
        lines[begin:end] = self.text.splitlines()
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def edits(page: Path, heading: str) -> list[Edit]:
    """The changes that the section under `heading` asks for, in their order."""
    text = page.read_text(encoding="utf-8")
    begin = text.index(f"\n## {heading}\n") + 1
    end = text.find("\n## ", begin + 1)
    first, last = text.count("\n", 0, begin), text.count("\n", 0, end if end > 0 else len(text))
    found = []
    for block in blocks(page):
        if not first < block.line <= last:
            continue
        new, insert = _NEW.search(block.above), _INSERT.search(block.above)
        if new:
            found.append(Edit(new[1], "", "", block.text, block.line))
        else:
            assert insert or block.language == "sh", f"{page.name}, line {block.line}: where does this go?"
        if insert:
            found.append(Edit(insert[1], insert[2], insert[3], block.text, block.line))
    return found


def session(page: Path) -> str:
    """All that a page types at the prompt, as one doctest that keeps the page's line numbers."""
    text = page.read_text(encoding="utf-8")
    result = [""] * (text.count("\n") + 1)
    for block in blocks(page, "pycon"):
        lines = block.text.splitlines()
        result[block.line : block.line + len(lines)] = lines
    return "\n".join(result) + "\n"
