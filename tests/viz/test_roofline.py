"""The roofline: every call is a dot, and no name lies on another or on a dot."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

from tinynn import viz
from tinynn.errors import ShapeError

NAMES = [f"{i} linear_backward" for i in range(12)]


def draw(speed: Any = None) -> Any:
    """Twelve calls, ten of them in nearly the same place."""
    x = np.r_[np.full(10, 8.0), 0.2, 0.0]
    y = np.r_[np.linspace(60, 64, 10), 3.0, 0.0] if speed is None else speed
    kinds = ["forward"] * 6 + ["update"] * 6
    roofs = {"cache": 400.0, "memory": 25.0}
    return viz.roofline(x, y, np.arange(1.0, 13.0), peak=200.0, bandwidths=roofs, names=NAMES, kinds=kinds)


def test_one_dot_per_call_that_computes(render: Callable[[Any], np.ndarray]) -> None:
    ax = draw()
    dots = sum(len(of_kind.get_offsets()) for of_kind in ax.collections)
    assert dots == 11  # the last has no FLOPs
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["forward", "update"]
    assert render(ax).std() > 0


def test_names_do_not_overlap() -> None:
    ax = draw()
    ax.figure.draw_without_rendering()
    written = [text for text in ax.texts if text.get_text() in NAMES]
    assert len(written) >= 6
    boxes = [Text.get_window_extent(text) for text in ax.texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    dots = np.concatenate([ax.transData.transform(c.get_offsets()) for c in ax.collections])
    for text in written:
        assert not Text.get_window_extent(text).count_contains(dots)


def test_the_slowest_call_is_named_in_the_title() -> None:
    assert draw().get_title(loc="left") == "14 % of the time: 10 linear_backward"  # 11 of 78


def test_roofs_meet_the_peak() -> None:
    lines = {tuple(np.round(line.get_ydata()[-1:], 6)) for line in draw().lines}
    assert lines == {(200.0,)}


def test_errors() -> None:
    with pytest.raises(ShapeError, match="needed FLOPs above 0"):
        draw(np.zeros(12))
    with pytest.raises(ShapeError, match="got 1 intensities, 2 speeds"):
        viz.roofline([1.0], [1.0, 2.0], [1.0], peak=1.0, bandwidths={"memory": 1.0}, names=["a"])
