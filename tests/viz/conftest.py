"""What every figure must leave alone: pyplot's list of figures and the user's settings."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from tinynn.viz.style import figure_of


def open_figures() -> list[int]:
    """The figures pyplot holds; none where nobody has imported it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return list(pyplot.get_fignums()) if pyplot else []


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
        figure_of(drawn).savefig(buffer, format="rgba", dpi=50)
        pixels = np.frombuffer(buffer.getvalue(), np.uint8).reshape(-1, 4)
        assert (pixels[:, :3] < 250).any(), "the figure is blank"
        return pixels

    return render_to_pixels
