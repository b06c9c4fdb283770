"""Shares with their intervals and spreads with their errors are drawn where they lie."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ShapeError


def test_bars_and_what_is_written_on_them(render) -> None:
    ax = viz.shares({"0": (0.0, 0.0, 0.007), "+1": (0.014, 0.007, 0.028), "wide": (0.0005, 0.0001, 0.003)})
    bars, errors = ax.containers
    np.testing.assert_allclose([bar.get_height() for bar in bars], [0, 1.4, 0.05])
    ends = np.array(errors.lines[2][0].get_segments())[:, :, 1]
    np.testing.assert_allclose(ends, [[0, 0.7], [0.7, 2.8], [0.01, 0.3]], atol=1e-12)
    assert [text.get_text() for text in ax.texts] == ["0 %", "1.4 %", "0.05 %"]
    render(ax)


def test_spreads_by_size(render) -> None:
    ax = viz.by_size([4, 16], {"standard deviation": ([0.2, 0.02], [0.01, 0.002])})
    (line,) = ax.containers
    np.testing.assert_allclose(line.lines[0].get_ydata(), [0.2, 0.02])
    ends = np.array(line.lines[2][0].get_segments())[:, :, 1]
    np.testing.assert_allclose(ends, [[0.19, 0.21], [0.018, 0.022]])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["4", "16"]
    render(ax)


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ShapeError, match=r"shares: got \(1, 2\); needed \(share, low, high\)"):
        viz.shares({"a": (0.1, 0.2)})
    with pytest.raises(ShapeError, match="shares: got"):
        viz.shares({})
    with pytest.raises(ShapeError, match=r"by_size: 'a' is \(1,\) and \(2,\); needed \(2,\)"):
        viz.by_size([1, 2], {"a": ([1.0], [1.0, 2.0])})
