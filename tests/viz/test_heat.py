"""Shares as tables, and where points were lost: every figure given is in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ShapeError

FATES = {
    "again": [0.0, 0.2],
    "weights": [0.1, 0.1],
    "unit 1": [0.1, 0.0],
    "unit 2": [0.0, 0.05],
    "several": [0.05, 0.0],
    "together": [0.25, 0.5],
    "left": [0.6, 0.9],
}


def test_every_share_is_written_in_its_square(render) -> None:
    tables = {"ReLU": [[0.0, 0.004], [0.5, 1.0]], "tanh": [[1 / 256, 0.1], [0.9, 0.996]]}
    axes = viz.heat_maps(tables, [2, 10], [4, 6], rows="width", columns="hidden layers")
    assert [text.get_text() for text in axes[0].texts] == ["0", "0.4", "50", "100"]
    assert [text.get_text() for text in axes[1].texts] == ["0.4", "10", "90", "100"]
    np.testing.assert_allclose(axes[0].images[0].get_array(), 100 * np.array(tables["ReLU"]))
    assert [ax.get_title(loc="left") for ax in axes] == ["ReLU", "tanh"]
    assert [tick.get_text() for tick in axes[0].get_xticklabels()] == ["4", "6"]
    render(axes)


def test_bars_add_up_to_the_points_put_into_the_origin(render) -> None:
    (ax,) = viz.pushed_out({"biases 0": FATES})
    tops = [bars.patches[1].get_y() + bars.patches[1].get_height() for bars in ax.containers]
    np.testing.assert_allclose(tops, [20, 30, 30, 35, 35])
    labels = [bars.get_label() for bars in ax.containers]
    assert labels[2:4] == ["by unit 1's bias", "by unit 2's bias"]
    np.testing.assert_allclose([line.get_ydata() for line in ax.lines], [[25, 50], [60, 90]])
    render(ax)


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ShapeError, match=r"heat_maps: 'ReLU' is \(1, 2\); needed \(2, 2\)"):
        viz.heat_maps({"ReLU": [[0.0, 1.0]]}, [2, 10], [4, 6])
    with pytest.raises(ShapeError, match="pushed_out: got no 'left'"):
        viz.pushed_out({"a": {name: shares for name, shares in FATES.items() if name != "left"}})
    with pytest.raises(ShapeError, match=r"pushed_out: 'again' of 'a' is \(1,\); needed \(2,\)"):
        viz.pushed_out({"a": {**FATES, "again": [0.0]}})
