"""The pages of docs/: what they quote stands in the files they name, what they type prints what they say."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from .pages import ROOT, Block, blocks, misquoted, quotes, session

PAGES = sorted(p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts)
QUOTES = [(page, file, block) for page in PAGES for file, block in quotes(page)]
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)#:]+)\)")


def title(value: object) -> str:
    """How a parameter is called in the name of a test."""
    if isinstance(value, Path):
        return value.name
    return f"line{value.line}" if isinstance(value, Block) else str(value)


@pytest.mark.parametrize(("page", "file", "block"), QUOTES, ids=title)
def test_quotations_are_verbatim(page: Path, file: str, block: Block) -> None:
    wrong = misquoted(block.text, (ROOT / file).read_text(encoding="utf-8"))
    assert not wrong, f"{page.name}, line {block.line}: this does not stand in {file} (any more):\n{wrong}"


def test_a_changed_line_is_noticed() -> None:
    source = "def f(x):\n    y = x\n    return y\n"
    assert misquoted("y = x\nreturn y\n", source) == ""
    assert misquoted("def f(x):\n    ...\n    return y\n", source) == ""
    assert misquoted("def f(x):\n    ...\n    return x\n", source) == "    return x\n"
    assert misquoted("return y\n...\ny = x\n", source) == "y = x\n"  # out of order


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "pycon")], ids=title)
def test_what_is_typed_prints_what_it_says(page: Path) -> None:
    examples = doctest.DocTestParser().get_doctest(session(page), {}, page.name, str(page), 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(examples, out=report.append)
    assert not result.failed, "".join(report)
    assert result.attempted > 1


@pytest.mark.parametrize("page", [*PAGES, *sorted(ROOT.glob("*.md"))], ids=title)
def test_links_lead_somewhere(page: Path) -> None:
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    missing = [to for to in LINK.findall(prose) if not (page.parent / to).exists()]
    assert not missing, f"{page.name} links to {missing}"


def test_figures_of_a_rung_are_those_of_the_table() -> None:
    """Behind each `Measured (rung):` of the page stands the last line of its table, forward and backward."""
    text = (ROOT / "docs" / "kernels" / "conv.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| .* \|$", text.partition("## What each rung buys")[2], re.M)
    head, *_, forward, backward = [[cell.split(" us")[0].strip() for cell in row.split("|")] for row in table]
    measured = re.findall(r"^Measured \((.*)\): (.*) us forward, (.*) us backward\.$", text, re.M)
    assert len(measured) == text.count("Measured (") > 3
    assert set(measured) <= set(zip(head, forward, backward, strict=True))
