"""A ledger's bars follow on one another and end in the total; training and test stand side by side."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ShapeError

ENTRIES = np.array([3.0, -2.0, 1.0, 0.5, -0.25])


def test_each_bar_begins_where_the_one_above_ended(render) -> None:
    ax = viz.ledger(list("abcde"), ENTRIES, 2.25, most=3)
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    np.testing.assert_allclose([max(e) - min(e) for e in ends], [3, 2, 1, 0.25])
    np.testing.assert_allclose(ends[0], [0, 3])
    np.testing.assert_allclose(sorted(ends[1]), [1, 3])
    np.testing.assert_allclose(max(ends[-1]), 2.25)
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names == ["a", "b", "c", "2 others", "gradient"]
    render(ax)
    with pytest.raises(ShapeError, match="ledger"):
        viz.ledger([], [], 0.0)


def test_points_and_their_lines(render) -> None:
    ax = viz.scatter({"a": ([1, 2], [2, 4]), "b": ([1], [3])}, slopes={"a": 2.0})
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [[1, 2], [2, 4]])
    np.testing.assert_allclose(ax.lines[0].get_xydata()[-1], [2.1, 4.2])
    render(ax)
    with pytest.raises(ShapeError, match="scatter: 'a'"):
        viz.scatter({"a": ([1, 2], [2])})


def test_training_and_test_side_by_side(render) -> None:
    ax = viz.train_test({"3": ([0.9, 1.0], [0.7, 0.8]), "20": ([1.0, 1.0], [0.6, 0.6])})
    assert [text.get_text() for text in ax.texts] == ["95.0", "75.0", "100.0", "60.0"]
    for index, values in enumerate(([90, 100], [70, 80], [100, 100], [60, 60])):
        np.testing.assert_allclose(ax.collections[index].get_offsets()[:, 1], values)
    left, right = (ax.collections[i].get_offsets()[:, 0].mean() for i in (0, 1))
    assert left < 0 < right
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["train", "test"]
    render(ax)


@pytest.mark.parametrize("groups", [{}, {"a": ([1.0], [1.0, 2.0])}, {"a": ([], [])}])
def test_groups_that_do_not_fit(groups) -> None:
    with pytest.raises(ShapeError, match="train_test"):
        viz.train_test(groups)
