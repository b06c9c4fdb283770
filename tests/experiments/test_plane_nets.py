"""Many nets at once are many nets; the pictures of a wide one are projections that keep their promise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tinynn import data, random
from tinynn import functional as F
from tinynn.autograd import no_grad
from tinynn.experiments._plane_nets import (
    GroupedLinear,
    PlaneNet,
    nearest_turn,
    seen_in_two,
    train_nets,
    what_the_scores_see,
)

rng = np.random.default_rng(5)
line = np.linspace(-1, 1, 9)
GRID = np.stack(np.meshgrid(line, line), axis=-1)


def some_net(width: int, activation: str, layers: int = 3) -> PlaneNet:
    """A net of 2-width-...-3 with random weights."""
    sizes = [2] + [width] * layers + [3]
    weights = [rng.normal(size=(o, i)) for i, o in pairwise(sizes)]
    return PlaneNet(activation, weights, [rng.normal(size=len(w)) for w in weights], 0.0)


def points() -> tuple[np.ndarray, np.ndarray]:
    spiral = data.spirals(20)
    return np.asarray(spiral.x), np.asarray(spiral.y)


def test_a_group_is_its_nets_one_by_one() -> None:
    layer = GroupedLinear(3, 2, 4, "relu")
    x = rng.normal(size=(3, 5, 2)).astype(np.float32)
    with no_grad():
        together = np.asarray(layer(x))
    for net in range(3):
        alone = F.linear(x[net], layer.weight.data[net], layer.bias.data[net], activation="relu")
        np.testing.assert_allclose(together[net], alone, rtol=1e-5, atol=1e-6)


def test_nets_do_not_learn_from_each_other() -> None:
    """One net's weights after training are the same whatever stands beside it."""
    x, y = points()
    results = []
    for others in (1.0, 5.0):
        random.manual_seed(3)
        layer = GroupedLinear(2, 2, 3, "identity")
        layer.weight.data[1] *= others
        scores = F.reshape(layer(np.repeat(x[None], 2, axis=0)), shape=(-1, 3))
        F.cross_entropy(scores, np.tile(y, 2), reduction="sum").backward()
        results.append((np.asarray(layer.weight.grad)[0], np.asarray(layer.weight.grad)[1]))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    assert np.abs(results[0][1] - results[1][1]).max() > 0.1


def test_training_learns_and_reports_what_the_best_net_does() -> None:
    x, y = points()
    random.manual_seed(0)
    net, accuracy = train_nets(x, y, [5, 5], "tanh", nets=3, steps=300)
    assert accuracy.shape == (3,)
    assert net.accuracy == accuracy.max() > 0.9
    p = net.probabilities(x)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert (p.argmax(axis=1) == y).mean() == pytest.approx(net.accuracy, abs=0.02)
    assert (net.width, len(net.weights)) == (5, 3)


def test_training_is_a_function_of_the_seed() -> None:
    x, y = points()
    runs = []
    for seed in (1, 1, 2):
        random.manual_seed(seed)
        runs.append(train_nets(x, y, [2], "relu", nets=2, steps=5)[0].weights[0])
    np.testing.assert_array_equal(runs[0], runs[1])
    assert np.abs(runs[0] - runs[2]).max() > 0.01


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("width", [2, 5])
def test_stages_are_the_forward_pass_step_by_step(activation: str, width: int) -> None:
    net, (x, _) = some_net(width, activation), points()
    stages = net.stages(GRID, x.astype(np.float64))
    name = {"relu": "ReLU", "tanh": "tanh"}[activation]
    assert [title for title, *_ in stages][:3] == ["input", "affine 1", f"{name} 1"]
    assert len(stages) == 1 + 2 * 3
    for layer in range(3):
        _, grid, before = stages[2 * layer]
        np.testing.assert_allclose(
            stages[2 * layer + 1][2], before @ net.weights[layer].T + net.biases[layer], atol=1e-12
        )
        act = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
        np.testing.assert_allclose(stages[2 * layer + 2][2], act(stages[2 * layer + 1][2]), atol=1e-12)
        assert grid.shape[:2] == (9, 9)
    np.testing.assert_allclose(stages[-1][2], net.hidden(x.astype(np.float64)), atol=1e-12)


def test_two_units_are_shown_as_they_are() -> None:
    stages = some_net(2, "relu").stages(GRID, points()[0].astype(np.float64))
    for shown, (_, grid, where) in zip(seen_in_two(stages), stages, strict=True):
        assert shown[1] is grid
        assert shown[2] is where


def test_wide_stages_are_projected_onto_their_largest_spread() -> None:
    stages = some_net(5, "tanh").stages(GRID, points()[0].astype(np.float64))
    flat = seen_in_two(stages)
    assert all(grid.shape == (9, 9, 2) for _, grid, _ in flat)
    for (_, grid, where), (_, _, seen) in zip(stages[1:], flat[1:], strict=True):
        largest = np.linalg.svd(where - where.mean(axis=0), compute_uv=False)[:2]
        np.testing.assert_allclose(np.linalg.svd(seen, compute_uv=False), largest, rtol=1e-9)
        assert grid.shape[-1] == 5


def test_a_view_is_turned_and_flipped_towards_the_one_before() -> None:
    before = rng.normal(size=(30, 2))
    turn = np.array([[0.6, 0.8], [0.8, -0.6]])  # a turn and a flip
    np.testing.assert_allclose(nearest_turn(before @ turn.T, before, slender=False), turn, atol=1e-12)
    quarter = np.array([[0.0, 1.0], [-1.0, 0.0]])
    nearly = quarter @ np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    np.testing.assert_array_equal(nearest_turn(before @ nearly.T, before, slender=True), quarter)


def test_stages_hardly_move_where_the_net_does_nothing() -> None:
    """A net whose layers are the identity on a plane in five dimensions: all views are alike."""
    lift = np.linalg.qr(rng.normal(size=(5, 2)))[0]
    same = np.eye(5)
    net = PlaneNet(
        "identity", [lift, same, same, rng.normal(size=(3, 5))], [np.zeros(5)] * 3 + [np.zeros(3)], 0
    )
    x = points()[0].astype(np.float64)
    flat = seen_in_two(net.stages(GRID, x))
    for _, _, where in flat[1:]:
        np.testing.assert_allclose(where, x - x.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("width", [2, 3, 10])
def test_the_last_picture_leaves_nothing_out(width: int) -> None:
    w, b, hidden = rng.normal(size=(3, width)), rng.normal(size=3), rng.normal(size=(40, width))
    w2, hidden2 = what_the_scores_see(w, hidden)
    assert w2.shape == (3, 2)
    exact, seen = (np.asarray(F.softmax(h @ v.T + b)) for v, h in ((w, hidden), (w2, hidden2)))
    np.testing.assert_allclose(seen, exact, atol=1e-12)
