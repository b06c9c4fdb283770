"""A real browser that watches what a page does: its errors, its requests, what runs off its edge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

#: What lies outside the window sideways, in nothing that scrolls; empty where all can be seen.
CUT = """() => [...document.querySelectorAll("body *")].filter((e) => {
  const box = e.getBoundingClientRect();
  if (!box.width || !box.height || e.closest(".scroll, pre, .skip, svg")) return false;
  const clipped = e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === "hidden";
  return box.right > innerWidth + 1 || box.left < -1 || clipped;
}).map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 30)}`)"""


class Watched:
    """A page and what was noticed of it."""

    def __init__(self, page: Any) -> None:
        self.page, self.errors, self.requests = page, [], []
        page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def check(self, address: str) -> None:
        """No error, no request but for the page itself, nothing cut off."""
        assert self.errors == []
        assert [url for url in self.requests if not url.startswith(("data:", "blob:"))] == [address]
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert self.page.evaluate(CUT) == []


@pytest.fixture
def watched_page(browser: Any) -> Iterator[Callable[[], Watched]]:
    """A page that nobody checks at the end."""
    contexts: list[Any] = []

    def fresh() -> Watched:
        contexts.append(browser.new_context(viewport={"width": 800, "height": 600}))
        return Watched(contexts[-1].new_page())

    yield fresh
    for context in contexts:
        context.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """visit(path, width=..., dark=...) opens a page and waits for it; at the end every page is checked."""
    opened: list[tuple[Any, Watched, str]] = []

    def go(path: Path, *, width: int = 1280, dark: bool = False) -> Any:
        scheme = "dark" if dark else "light"
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.set_default_timeout(60_000)
        watched = Watched(page)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=yes]")
        opened.append((context, watched, path.as_uri()))
        return page

    yield go
    for context, watched, address in opened:
        watched.check(address)
        context.close()
