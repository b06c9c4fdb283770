"""The strip draws the stages it was given; the animation passes through them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from tinynn import viz
from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.folding import grid_lines
from tinynn.viz.motion import affine_mover, frames, straight_mover
from tinynn.viz.style import class_colour

line = np.linspace(-1, 1, 11)
GRID = np.stack(np.meshgrid(line, line), axis=-1)
POINTS = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5]])
LABELS = np.array([0, 1, 2])
QUARTER_TURN, SHIFT = np.array([[0.0, -2.0], [2.0, 0.0]]), np.array([1.0, -1.0])


def stages() -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Input, a quarter turn with a stretch and a shift, ReLU."""
    turned = [a @ QUARTER_TURN.T + SHIFT for a in (GRID, POINTS)]
    return [("input", GRID, POINTS), ("affine", *turned), ("ReLU", *(np.maximum(a, 0) for a in turned))]


def test_strip_shows_every_stage(render) -> None:
    axes = viz.folding_strip(stages(), LABELS, lines=6)
    assert [ax.get_title(loc="left") for ax in axes] == ["input", "affine", "ReLU"]
    for ax, (_, grid, points) in zip(axes, stages(), strict=True):
        rows, columns, dots = ax.collections
        np.testing.assert_array_equal(np.stack(rows.get_segments()), grid[::2])
        np.testing.assert_array_equal(np.stack(columns.get_segments()), grid[:, ::2].swapaxes(0, 1))
        np.testing.assert_array_equal(dots.get_offsets(), points)
        np.testing.assert_allclose(dots.get_facecolor()[:, :3], [to_rgb(class_colour(i)) for i in LABELS])
    render(axes)


def test_a_projection_has_no_zero_lines() -> None:
    drawn = [len(viz.folding_strip(stages()[:1], LABELS, zero_lines=z)[0].lines) for z in (True, False)]
    assert drawn == [2, 0]


def test_the_origin_and_every_point_are_in_view() -> None:
    far = [("far", GRID + 7, POINTS + 7)]
    (ax,) = viz.folding_strip(far, LABELS)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < 0 < right
    assert bottom < 0 < top
    assert right > 7.5
    assert top > 7.5


def test_collapsed_stages_can_be_drawn(render) -> None:
    axes = viz.folding_strip([("all in one point", GRID * 0, POINTS * 0)], LABELS)
    render(axes)


def test_lines_are_picked_evenly_from_a_finer_grid() -> None:
    along, up = grid_lines(GRID, 3)
    assert len(along) == len(up) == 3
    assert [row[0, 1] for row in along] == pytest.approx([-1, 0, 1])
    assert len(along[0]) == 11


def test_animation_is_a_gif_that_lasts_as_long_as_it_says(tmp_path) -> None:
    path = tmp_path / "fold.gif"
    count = viz.fold_animation(stages(), LABELS, path, frames_per_stage=4, hold=0.3, fps=10, size=2)
    assert count == 3 + 2 * (4 - 1)
    with Image.open(path) as gif:
        assert (gif.format, gif.n_frames, gif.size) == ("GIF", count, (200, 240))
        lasts = []
        for index in range(gif.n_frames):
            gif.seek(index)
            lasts.append(gif.info["duration"])
    assert lasts == [400, 100, 100, 100] * 2 + [400]


def test_animation_frames_show_the_classes_in_their_colours(tmp_path) -> None:
    viz.fold_animation(stages(), LABELS, tmp_path / "a.gif", frames_per_stage=2, size=3)
    with Image.open(tmp_path / "a.gif") as gif:
        for index in range(3):  # in the last two, class 0 lies under class 1
            gif.seek(index)
            pixels = np.asarray(gif.convert("RGB")) / 255
            for label in LABELS:
                distance = np.abs(pixels - to_rgb(class_colour(label))).sum(axis=-1)
                assert distance.min() < 0.1, f"class {label} is not to be seen in frame {index}"


def test_frames_pass_through_every_stage_and_never_jump() -> None:
    moves = list(frames(stages(), between=40))
    assert [name for _, name, *_ in moves] == ["input"] + ["affine"] * 40 + ["ReLU"] * 40
    np.testing.assert_array_equal(moves[0][2], GRID)
    np.testing.assert_array_equal(moves[40][2], stages()[1][1])
    np.testing.assert_array_equal(moves[-1][2], stages()[2][1])
    steps = [np.abs(b[2] - a[2]).max() for a, b in pairwise(moves)]
    assert max(steps) < 0.3
    assert sum(steps) > 2


def test_no_point_leaves_the_picture_on_its_way() -> None:
    for _, _, _, points, (left, right, bottom, top) in frames(stages(), between=10):
        assert (points > [left, bottom]).all()
        assert (points < [right, top]).all()


def test_an_affine_step_turns_as_one() -> None:
    before, after = stages()[:2]
    mover = affine_mover(before, after)
    assert mover is not None
    for t, expected in ((0.0, before), (1.0, after)):
        np.testing.assert_allclose(mover(t)[0], expected[1], atol=1e-12)
        np.testing.assert_allclose(mover(t)[1], expected[2], atol=1e-12)
    half = mover(0.5)[1] - 0.5 * SHIFT
    eighth = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    np.testing.assert_allclose(half, 1.5 * POINTS @ eighth.T, atol=1e-12)


def test_no_turn_where_there_is_none() -> None:
    affine, relu = stages()[1:]
    assert affine_mover(affine, relu) is None
    mirrored = ("mirror", GRID * [1, -1], POINTS * [1, -1])
    assert affine_mover(stages()[0], mirrored) is None
    flat = ("line", GRID * [1, 0], POINTS * [1, 0])
    assert affine_mover(flat, affine) is None
    np.testing.assert_array_equal(straight_mover(affine, relu)(0.5)[0], (affine[1] + relu[1]) / 2)


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        ([], ArgumentError, "no stages"),
        ([("a", GRID, POINTS[:2])], ShapeError, r"stage 'a': points are \(2, 2\)"),
        ([("a", GRID[..., :1], POINTS)], ShapeError, "projection"),
        ([("a", GRID, POINTS), ("b", GRID[:5], POINTS)], ShapeError, r"stage 'b' is \(5, 11, 2\)"),
        ([("a", GRID, POINTS * np.inf)], ArgumentError, "infinity"),
    ],
)
def test_no_stages(bad, error, words) -> None:
    with pytest.raises(error, match=words), np.errstate(invalid="ignore"):
        viz.folding_strip(bad, LABELS)


def test_an_animation_needs_two_stages(tmp_path) -> None:
    with pytest.raises(ArgumentError, match="fps=100"):
        viz.fold_animation(stages(), LABELS, tmp_path / "a.gif", fps=100)
    with pytest.raises(ArgumentError, match="got 1 stages"):
        viz.fold_animation(stages()[:1], LABELS, tmp_path / "a.gif")
    assert not (tmp_path / "a.gif").exists()
