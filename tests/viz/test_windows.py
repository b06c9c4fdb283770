"""Windows that move, and what each of them says."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tinynn import viz
from tinynn.errors import ShapeError

NUMBERS = np.random.default_rng(2)


@pytest.mark.parametrize(("stride", "padding", "flip"), [(1, (0, 0), False), (2, (1, 2), True)])
def test_a_frame_for_every_output(stride, padding, flip, tmp_path) -> None:
    x, w = NUMBERS.normal(size=9), np.array([1.0, 2.0, 3.0])
    used = w[::-1] if flip else w
    y = np.correlate(np.pad(x, padding), used, "valid")[::stride]
    count = viz.slide_over_sequence(x, w, y, tmp_path / "a.gif", stride=stride, padding=padding, flip=flip)
    assert count == len(y)
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == count
        first = np.asarray(gif.convert("RGB"))
        gif.seek(count - 1)
        assert np.abs(first.astype(int) - np.asarray(gif.convert("RGB"))).max() > 100
        assert first[0, -1].tolist() == [255, 255, 255]


def test_an_image_is_walked_row_by_row(tmp_path) -> None:
    x, w = NUMBERS.normal(size=(5, 6)), np.ones((2, 2))
    y = sum(np.pad(x, 1)[i : i + 6 : 2, j : j + 7 : 2] for i in (0, 1) for j in (0, 1))
    assert viz.slide_over_image(x, w, y, tmp_path / "b.gif", stride=2, padding=1, title="t") == y.size == 12
    with Image.open(tmp_path / "b.gif") as gif:
        assert gif.n_frames == 12


def test_window_gradients_show_terms_and_their_sum(render) -> None:
    terms = np.array([[0.0, 0.0], [1.0, -2.0], [0.5, 0.25]])
    axes = viz.window_gradients({"max": terms, "soft": 2 * terms})
    for ax, table in zip(axes, (terms, 2 * terms), strict=True):
        shown, total = (np.asarray(image.get_array()) for image in ax.images)
        np.testing.assert_array_equal(shown, table)
        np.testing.assert_array_equal(total[0], table.sum(0))
        assert [t.get_text() for t in ax.texts][:2] == ["0", "0"]
    render(axes)


def test_kernels_are_compared_without_mean_and_length(render) -> None:
    true = np.array([1.0, -2.0, 3.0, 0.0])
    ax = viz.kernels({"same": 5 * true + 7, "other": true[::-1]}, true)
    said = [text.get_text() for text in ax.get_legend().get_texts()]
    assert said[0] == "same, correlation 1.000"
    assert said[1] == f"other, correlation {np.corrcoef(true, true[::-1])[0, 1]:.3f}"
    render(ax)


def test_detection_marks_the_largest_score(render) -> None:
    top, bottom = viz.detection([0, 0, 1, 1, 0], [0.0, 0.5, 2.0, 0.5], 2, 2, threshold=1.0)
    assert bottom.texts[0].get_text() == "largest: at 2"
    assert len(top.patches) == 1
    render(np.array([top, bottom]))
    top, _ = viz.detection([0, 0, 1, 1, 0], [0.0, 0.5, 2.0, 0.5], -1, 2)
    assert len(top.patches) == 0


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("needed y (8,) with stride 1", lambda p: viz.slide_over_sequence(np.ones(10), np.ones(3), np.ones(7), p)),
        ("slide_over_image: y is", lambda p: viz.slide_over_image(np.ones((4, 4)), np.ones((3, 3)), np.ones((3, 3)), p)),
        ("slide_over_image: x is (4,)", lambda p: viz.slide_over_image(np.ones(4), np.ones((3, 3)), np.ones((3, 3)), p)),
        ("window_gradients: the terms are", lambda p: viz.window_gradients({"a": [[1.0]], "b": [[1.0, 2.0]]})),
        ("kernels: 'a' is (2,)", lambda p: viz.kernels({"a": [1.0, 2.0]}, [1.0, 2.0, 3.0])),
        ("kernels: 'true' is (1,)", lambda p: viz.kernels({}, [1.0])),
        ("detection: x is (3,) and the score (3,)", lambda p: viz.detection(np.ones(3), np.ones(3), 0, 2)),
    ],
)  # fmt: skip
def test_refusals(message, call, tmp_path) -> None:
    with pytest.raises(ShapeError) as caught:
        call(tmp_path / "never.gif")
    assert message in str(caught.value)
    assert not (tmp_path / "never.gif").exists()


def test_accuracy_over_shifts(render) -> None:
    table = np.linspace(0.5, 1, 9).reshape(3, 3)
    ax = viz.shift_accuracy(table, [-1, 0, 1])
    np.testing.assert_allclose(np.asarray(ax.images[0].get_array()), 100 * table)
    assert list(ax.images[0].get_extent()) == [-1.5, 1.5, 1.5, -1.5]  # row 0 is the shift up
    render(ax)
    with pytest.raises(ShapeError, match="shift_accuracy: the table is"):
        viz.shift_accuracy(table, [0, 1])


def test_rings_stand_where_a_detector_fires(render) -> None:
    fired = np.zeros((1, 2, 5, 6))
    fired[0, 0, 1, 4], fired[0, 0, 3, 2] = 2.0, 1.0
    axes = viz.responses(np.zeros((1, 5, 6)), fired, ["end", "corner"])
    rings, none = axes[0].collections
    np.testing.assert_array_equal(rings.get_offsets(), [[4, 1], [2, 3]])
    assert rings.get_sizes()[0] == 2 * rings.get_sizes()[1]
    assert len(none.get_offsets()) == 0
    assert [text.get_text() for text in axes[0].texts] == ["end", "corner"]
    render(axes)
    with pytest.raises(ShapeError, match="responses: the pictures are"):
        viz.responses(np.zeros((1, 5, 5)), fired, ["end", "corner"])
