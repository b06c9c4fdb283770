"""The page of all experiments: a picture and two sentences each, and where each one's own page lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tinynn.report.block import linked
from tinynn.report.encode import figure_uri
from tinynn.report.page import About, compose, script

ACROSS = 560  # pixels of a picture


@dataclass(frozen=True)
class Card:
    """One experiment.

    name, sentences: plain text. page: the address of its own page, relative to this one. picture: a figure.
    fact: a few words, such as its accuracy. failed: what went wrong, where something did. alive: whether its
    page has something to play with.
    """

    name: str
    sentences: str
    page: str = ""
    picture: Path | None = None
    fact: str = ""
    failed: str = ""
    alive: bool = False

    def render(self) -> str:
        """The card as an item of a list."""
        name = escape(self.name)
        image = ""
        if self.picture is not None:
            image = f'<img src="{figure_uri(self.picture, ACROSS)}" alt="A figure of {name}">'
        title = f'<a href="{escape(self.page)}">{name}</a>' if self.page else name
        if self.page and image:  # the picture leads there too, but is passed once by keyboard
            image = f'<a href="{escape(self.page)}" tabindex="-1" aria-hidden="true">{image}</a>'
        note = f'<p class="note">{escape(self.fact)}</p>' if self.fact else ""
        if self.failed:
            note += f'<p class="plus">Failed: {escape(self.failed)}</p>'
        question, mark, answer = self.sentences.partition("? ")
        asked = f"<strong>{escape(question)}?</strong> " if mark else ""
        words = asked + escape(answer if mark else self.sentences)
        return (
            f'<li class="card{" failed" * bool(self.failed)}">{image}'
            f"<div><h3>{title}</h3><p>{words}</p>{note}</div></li>"
        )


def write_index(path: Path, about: About, chapters: Sequence[tuple[str, str, Sequence[Card]]]) -> int:
    """Write the page; a chapter is (title, what it is about, cards). Returns its size in bytes."""
    links = {card.name: card.page for _, _, cards in chapters for card in cards}
    body = "".join(
        f"<section><h2>{escape(title)}</h2><p>{linked(words, links)}</p>"
        f'<ul class="cards">{"".join(card.render() for card in cards)}</ul></section>'
        for title, words, cards in chapters
        if cards
    )
    content = compose(about, body, [script("page")]).encode()
    path.write_bytes(content)
    return len(content)
