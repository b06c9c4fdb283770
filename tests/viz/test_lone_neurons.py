"""Landscapes, coefficients, curves and margins: what is drawn is what was handed over."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ShapeError

rng = np.random.default_rng(1)


def test_a_path_lies_on_its_landscape(render) -> None:
    path = np.array([[1.0, -1.0], [0.5, -0.5], [0.0, 0.0]])
    ax = viz.landscape(lambda u: (u**2).sum(1), {"down": path}, (-1, 1, -1, 1), labels=("b", "w", "cost"))
    x, y, z = ax.lines[0].get_data_3d()
    np.testing.assert_allclose(np.column_stack([x, y]), path)
    np.testing.assert_allclose(z, [2.0, 0.5, 0.0])
    render(ax)
    with pytest.raises(ShapeError, match="'down' is \\(2, 3\\)"):
        viz.landscape(lambda u: u[:, 0], {"down": np.ones((2, 3))}, (-1, 1, -1, 1))


def test_every_coefficient_has_its_dots_and_rings(render) -> None:
    found, wanted = rng.normal(size=(2, 9, 3))
    ax = viz.coefficients(["b", "w1", "w2"], found, wanted, [0.0, 1.0, 2.0], reference_name="SciPy")
    for i in range(3):
        rings, dots = (ax.collections[2 * i + j].get_offsets() for j in (0, 1))
        np.testing.assert_allclose(dots[:, 1], found[:, i])
        np.testing.assert_allclose(rings[:, 1], wanted[:, i])
    assert [line.get_ydata()[0] for line in ax.lines] == [0.0, 1.0, 2.0]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["SciPy", "the neuron", "truth"]
    render(ax)
    title = "50 data sets of 200 points: the neuron finds what SciPy finds"
    render(viz.coefficients(["b", "w"], found[:, :2], wanted[:, :2], title=title))
    with pytest.raises(ShapeError, match="coefficients"):
        viz.coefficients(["b"], found, wanted)


def test_margin_lines_are_where_the_score_is(render) -> None:
    w, b = np.array([2.0, -1.0]), 0.5
    ax = viz.decision_regions(lambda p: (p @ w + b > 0).astype(int), [[-1, 0], [1, 0]], [0, 1])
    box = ax.get_xlim(), ax.get_ylim()
    viz.margin_lines(w, b, support=[[1.0, 0.0]], ax=ax)
    for line, score in zip(ax.lines[-3:], (0, -1, 1), strict=True):
        np.testing.assert_allclose(np.asarray(line.get_xydata()) @ w + b, score, atol=1e-9)
    assert (ax.get_xlim(), ax.get_ylim()) == box
    render(ax)
    with pytest.raises(ShapeError, match="margin_lines"):
        viz.margin_lines([1.0], 0.0)


def test_losses_over_the_margin(render) -> None:
    curves = {"hinge": lambda m: np.maximum(0, 1 - m), "log": lambda m: np.logaddexp(0, -m)}
    ax = viz.margin_losses(curves, {"hinge": [0.5, 99.0], "log": [1.0]}, reach=(-2, 4))
    x, y = ax.lines[0].get_data()
    np.testing.assert_allclose(y, np.maximum(0, 1 - x))
    assert ax.collections[0].get_offsets()[:, 0].tolist() == [0.5, 4.0]
    render(ax)
    with pytest.raises(ShapeError, match="margin_losses"):
        viz.margin_losses(curves, {"hinge": [1.0]})


def test_curves_over_an_input(render) -> None:
    ax = viz.neuron_curves([1, 2, 3], [0, 1, 1], {"a": ([0, 4], [0.5, 0.5]), "b": ([0, 4], [0.1, 0.9])})
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a", "b"]
    assert ax.collections[0].get_offsets()[:, 0].tolist() == [1, 2, 3]
    render(ax)
    with pytest.raises(ShapeError, match="neuron_curves"):
        viz.neuron_curves([1, 2], [0], {})
