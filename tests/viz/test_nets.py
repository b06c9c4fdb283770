"""Nets and equations as pictures: everything that is counted is drawn; many runs as a median and a band."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.style import NEGATIVE, POSITIVE

rng = np.random.default_rng(0)


def test_a_line_per_weight_and_a_circle_per_neuron(render) -> None:
    sizes = (3, 4, 4, 1)
    weights = [rng.normal(size=(b, a)) for a, b in pairwise(sizes)]
    values = [rng.normal(size=n) for n in sizes]
    ax = viz.network(sizes, weights, values=values, blame=values, chosen=(1, 2, 3), numbers=True)
    assert (len(ax.lines), len(ax.patches)) == (32, 12)
    colours = [line.get_color() for line in ax.lines[:12]]
    assert colours == [POSITIVE if w > 0 else NEGATIVE for w in weights[0].ravel()]
    assert sum(line.get_zorder() == 2 for line in ax.lines) == 1
    written = [text.get_text() for text in ax.texts]
    assert f"{weights[1][2, 3]:.2f}" in written
    assert f"{values[3][0]:+.3f}" in written
    assert len(written) == 32 + 12 + 9  # no blame for inputs
    render(ax)


def test_nets_that_do_not_fit() -> None:
    with pytest.raises(ShapeError, match=r"needed \[\(4, 3\), \(2, 4\)\]"):
        viz.network([3, 4, 2], [np.ones((3, 4)), np.ones((2, 4))])
    with pytest.raises(ShapeError, match="one number per neuron"):
        viz.network([3, 2], values=[np.ones(3), np.ones(3)])


def test_every_number_of_an_equation_is_written(render) -> None:
    w, x = np.arange(6.0).reshape(2, 3), np.ones(3)
    ax = viz.matrices([("W", w), ("x", x), "=", ("y", w @ x)])
    assert len(ax.patches) == 6 + 3 + 2
    written = [text.get_text() for text in ax.texts]
    assert written.count("1.00") == 4
    assert {"2 x 3", "3 x 1", "2 x 1", "12.00", "="} <= set(written)
    render(ax)
    with pytest.raises(ShapeError, match="'W' is \\(1, 2, 3\\)"):
        viz.matrices([("W", w[None])])


def test_bands_are_the_median_and_what_is_around_it(render) -> None:
    runs = rng.normal(size=(101, 5)) + np.arange(5)
    runs[0, 2] = np.nan
    ax = viz.bands({"a": runs, "one run": np.arange(5.0)}, [1, 2, 4, 8, 16], log="x", share=0.5)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.nanmedian(runs, axis=0))
    (band,) = ax.collections
    corners = band.get_paths()[0].vertices
    np.testing.assert_allclose(corners[:, 1].min(), np.nanquantile(runs, 0.25, axis=0).min())
    assert [text.get_text() for text in ax.texts] == ["a", "one run"]
    assert ax.get_xscale() == "log"
    render(ax)


def test_a_line_ends_where_all_runs_have_stopped(render) -> None:
    runs = np.array([[1.0, 2.0, np.nan, np.nan], [3.0, 4.0, 5.0, np.nan]])
    ax = viz.bands({"ended": runs, "whole": np.zeros(4), "never": np.full(4, np.nan)})
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [2, 3, 5, np.nan])
    assert {text.get_text(): text.xy for text in ax.texts} == {"ended": (2, 5), "whole": (3, 0)}
    render(ax)


@pytest.mark.parametrize(("lines", "options", "error"), [
    ({"a": np.ones((3, 4))}, {"x": [1, 2]}, ShapeError),
    ({"a": np.ones(4)}, {"log": "z"}, ArgumentError),
    ({"a": np.ones(4)}, {"share": 2}, ArgumentError),
])  # fmt: skip
def test_bands_that_do_not_fit(lines, options, error) -> None:
    with pytest.raises(error, match="bands"):
        viz.bands(lines, **options)
