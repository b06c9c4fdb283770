"""One thing on a page: a heading, a sentence, markup, the data behind it, and its plots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from tinynn.report.encode import script_json


@dataclass(frozen=True)
class Block:
    """What a function of this package returns.

    Attributes
    ----------
    kind : str
        The name of the script static/KIND.js, which moves it; none where it is empty.
    title, words : str
        Plain text; an empty line parts paragraphs, and [NAME] of an experiment leads to its page.
    html : str
        What is there before a script runs; <div data-plot="NAME"> is where a plot goes.
    data : mapping
        For the script; arrays are packed.
    plots : mapping of name -> Bokeh figure
    """

    kind: str
    title: str
    words: str
    html: str
    data: Mapping[str, Any] = field(default_factory=dict)
    plots: Mapping[str, Any] = field(default_factory=dict)

    def render(self, number: int, links: Mapping[str, str] | None = None) -> str:
        """The block as a section of the page; `links` as for `linked`."""
        items = {}
        if self.plots:
            from bokeh.embed import json_item

            items = {name: json_item(figure) for name, figure in self.plots.items()}
        told = self.words.split("\n\n") if self.words else []
        words = "".join(f"<p>{linked(paragraph, links or {})}</p>" for paragraph in told)
        return (
            f'<section class="block" data-kind="{self.kind}" aria-labelledby="block-{number}">'
            f'<h2 id="block-{number}">{escape(self.title)}</h2>{words}'
            f'<div class="body">{self.html}</div>'
            f'<script type="application/json" class="data">{script_json(self.data)}</script>'
            f'<script type="application/json" class="plots">{script_json(items)}</script></section>'
        )


def linked(text: str, links: Mapping[str, str]) -> str:
    """Plain text as HTML: [NAME] becomes a link to links[NAME], or NAME where there is no such page."""

    def link(found: re.Match[str]) -> str:
        name = found[1]
        return f'<a href="{escape(links[name])}">{name}</a>' if links.get(name) else name

    return re.sub(r"\[([a-z]+(?:-[a-z]+)*)\]", link, escape(text))


def place(name: str, alt: str, extra: str = "") -> str:
    """Where a plot goes, with the text for those who do not see it."""
    return f'<div class="plot {extra}" data-plot="{name}" role="img" aria-label="{escape(alt)}"></div>'


def slider(name: str, label: str, top: int, value: int = 0, *, spoken: str = "") -> str:
    """A labelled slider over 0..top; its value is told in the <output> beside it."""
    return (
        f'<label class="slider" data-slider="{name}"><span>{escape(label)}</span>'
        f'<input type="range" min="0" max="{top}" step="1" value="{value}" name="{name}">'
        f"<output>{escape(spoken)}</output></label>"
    )


def choice(name: str, label: str, options: Mapping[str, str], chosen: str = "") -> str:
    """A labelled list to choose from: value -> what is read."""
    rows = "".join(
        f'<option value="{escape(value)}"{" selected" * (value == chosen)}>{escape(text)}</option>'
        for value, text in options.items()
    )
    return f'<label class="choice"><span>{escape(label)}</span><select name="{name}">{rows}</select></label>'
