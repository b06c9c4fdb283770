"""The confusion figures: every count, the right samples, the right mistakes."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from tinynn import viz
from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.confusion import cell_colours, largest_mistakes
from tinynn.viz.style import RIGHT, WRONG

MATRIX = np.array([[50, 3, 0], [7, 40, 1], [0, 9, 60]])
CLASSES = ["cat", "dog", "horse"]


def predictions(n: int = 200, k: int = 4, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images whose every pixel is their own index, so that it is known which one was drawn."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    p = rng.random((n, k)) + 1.5 * np.eye(k)[labels] * (rng.random((n, 1)) < 0.7)
    images = np.broadcast_to(np.arange(n)[:, None, None] / n, (n, 6, 6))
    return images, labels, p / p.sum(axis=1, keepdims=True)


def drawn_index(image, n: int) -> int:
    return round(float(image.get_array()[0, 0]) * n)


def test_counts_shown_are_the_matrix(render) -> None:
    ax = viz.confusion_matrix(MATRIX, CLASSES)
    at = {text.get_position(): text.get_text() for text in ax.texts}
    for (row, column), count in np.ndenumerate(MATRIX):
        assert at[(column, row)] == str(count)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "actual")
    assert ax.get_title(loc="left") == "Right: 150 of 170 (88.2 %)"
    render(ax)


def test_largest_mistakes_are_named_in_order_and_framed(render) -> None:
    ax = viz.confusion_matrix(MATRIX, CLASSES, named=2)
    said = [text.get_text() for text in ax.texts[MATRIX.size :]]
    assert said == ["Largest mistakes", "horse taken for dog: 9", "dog taken for cat: 7"]
    assert [(p.get_x() + 0.47, p.get_y() + 0.47) for p in ax.patches] == [(1, 2), (0, 1)]
    render(ax)


def test_nothing_is_named_where_nothing_is_wrong() -> None:
    ax = viz.confusion_matrix(np.diag([3, 4]))
    assert len(ax.texts) == 4
    assert not ax.patches
    assert largest_mistakes(MATRIX, 99) == [(2, 1, 9), (1, 0, 7), (0, 1, 3), (1, 2, 1)]


def test_colours_grow_with_the_count_on_a_scale_for_mistakes_of_their_own() -> None:
    colours = cell_colours(MATRIX)
    strength = 1 - colours.min(axis=-1)
    mistakes = MATRIX[~np.eye(3, dtype=bool)]
    order = np.argsort(mistakes)
    assert (np.diff(strength[~np.eye(3, dtype=bool)][order]) >= 0).all()
    assert strength[2, 1] > 0.5
    np.testing.assert_array_equal(colours[0, 2], [1, 1, 1])


@pytest.mark.parametrize(
    ("matrix", "error", "words"),
    [
        (np.ones((2, 3)), ShapeError, r"\(2, 3\)"),
        (np.zeros((0, 0)), ShapeError, "needed"),
        (np.array([[0.5, 1], [1, 1]]), ArgumentError, "counts"),
        (np.array([[-1, 1], [1, 1]]), ArgumentError, "counts"),
    ],
)
def test_no_matrix(matrix, error, words) -> None:
    with pytest.raises(error, match=words):
        viz.confusion_matrix(matrix)


def test_grid_holds_the_most_confident_sample_of_every_cell(render) -> None:
    images, labels, p = predictions()
    ax = viz.confusion_grid(images, labels, p)
    predicted = p.argmax(axis=1)
    cells = sorted(set(zip(labels.tolist(), predicted.tolist(), strict=True)))
    assert len(ax.images) == len(cells) == len(ax.texts) == len(ax.patches)
    for image, frame, text, (row, column) in zip(ax.images, ax.patches, ax.texts, cells, strict=True):
        members = np.flatnonzero((labels == row) & (predicted == column))
        best = members[p[members, column].argmax()]
        assert drawn_index(image, len(images)) == best
        left, right, bottom, top = image.get_extent()
        assert left < column < right
        assert top < row < bottom
        assert text.get_text() == f"{100 * p[best, column]:.0f} %"
        assert to_hex(frame.get_edgecolor()) == (RIGHT if row == column else WRONG)
    render(ax)


def test_mistakes_are_the_surest_wrong_ones(render) -> None:
    images, labels, p = predictions()
    axes = viz.mistakes(images, labels, p, n=5)
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    expected = wrong[np.argsort(-p[wrong].max(axis=1))][:5]
    shown = [ax.child_axes[0].images[0] for ax in axes]
    assert [drawn_index(image, len(images)) for image in shown] == expected.tolist()
    for ax, index in zip(axes, expected, strict=True):
        assert ax.get_title(loc="left") == f"{labels[index]} taken for {p[index].argmax()}"
    assert f"of {len(wrong)} mistakes in 200" in axes[0].figure.get_suptitle()
    render(axes)


def test_a_mistake_shows_its_probabilities_and_the_right_class_even_if_unlikely() -> None:
    p = np.array([[0.5, 0.3, 0.15, 0.05]])
    (ax,) = viz.mistakes(np.zeros((1, 4, 4)), [3], p, ["a", "b", "c", "d"])
    bars = ax.child_axes[1]
    assert [bar.get_width() for bar in bars.patches] == [0.5, 0.3, 0.05]
    assert [text.get_text() for text in bars.texts] == ["a: 50.0 %", "b: 30.0 %", "d: 5.0 %"]
    assert [to_hex(bar.get_facecolor()) for bar in bars.patches] == [WRONG, WRONG, RIGHT]


def test_no_mistakes_is_said(render) -> None:
    axes = viz.mistakes(np.zeros((1, 4, 4)), [0], [[0.9, 0.1]])
    assert axes[0].texts[0].get_text() == "none"
    assert axes[0].figure.get_suptitle() == "No mistakes in 1"
    render(axes)


@pytest.mark.parametrize("draw", [viz.confusion_grid, viz.mistakes])
def test_samples_that_do_not_fit(draw) -> None:
    with pytest.raises(ShapeError, match=r"got 2 images, labels \(3,\) and probabilities \(3, 2\)"):
        draw(np.zeros((2, 4, 4)), [0, 0, 0], np.full((3, 2), 0.5))
    with pytest.raises(ArgumentError, match=r"labels run from 0 to 2 but there are 2 classes"):
        draw(np.zeros((2, 4, 4)), [0, 2], np.full((2, 2), 0.5))
    with pytest.raises(ShapeError, match="class names"):
        draw(np.zeros((2, 4, 4)), [0, 1], np.full((2, 2), 0.5), ["a"])


def test_mistakes_needs_room_for_one() -> None:
    with pytest.raises(ArgumentError, match="n=0"):
        viz.mistakes(np.zeros((1, 4, 4)), [0], [[0.9, 0.1]], n=0)
