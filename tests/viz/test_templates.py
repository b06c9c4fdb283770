"""Weight pictures show the weights they were given, zero in the middle of the scale."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.pictures import strongest, to_pictures
from tinynn.viz.style import NEGATIVE, POSITIVE

rng = np.random.default_rng(7)


def test_grey_templates_are_the_weights_on_one_zero_centred_scale(render) -> None:
    w = rng.normal(size=(10, 784))
    axes = viz.weight_templates(w, (1, 28, 28), [f"class {index}" for index in range(10)])
    assert len(axes) == len(axes[0].figure.axes) == 10
    for index, ax in enumerate(axes):
        (image,) = ax.images
        np.testing.assert_array_equal(image.get_array(), w[index].reshape(28, 28))
        assert image.get_clim() == (-strongest(w), strongest(w))
        assert ax.get_title() == f"class {index}"
    render(axes)


def test_each_template_may_fill_its_own_range() -> None:
    w = np.stack([np.linspace(-1, 1, 16), np.linspace(-100, 100, 16)])
    own = viz.weight_templates(w, (1, 4, 4), shared_scale=False)
    assert [ax.images[0].get_clim()[1] for ax in own] == pytest.approx([1, 100], rel=0.01)
    shared = viz.weight_templates(w, (1, 4, 4))
    assert shared[0].images[0].get_clim() == shared[1].images[0].get_clim()


def test_colour_templates_have_grey_for_zero_and_blue_for_blue(render) -> None:
    w = np.zeros((2, 3, 4, 4))
    w[1, 2] = 5.0
    grey, blue = (ax.images[0].get_array() for ax in viz.weight_templates(w.reshape(2, -1), (3, 4, 4)))
    np.testing.assert_array_equal(grey, np.full((4, 4, 3), 0.5))
    np.testing.assert_array_equal(blue, np.broadcast_to([0.5, 0.5, 1.0], (4, 4, 3)))
    render(viz.weight_templates(w.reshape(2, -1), (3, 4, 4)))


def test_one_odd_pixel_does_not_hide_the_others() -> None:
    w = np.full(1000, 0.5)
    w[0] = 1e6
    assert strongest(w) == 0.5
    assert strongest(np.zeros(4)) == 1.0
    assert strongest(np.array([0.0] * 999 + [3.0])) == 3.0


def test_bars_stand_under_their_picture_and_carry_the_second_layer(render) -> None:
    w1, w2 = rng.normal(size=(4, 16)), rng.normal(size=(3, 4))
    ax = viz.layer_over_bars(w1, w2, (1, 4, 4), ["a", "b", "c"])
    assert [image.get_extent()[:2] for image in ax.images] == [[u - 0.46, u + 0.46] for u in range(4)]
    np.testing.assert_array_equal(ax.images[2].get_array(), w1[2].reshape(4, 4))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b", "c"]
    for row, weights in zip(ax.containers, w2, strict=True):
        heights = np.array([bar.get_height() for bar in row])
        np.testing.assert_allclose(heights / heights[0], weights / weights[0])
        assert [bar.get_x() + bar.get_width() / 2 for bar in row] == pytest.approx(range(4))
        from matplotlib.colors import to_hex

        assert [to_hex(bar.get_facecolor()) for bar in row] == [
            POSITIVE if v >= 0 else NEGATIVE for v in weights
        ]
    render(ax)


def test_bars_of_neighbouring_classes_never_touch() -> None:
    ax = viz.layer_over_bars(np.ones((2, 4)), [[-3.0, 3.0], [3.0, -3.0]], (1, 2, 2))
    first, second = ([bar.get_bbox() for bar in row] for row in ax.containers)
    assert min(box.y0 for box in first) > max(box.y1 for box in second)


def test_wrong_shapes() -> None:
    with pytest.raises(ShapeError, match=r"weight_templates: w is \(10, 785\); needed \(units, 784\)"):
        viz.weight_templates(np.ones((10, 785)))
    with pytest.raises(ShapeError, match="1 or 3 channels"):
        viz.weight_templates(np.ones((10, 32)), (2, 4, 4))
    with pytest.raises(ShapeError, match=r"w2 is \(4, 3\) but w1 has 4 units"):
        viz.layer_over_bars(np.ones((4, 4)), np.ones((4, 3)), (1, 2, 2))
    with pytest.raises(ArgumentError, match="21 hidden units"):
        viz.layer_over_bars(np.ones((21, 4)), np.ones((2, 21)), (1, 2, 2))
    with pytest.raises(ArgumentError, match="NaN"):
        viz.weight_templates(np.full((1, 4), np.nan), (1, 2, 2))


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (np.full((2, 1, 3, 4), 255, np.uint8), np.ones((2, 3, 4))),
        (np.full((2, 3, 4), 0.25), np.full((2, 3, 4), 0.25)),
        (np.array([[[-1.0, 3.0]]]), np.array([[[0.0, 1.0]]])),
        (np.zeros((2, 3, 4, 5), np.uint8), np.zeros((2, 4, 5, 3))),
        (np.zeros((0, 4, 5)), np.zeros((0, 4, 5))),
    ],
)
def test_pictures(images: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(to_pictures("f", images), expected)


def test_pictures_of_a_wrong_shape() -> None:
    with pytest.raises(ShapeError, match=r"f: images are \(2, 784\)"):
        to_pictures("f", np.zeros((2, 784)))
