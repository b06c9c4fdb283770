"""Regions have the colours of the predictions; lines part the classes where they should."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from tinynn import viz
from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.plane import around, places, region_colours
from tinynn.viz.style import class_colour

CENTRES = np.array([[1.0, 0.0], [-1.0, 1.0], [-1.0, -1.0]])


def nearest(points: np.ndarray) -> np.ndarray:
    """Probabilities (m, 3) that favour the nearest centre."""
    distance = ((points[:, None] - CENTRES) ** 2).sum(axis=-1)
    e = np.exp(-4 * distance)
    return e / e.sum(axis=1, keepdims=True)


def hue_of(colours: np.ndarray) -> np.ndarray:
    """The class whose colour a tint was mixed from: the one its departure from white points to."""
    palette = 1 - np.array([to_rgb(class_colour(index)) for index in range(3)])
    palette /= np.linalg.norm(palette, axis=1, keepdims=True)
    return ((1 - colours) @ palette.T).argmax(axis=-1)


def test_colours_of_regions_are_the_predictions(render) -> None:
    ax = viz.decision_regions(nearest, CENTRES, [0, 1, 2], extent=(-2, 2, -2, 2), resolution=60)
    (image,) = ax.images
    pixels = np.asarray(image.get_array()).reshape(-1, 3)
    p = nearest(places((-2, 2, -2, 2), 60))
    certain = p.max(axis=1) > 0.4
    assert (hue_of(pixels)[certain] == p.argmax(axis=1)[certain]).all()
    assert certain.mean() > 0.9
    assert ax.get_title(loc="left") == "3 of 3 points in the region of their class"
    render(ax)


def test_a_point_stands_out_from_the_region_of_its_own_class() -> None:
    ax = viz.decision_regions(lambda q: np.eye(3)[nearest(q).argmax(1)], CENTRES, [0, 1, 2], resolution=10)
    (dots,) = [c for c in ax.collections if len(c.get_offsets()) == 3]
    regions = region_colours(np.eye(3))
    for edge in dots.get_edgecolors()[:, :3]:
        assert (np.linalg.norm(regions - edge, axis=1) > 0.7).all()


def test_edges_are_soft() -> None:
    p = np.array([[1.0, 0.0], [0.75, 0.25], [0.5, 0.5]])
    departure = (1 - region_colours(p)).sum(axis=1)
    assert departure[0] == pytest.approx(2 * departure[1])
    assert departure[2] == 0.0


def test_borders_run_where_the_prediction_changes() -> None:
    ax = viz.decision_regions(
        lambda q: np.stack([q[:, 0], -q[:, 0]], axis=1) * 0.25 + 0.5, CENTRES, [0, 1, 1]
    )
    (contour,) = [c for c in ax.collections if hasattr(c, "levels")]
    vertices = np.concatenate([path.vertices for path in contour.get_paths()])
    np.testing.assert_allclose(vertices[:, 0], 0, atol=1e-9)


def test_class_numbers_make_hard_regions() -> None:
    ax = viz.decision_regions(lambda q: (q[:, 0] < 0).astype(int), CENTRES, [0, 1, 0], resolution=10)
    colours = np.unique(np.asarray(ax.images[0].get_array()).reshape(-1, 3), axis=0)
    assert len(colours) == 2
    assert ax.get_title(loc="left").startswith("2 of 3")


def test_points_have_their_class_colours_and_a_legend_where_named() -> None:
    ax = viz.decision_regions(nearest, CENTRES, [2, 1, 0], classes=["a", "b", "c"], resolution=5)
    dots = next(c for c in ax.collections if not hasattr(c, "levels"))
    np.testing.assert_allclose(
        dots.get_facecolor()[:, :3], [to_rgb(class_colour(index)) for index in (2, 1, 0)]
    )
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]


def test_linear_regions_are_those_of_the_last_layer(render) -> None:
    w, b = np.array([[1.0, 0.0], [-1.0, 1.0], [-1.0, -1.0]]), np.array([0.1, 0.0, -0.2])
    points = 2 * CENTRES
    ax = viz.linear_regions(w, b, points, [0, 1, 2])
    left, right, bottom, top = ax.images[0].get_extent()
    pixels = np.asarray(ax.images[0].get_array())
    where = places((left, right, bottom, top), len(pixels))
    z = where @ w.T + b
    margin = np.sort(z, axis=1)[:, -1] - np.sort(z, axis=1)[:, -2]
    clear = margin > 0.3
    assert (hue_of(pixels.reshape(-1, 3))[clear] == z.argmax(axis=1)[clear]).all()
    assert ax.get_title(loc="left") == "The last hidden plane: 3 linear regions"
    render(ax)


def test_around() -> None:
    points = np.array([[0.0, 0.0], [4.0, 1.0]])
    left, right, bottom, top = around(points, 0.25)
    assert (left, right, bottom, top) == (-1.0, 5.0, -2.5, 3.5)
    assert around(points, 0.25, square=False) == (-1.0, 5.0, -0.25, 1.25)
    assert around(np.zeros((3, 2))) == (-1.0, 1.0, -1.0, 1.0)
    assert around(np.empty((0, 2))) == (-1.0, 1.0, -1.0, 1.0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: viz.decision_regions(nearest, np.ones((3, 5)), [0, 1, 2]), ShapeError, "projection"),
        (lambda: viz.decision_regions(nearest, CENTRES, [0, 1]), ShapeError, r"classes \(2,\)"),
        (
            lambda: viz.decision_regions(nearest, CENTRES, [0, 1, 3]),
            ArgumentError,
            "0 to 3 but predict gave 3",
        ),
        (lambda: viz.decision_regions(nearest, CENTRES, [0, 1, -1]), ArgumentError, "-1"),
        (
            lambda: viz.decision_regions(lambda q: q[:5], CENTRES, [0, 1, 2]),
            ShapeError,
            r"predict gave \(5, 2\)",
        ),
        (
            lambda: viz.decision_regions(nearest, CENTRES, [0, 1, 2], resolution=1),
            ArgumentError,
            "resolution=1",
        ),
        (lambda: viz.decision_regions(nearest, CENTRES * np.nan, [0, 1, 2]), ArgumentError, "NaN"),
        (lambda: viz.linear_regions(np.ones((3, 5)), np.ones(3), CENTRES, [0, 1, 2]), ShapeError, "2 units"),
    ],
)
def test_what_does_not_fit(call, error, words) -> None:
    with pytest.raises(error, match=words):
        call()
