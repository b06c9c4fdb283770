"""Words of the page that change while it plays.

They stand in elements of the page's own frame and are put there as text by a few lines of script: a Div or a
title of Bokeh's would make it lay out the whole page anew, many times a second.
"""

from __future__ import annotations

from typing import Any

from bokeh.models import CustomJS

from tinynn.lab.page.look import source

WRITE = """
const ids = words.data.id, text = words.data.text;
for (let i = 0; i < ids.length; i++) {
  const element = document.getElementById("lab-" + ids[i]);
  if (element && element.textContent !== text[i]) element.textContent = text[i];
}
"""


class Words:
    """What stands in the elements `lab-NAME`: plain text, whatever is in it."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.source = source(id=[], text=[])
        self.write = CustomJS(args={"words": self.source}, code=WRITE)
        self.source.js_on_change("data", self.write)

    def hang_on(self, model: Any) -> None:
        """Make the source part of the page: what no model refers to is never sent."""
        model.js_on_change("tags", self.write)

    def __setitem__(self, name: str, text: str) -> None:
        if self.texts.get(name) != text:
            self.texts[name] = text
            self.source.data = {"id": [name], "text": [text]}

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    def all(self) -> None:
        """Send everything: to a page that has just opened."""
        self.source.data = {"id": list(self.texts), "text": list(self.texts.values())}
