"""Many seeds as small multiples: what each makes of the plane, in one figure."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import Button, Range1d
from numpy.typing import NDArray

from tinynn.errors import TinynnError
from tinynn.lab.page.look import WIDGETS, class_image, quiet, source, without_axes
from tinynn.lab.page.words import Words
from tinynn.lab.seeds import Seeds
from tinynn.lab.trainer import Lab

SHAPE: Any = {"sizing_mode": "scale_width", "aspect_ratio": 1.18, "max_width": 760}
COUNT, COLUMNS, SIDE = 12, 4, 36


class StripView:
    """Twelve nets; they are made when they are first looked at, and train as long as they are."""

    def __init__(self) -> None:
        rows = COUNT // COLUMNS
        told = "The regions of twelve nets that differ by their seeds alone, with their accuracies"
        ranges = Range1d(-0.04, COLUMNS), Range1d(-0.02, rows)
        self.figure: Any = without_axes(quiet(told, 600, x_range=ranges[0], y_range=ranges[1], **SHAPE))
        number = np.arange(COUNT)
        x, y = number % COLUMNS + 0.0, rows - 1.0 - number // COLUMNS
        self.places = {"x": x, "y": y}
        self.images, self.names = source(image=[], x=[], y=[]), source(x=[], y=[], text=[])
        self.figure.image_rgba("image", source=self.images, x="x", y="y", dw=0.94, dh=0.8, level="image")
        self.ink = self.figure.text(
            "x", "y", "text", source=self.names, text_font_size="13px", text_baseline="bottom"
        ).glyph
        self.again = Button(label="begin again", name="seeds-again", stylesheets=[WIDGETS])
        self.seeds: Seeds | None = None

    def begin(self) -> None:
        """Forget them: the settings are others."""
        self.seeds = None

    def advance(self, lab: Lab, steps: int, words: Words) -> None:
        """Make them if need be, take some steps with each, send the pictures."""
        try:
            if self.seeds is None:
                self.seeds = Seeds(lab, COUNT)
            self.seeds.advance(steps)
        except TinynnError as error:
            words["seeds"] = str(error)
            return
        self.draw(words)

    def draw(self, words: Words) -> None:
        """Send the pictures."""
        seeds = self.seeds
        assert seeds is not None
        regions, right, losses = seeds.regions(SIDE), seeds.accuracy, seeds.losses
        pictures = class_image(regions, np.full(regions.shape, 0.8))
        self.images.data = {"image": list(pictures), **self.places}
        text = [f"seed {s}: {a:.0%}" for s, a in zip(seeds.nets.seeds, right, strict=True)]
        self.names.data = {"x": self.places["x"], "y": self.places["y"] + 0.82, "text": text}
        good = int((right >= 0.99).sum())
        words["seeds-title"] = f"{good} of {COUNT} seeds have at least 99 % right after {seeds.steps:,} steps"
        words["seeds"] = spread(losses[np.isfinite(losses)])


def spread(losses: NDArray[Any]) -> str:
    """What is said of those losses that are numbers."""
    if not losses.size:
        return "No loss is a number any more: the steps are too large. Try a smaller learning rate."
    return (
        f"Losses from {losses.min():.3g} to {losses.max():.3g}, median {np.median(losses):.3g}. "
        "The same settings, another start: one net is an anecdote."
    )
