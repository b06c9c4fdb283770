"""What every figure must leave alone: pyplot's list of figures and the user's settings."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text

from tinynn.viz.style import figure_of


def open_figures() -> list[int]:
    """The figures pyplot holds; none where nobody has imported it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return list(pyplot.get_fignums()) if pyplot else []


def cut_titles(figure: Any) -> list[str]:
    """The titles of a drawn figure that run past it."""
    titles = {ax.get_title(loc=loc) for ax in figure.axes for loc in ("left", "center", "right")} - {""}
    texts = [text for text in figure.findobj(Text) if text.get_text() in titles | {figure.get_suptitle()}]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    return [text for text, box in boxes if not -1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1]


@pytest.fixture(autouse=True)
def _no_traces() -> Iterator[None]:
    # A copy, because asking rcParams itself for its backend makes matplotlib choose one.
    figures, settings = open_figures(), mpl.rcParams.copy()
    yield
    assert open_figures() == figures
    assert mpl.rcParams.copy() == settings


@pytest.fixture
def render() -> Callable[[Any], np.ndarray]:
    """Render what a viz function returned; warnings are errors, so an unreadable layout fails here."""

    def render_to_pixels(drawn: Any) -> np.ndarray:
        buffer = io.BytesIO()
        figure = figure_of(drawn)
        figure.dpi = 50  # as it is saved: text is measured by both
        figure.savefig(buffer, format="rgba", dpi=50)
        assert cut_titles(figure) == []
        pixels = np.frombuffer(buffer.getvalue(), np.uint8).reshape(-1, 4)
        assert (pixels[:, :3] < 250).any(), "the figure is blank"
        return pixels

    return render_to_pixels
