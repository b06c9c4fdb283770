"""One page: the template, the styles and scripts it needs and no others, and its blocks."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from tinynn.errors import ArgumentError
from tinynn.report.block import Block, linked
from tinynn.report.encode import figure_uri

STATIC = Path(__file__).parent / "static"
SHARED = ("draw",)  # scripts that several blocks use
MOST_BYTES = 6_000_000  # of a page
MOST_MOVING = 2_500_000  # of these, for animations: a page should be there at once
MISSING = 'report.html needs Bokeh; try pip install "tinynn-engine[report]"'


@dataclass(frozen=True)
class About:
    """What a page says of itself.

    title, sentences: plain text. facts: (name, value), such as ("data", "MNIST"). command: to make it again.
    home: the address of the page of all experiments, where there is one. links: NAME of another experiment ->
    the address of its page, for where the text says [NAME].
    """

    title: str
    sentences: str
    command: str
    facts: Mapping[str, str] = field(default_factory=dict)
    home: str = ""
    links: Mapping[str, str] = field(default_factory=dict)


def available() -> bool:
    """Whether pages can be made here."""
    return find_spec("bokeh") is not None


def versions() -> dict[str, str]:
    """What made the page."""
    from tinynn._version import __version__

    found = {"tinynn": __version__, "Python": platform.python_version()}
    return found | {name: metadata.version(name.lower()) for name in ("NumPy", "Bokeh")}


def write(path: Path, about: About, blocks: Sequence[Block], figures: Mapping[Path, str]) -> int:
    """Write one page.

    Parameters
    ----------
    path : where to
    about : About
    blocks : sequence of Block
    figures : path -> alternative text
        Put under the blocks; one for which there is no room is named instead.

    Returns
    -------
    int
        How many bytes it has.

    Raises
    ------
    ArgumentError
        Bokeh is not installed.
    """
    if not available():
        raise ArgumentError(f"report: {MISSING}")
    from tinynn.report.resources import bokeh_script

    kinds = dict.fromkeys(block.kind for block in blocks if block.kind)
    shared = [name for name in SHARED if any(uses(kind, name) for kind in kinds)]
    scripts = [script(name) for name in ("page", *shared, *kinds)]
    library = bokeh_script() if any(block.plots for block in blocks) else ""
    body = "".join(block.render(number, about.links) for number, block in enumerate(blocks, 1))
    room = MOST_BYTES - sum(len(part.encode()) for part in (library, body, *scripts)) - 40_000
    content = compose(about, body + pictures(figures, room, about.links), scripts, library).encode()
    path.write_bytes(content)
    return len(content)


def compose(about: About, body: str, scripts: Sequence[str], library: str = "") -> str:
    """The template with all that belongs into it."""
    parts = {
        "title": escape(about.title),
        "sentences": escape(about.sentences),
        "home": f'<a class="home" href="{escape(about.home)}">All experiments</a>' if about.home else "",
        "facts": facts(about),
        "style": (STATIC / "page.css").read_text(encoding="utf-8"),
        "library": library,
        "scripts": "".join(f"<script>\n{text}</script>" for text in scripts),
        "body": body,
    }
    page = (STATIC / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def uses(kind: str, shared: str) -> bool:
    """Whether the script of a block takes `shared` out of tinynn."""
    return bool(re.search(rf"\b{shared}\b[^;\n]*\}} = tinynn\b|\btinynn\.{shared}\b", script(kind)))


def script(name: str) -> str:
    """The text of static/NAME.js."""
    return (STATIC / f"{name}.js").read_text(encoding="utf-8")


def facts(about: About) -> str:
    """The list at the end of a page: data, seed, seconds, versions, and the command."""
    made_with = ", ".join(f"{name} {version}" for name, version in versions().items())
    rows = [*about.facts.items(), ("versions", made_with)]
    listed = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in rows)
    return (
        f'<dl>{listed}</dl><p class="command"><span>To make this page again:</span> '
        f"<code>{escape(about.command)}</code></p>"
    )


def pictures(figures: Mapping[Path, str], room: int, links: Mapping[str, str]) -> str:
    """The figures, still ones first in line for the room that is left."""
    words = {path: linked(alt, links) for path, alt in figures.items()}
    found: dict[Path, str] = {}
    moving = MOST_MOVING
    for path in sorted(figures, key=lambda p: p.suffix == ".gif"):
        if path.suffix == ".mp4":  # a film is opened beside the page
            found[path] = ""
            continue
        address = figure_uri(path)
        size = len(address) + 2 * len(figures[path]) + 200
        found[path] = address if size < (min(room, moving) if path.suffix == ".gif" else room) else ""
        room -= size if found[path] else 200
        moving -= size if found[path] and path.suffix == ".gif" else 0
    if not found:
        return ""
    rows = "".join(one_picture(path, found[path], words[path]) for path in figures)
    return f'<section class="figures"><h2>Figures</h2>{rows}</section>'


def one_picture(path: Path, address: str, words: str) -> str:
    """A figure with its caption, HTML; of one that is too large for the page, where it lies."""
    name, alt = escape(path.name), re.sub(r"<[^>]+>", "", words)
    if not address:
        return f'<p>{words}: in <a href="{name}">{name}</a>, beside this page.</p>'
    return (
        f'<figure><img src="{address}" alt="{alt}" decoding="async">'
        f"<figcaption>{words} <small>{name}</small></figcaption></figure>"
    )
