"""Paths, surfaces, error orders, Y branches and fields: what is drawn is what was handed over."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ArgumentError, ShapeError

PATH = np.array([[1.0, 1.0], [0.5, 0.2], [0.0, 0.0]])
SQUARE = (-1.0, 1.0, -1.0, 1.0)


def test_cost_paths(render) -> None:
    ax = viz.cost_paths(lambda u: (u**2).sum(1), {"a": PATH, "b": PATH[:2]}, SQUARE)
    for line, path in zip(ax.lines, (PATH, PATH[:2]), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), path)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    render(ax)


def test_surface_paths(render) -> None:
    u = np.stack(np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 1, 4)), -1)
    w = np.concatenate([u, u.sum(-1, keepdims=True)], -1)
    ax = viz.surface_paths(w, w[..., 2], {"edge": w[0]})
    np.testing.assert_array_equal(np.array(ax.lines[0].get_data_3d()).T, w[0])
    render(ax)


def test_error_order(render) -> None:
    eta = np.logspace(-3, 0, 4)
    ax = viz.error_order(eta, {"bent": 3 * eta**2, "straight": [0, 1e-16, 0, 1e-16]}, order=2)
    bent, straight, guide = (line.get_xydata() for line in ax.lines)
    np.testing.assert_allclose(bent[:, 1], 3 * eta**2)
    assert len(straight) == 2  # a zero has no logarithm
    assert np.polyfit(*np.log(guide.T), 1)[0] == pytest.approx(2)
    render(ax)


def test_a_branch_says_values_terms_and_sums(render) -> None:
    ax = viz.y_branch([1, 0, 1], [2.0, 3.0], [0.5, 0.25, -0.125])
    said = "\n".join(text.get_text() for text in ax.texts)
    for words in ("$w_1$ = 3", "$w_2$ = 2", "$dC/dw_3$ = -0.125", "0.500 - 0.125", "= +0.375"):
        assert words in said
    assert len(ax.patches) == 6
    render(ax)


def test_terms_are_stacked_up_to_their_sum(render) -> None:
    ax = viz.gradient_terms([[1.0, -0.4], [0.5]], [0.6, 0.5], names=["a", "b"])
    bars = [(bar.get_y(), bar.get_height()) for bar in ax.patches]
    np.testing.assert_allclose(bars, [(0, 1), (1, -0.4), (0, 0.5)])
    assert [text.get_text() for text in ax.texts] == ["+0.600", "+0.500"]
    render(ax)


def test_an_index_map_names_its_places(render) -> None:
    ax = viz.index_map([[0, 1, -1], [-1, 0, 1]])
    assert [t.get_text() for t in ax.texts] == ["$u_{1}$", "$u_{2}$", "$u_{1}$", "$u_{2}$"]
    picture = np.asarray(ax.images[0].get_array())
    np.testing.assert_array_equal(picture[0, 0], picture[1, 1])
    np.testing.assert_array_equal(picture[0, 2], [1, 1, 1])
    render(ax)


def test_arrows_have_the_direction_of_the_field(render) -> None:
    ax = viz.arrows(lambda p: np.stack([-p[:, 1], p[:, 0]], 1), SQUARE, count=4)
    quiver = ax.collections[0]
    where = np.stack([quiver.X, quiver.Y], 1)
    np.testing.assert_allclose((where * np.stack([quiver.U, quiver.V], 1)).sum(1), 0, atol=1e-12)
    assert len(where) == 16
    render(ax)


def test_traces_that_coincide_share_a_name(render) -> None:
    ax = viz.traces({"a": [1.0, 2.0], "b": [1.0, 2.0], "c": [0.0, 1.0]}, x_label="epoch")
    assert sorted(text.get_text() for text in ax.texts) == ["a, b", "c"]
    assert len(ax.lines) == 3
    render(ax)


def test_a_solid_grid_has_three_dimensions() -> None:
    assert all(ax.name == "3d" for ax in viz.grid(1, 2, solid=True).flat)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ShapeError, "the path 'a' is", lambda: viz.cost_paths(lambda u: u[:, 0], {"a": PATH.T}, SQUARE)),
        (ShapeError, "surface_paths: the surface", lambda: viz.surface_paths(PATH, PATH, {})),
        (ArgumentError, "error_order: got sizes", lambda: viz.error_order([0.0, 1.0], {"a": [1, 1]})),
        (ShapeError, "error_order: 'a' is", lambda: viz.error_order([0.1, 1.0], {"a": [1.0]})),
        (ShapeError, "y_branch: the map is", lambda: viz.y_branch([0, 1], [1.0], [1.0, 1.0])),
        (ShapeError, "gradient_terms: got 1 lists", lambda: viz.gradient_terms([[1.0]], [1.0, 2.0])),
        (ShapeError, "index_map: the map is", lambda: viz.index_map([0, 1])),
        (ShapeError, "arrows: the field gave", lambda: viz.arrows(lambda p: p[:, 0], SQUARE)),
        (ShapeError, "traces: 'a' is", lambda: viz.traces({"a": [1.0, 2.0]}, [1, 2, 3])),
    ],
)  # fmt: skip
def test_refusals(error, message, call) -> None:
    with pytest.raises(error, match=message.replace("(", r"\(")):
        call()
