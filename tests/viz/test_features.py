"""Feature maps: which are drawn, on what scale, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
IMAGE = RNG.random((1, 6, 6))


def test_one_axes_for_the_picture_and_one_per_layer() -> None:
    axes = viz.feature_maps(IMAGE, {"first": RNG.random((5, 4, 4)), "second": RNG.random((2, 2, 2)) - 0.5})
    assert [ax.get_title(loc="left") or ax.get_title() for ax in axes] == ["the picture", "first", "second"]
    assert [ax.get_xlabel() for ax in axes[1:]] == ["5 maps, 4 x 4", "2 maps, 2 x 2"]
    assert axes[1].images[0].get_clim()[0] == 0  # no answer is white
    low, high = axes[2].images[0].get_clim()
    assert low == -high  # answers against are told from answers for


def test_the_strongest_maps_in_their_own_order() -> None:
    maps = np.ones((9, 2, 2)) * np.array([1, 5, 2, 8, 3, 7, 4, 6, 0])[:, None, None]
    (_, ax) = viz.feature_maps(IMAGE, {"layer": maps}, most=4)
    drawn = np.ma.filled(ax.images[0].get_array(), np.nan)
    seen = [drawn[0, 0], drawn[0, 3], drawn[3, 0], drawn[3, 3]]
    assert seen == [5, 8, 7, 6]
    assert np.isnan(drawn[2]).all()  # paper between the rows
    assert ax.get_xlabel() == "4 of 9 maps, 2 x 2"


def test_bad_arguments() -> None:
    with pytest.raises(ShapeError, match=r"feature_maps: layer is \(4, 4\); needed maps \(c, h, w\)"):
        viz.feature_maps(IMAGE, {"layer": np.ones((4, 4))})
    with pytest.raises(ArgumentError, match="feature_maps: got 0 layers"):
        viz.feature_maps(IMAGE, {})
