"""Bars of ratios, and races to an accuracy."""

from __future__ import annotations

import pytest

from tinynn import viz
from tinynn.errors import ShapeError


def test_bars_start_at_one_and_end_at_the_ratio() -> None:
    ax = viz.ratio_bars(
        {"W1": {"1 thread": 2.0, "2 threads": 0.5}, "W2": {"1 thread": None, "2 threads": 30.0}}
    )
    ends = [patch.get_x() + patch.get_width() for patch in ax.patches]
    assert ends == pytest.approx([2.0, 0.5, 30.0])
    assert [patch.get_x() for patch in ax.patches] == [1.0] * 3
    assert [text.get_text() for text in ax.texts] == ["2.00", "0.50", "30.00"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["W1", "W2"]
    low, high = ax.get_xlim()
    assert low < 0.5
    assert high > 30
    assert len(ax.get_legend().get_texts()) == 2


def test_without_any_ratio_there_are_no_bars() -> None:
    assert len(viz.ratio_bars({"W7": {"1 thread": None}}).patches) == 0
    with pytest.raises(ShapeError, match="got no workloads"):
        viz.ratio_bars({})


def test_the_title_of_a_race_says_who_was_there_when() -> None:
    ax = viz.race({"tinynn": ([1.0, 2.0], [0.9, 0.98]), "pytorch": ([3.0, 6.0], [0.9, 0.95])}, 0.97)
    assert ax.get_title(loc="left") == "97 %: tinynn after 2.0 s, pytorch never"
    assert ax.lines[1].get_ydata() == pytest.approx([90.0, 98.0])
    with pytest.raises(ShapeError, match="2 seconds and 1 accuracies"):
        viz.race({"tinynn": ([1.0, 2.0], [0.9])}, 0.9)
