"""Curves hold the numbers they were given, named at their ends."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ArgumentError, ShapeError

HISTORY = {
    "loss": [2.0, 1.0, 0.5],
    "validation_loss": [1.8, 1.1, 0.7],
    "accuracy": [0.3, 0.6, 0.8],
    "validation_accuracy": [0.4, 0.65, 0.75],
    "lr": [0.1, 0.1, 0.01],
}


def test_losses_and_accuracies(render) -> None:
    losses, accuracies = viz.loss_curves(HISTORY)
    assert [line.get_ydata().tolist() for line in losses.lines] == [
        HISTORY["loss"],
        HISTORY["validation_loss"],
    ]
    np.testing.assert_allclose(accuracies.lines[1].get_ydata(), [40, 65, 75])
    assert losses.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert {text.get_text() for text in losses.texts} == {"training", "validation"}
    assert losses.get_title(loc="left") == "Loss: 0.7 at the end (validation)"
    assert accuracies.get_title(loc="left") == "Accuracy: 75.0 % at the end (validation)"
    render(losses)


def test_one_kind_is_one_picture() -> None:
    (ax,) = viz.loss_curves({"loss": [1.0], "validation_loss": []})
    assert len(ax.lines) == 1
    assert ax.get_title(loc="left") == "Loss: 1 at the end (training)"


@pytest.mark.parametrize("epochs", [1, 2, 3, 30])
def test_epochs_are_whole_numbers(epochs: int) -> None:
    (ax,) = viz.loss_curves({"loss": [0.5] * epochs})
    ticks = ax.get_xticks()
    assert len(ticks) >= 1
    np.testing.assert_array_equal(ticks, np.round(ticks))


def test_names_at_line_ends_do_not_overlap() -> None:
    (ax,) = viz.loss_curves({"loss": [3.0, 0.5], "validation_loss": [3.0, 0.5001]})
    heights = sorted(text.xy[1] for text in ax.texts)
    low, high = ax.get_ylim()
    assert heights[1] - heights[0] >= 0.06 * (high - low)


def test_no_history() -> None:
    with pytest.raises(ArgumentError, match=r"got keys \['lr'\]"):
        viz.loss_curves({"lr": [0.1]})
    with pytest.raises(ShapeError, match=r"history\['loss'\] is \(1, 2\)"):
        viz.loss_curves({"loss": [[1.0, 2.0]]})


def test_dead_share_counts_units_silent_for_every_sample() -> None:
    y = np.array([[0.0, 0.0, 3.0, 0.0], [0.0, 1.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    assert viz.dead_share(y) == 0.5
    maps = np.zeros((2, 4, 3, 3))
    maps[1, 0, 2, 2] = 1.0
    assert viz.dead_share(maps) == 0.75
    with pytest.raises(ShapeError, match="a whole batch"):
        viz.dead_share(np.zeros(3))


def test_dead_units_are_drawn_in_per_cent(render) -> None:
    share = np.array([[0.0, 0.125, 0.25], [0.0, 0.25, 0.5]])
    ax = viz.dead_units(share, [0, 100, 200])
    for line, values in zip(ax.lines, share, strict=True):
        assert line.get_xdata().tolist() == [0, 100, 200]
        np.testing.assert_array_equal(line.get_ydata(), 100 * values)
    assert ax.get_title(loc="left") == "Dead at the end: 50 % of layer 2"
    assert {text.get_text() for text in ax.texts} == {"layer 1", "layer 2"}
    render(ax)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([0.1, 0.2],), ShapeError, "layers, steps"),
        (([[0.1, 1.2]],), ArgumentError, "0..1"),
        (([[0.1, float("nan")]],), ArgumentError, "0..1"),
        (([[0.1, 0.2]], [0, 1, 2]), ShapeError, "steps is"),
    ],
)
def test_no_shares(arguments, error, words) -> None:
    with pytest.raises(error, match=words):
        viz.dead_units(*arguments)


def test_dead_units_names() -> None:
    with pytest.raises(ShapeError, match="got 1 names; needed 2"):
        viz.dead_units([[0.1], [0.2]], names=["a"])


def test_accuracy_against_depth(render) -> None:
    accuracy = {
        "MNIST": np.array([[0.92, 0.93, 0.91], [0.97, 0.98, 0.99]]),
        "CIFAR-10": np.array([[0.4], [0.5]]),
    }
    cost = {"MNIST": [1.0, 2.0], "CIFAR-10": [3.0, 5.0]}
    axes = viz.accuracy_vs_depth([1, 3], accuracy, cost)
    assert len(axes) == 3
    dots = axes[0].collections[0].get_offsets()
    np.testing.assert_allclose(dots[:, 1], [92, 93, 91, 97, 98, 99])
    assert (np.abs(dots[:, 0] - [1, 1, 1, 3, 3, 3]) < 0.2).all()
    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), [92, 98])
    assert axes[0].get_title(loc="left") == "MNIST: best median 98.0 % with 3 layers"
    assert axes[1].get_title(loc="left") == "CIFAR-10: best median 50.0 % with 3 layers"
    assert [line.get_ydata().tolist() for line in axes[2].lines] == [[1.0, 2.0], [3.0, 5.0]]
    assert axes[2].get_ylim()[0] == 0
    render(axes)


def test_depth_table_of_a_wrong_shape() -> None:
    with pytest.raises(ShapeError, match=r"accuracy is \(3, 2\); needed \(2, seeds\)"):
        viz.accuracy_vs_depth([1, 2], np.ones((3, 2)), [1.0, 2.0])
