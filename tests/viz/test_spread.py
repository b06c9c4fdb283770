"""Every run is a dot at its value; none hides another."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ShapeError
from tinynn.viz.spread import beside

GROUPS = {"narrow": [0.5, 0.5, 0.75, 0.9], "wide": [0.99]}


def test_all_runs_and_their_median(render) -> None:
    ax = viz.spread(GROUPS)
    for place, (dots, values) in enumerate(zip(ax.collections, GROUPS.values(), strict=True)):
        x, y = dots.get_offsets().T
        np.testing.assert_allclose(y, 100 * np.array(values))
        assert (np.abs(x - place) < 0.4).all()
    assert [line.get_ydata()[0] for line in ax.lines] == [62.5, 99.0]
    assert [text.get_text() for text in ax.texts] == ["62.5", "99.0"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["narrow", "wide"]
    render(ax)


def test_equal_runs_stand_side_by_side_and_stay_in_their_column() -> None:
    offsets = beside(np.full(64, 0.5))
    assert len(np.unique(offsets)) == 64
    assert offsets.mean() == pytest.approx(0)
    assert np.abs(offsets).max() <= 0.36
    np.testing.assert_array_equal(beside([0.1, 0.9]), [0, 0])


@pytest.mark.parametrize("groups", [{}, {"a": []}, {"a": [[1.0]]}])
def test_no_runs(groups) -> None:
    with pytest.raises(ShapeError, match="spread"):
        viz.spread(groups)
