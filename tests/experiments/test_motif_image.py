"""C against D: ends and corners are found wherever they stand, and only by weights that are shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinynn import data, random
from tinynn.experiments import _letter_nets, run_experiment
from tinynn.experiments._letter_nets import DETECTORS


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("runs")
    found = run_experiment("motif-image", out=folder, seed=1)
    for name in found["figures"]:
        assert (folder / "motif-image" / name).stat().st_size > 5000
    return found


def test_the_answers_of_sliding_templates_never_change(metrics: Any) -> None:
    for name in ("by hand", "learned templates"):
        row = metrics["nets"][name]
        assert row["unchanged"] == 1
        assert row["middle"] == row["mean"] == row["worst"] >= 0.98
        assert row["shifts"] == (2 * metrics["largest_shift"] + 1) ** 2
    assert metrics["nets"]["by hand"]["middle"] == 1
    assert metrics["largest_shift"] >= 6


def test_the_fully_connected_net_fails_when_the_letters_move(metrics: Any) -> None:
    row = metrics["nets"]["fully connected"]
    assert row["middle"] >= 0.98
    assert row["mean"] < 0.7
    assert row["unchanged"] < 0.1
    assert metrics["drop_of_the_fully_connected"] == pytest.approx(row["middle"] - row["mean"])


def test_a_c_has_two_ends_and_a_d_two_corners_at_every_shift(metrics: Any) -> None:
    fired = metrics["places_that_fire_least_and_most"]
    assert fired == {
        "C": dict(zip(DETECTORS, [[2, 2], [0, 0], [0, 0]], strict=True)),
        "D": dict(zip(DETECTORS, [[0, 0], [1, 1], [1, 1]], strict=True)),
    }


def test_its_figures(metrics: Any) -> None:
    assert metrics["figures"] == ["detectors.png", "by-hand.png", "learned-templates.png", "shifts.png"]
    assert metrics["synthetic"] is True
    assert metrics["test_accuracy"] == metrics["nets"]["learned templates"]["middle"]


@pytest.mark.parametrize("size", [14, 16, 20])
@pytest.mark.parametrize("stroke", [1.6, 2.4])
def test_the_templates_by_hand_fit_many_sizes_and_strokes(size: float, stroke: float) -> None:
    letters = np.stack([data.draw_letter(x, side=36, size=size, stroke=stroke) for x in data.LETTERS])[
        :, None
    ]
    net = _letter_nets.by_hand()
    assert np.asarray(net(letters.astype(np.float32) / 255)).argmax(1).tolist() == [0, 1]
    assert _letter_nets.sides(net, letters) == ["speaks for C", "speaks for D", "speaks for D"]


def test_rings_stand_at_the_ends_and_corners() -> None:
    letters = np.stack([data.draw_letter(x, side=36, shift=(3, -4)) for x in data.LETTERS])
    fired = _letter_nets.fires(_letter_nets.by_hand(), letters)
    middle, half = np.array([17.5 + 3, 17.5 - 4]), 8.0
    wide = 0.84 * half
    ends = middle + np.sqrt(0.5) * np.array([(-half, wide), (half, wide)])
    for at in np.argwhere(fired[0, 0] > 0):
        assert np.hypot(*(ends - at).T).min() < 3
    for detector, corner in ((1, (-half, -wide)), (2, (half, -wide))):
        for at in np.argwhere(fired[1, detector] > 0):
            assert np.hypot(*(middle + corner - at)) < 4.5


def test_the_sums_are_those_of_the_definition() -> None:
    """One detector, written out: every window that touches the picture, thresholded, added up."""
    random.manual_seed(5)
    net = _letter_nets.TemplateNet()
    x = np.random.default_rng(1).random((1, 1, 9, 9)).astype(np.float32)
    w, b = net.templates.weight.data[:, 0], net.templates.bias.data
    padded = np.pad(x[0, 0], 6)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (7, 7))
    sums = np.maximum(np.einsum("pqij,dij->dpq", windows, w) + b[:, None, None], 0).sum((1, 2))
    np.testing.assert_allclose(np.asarray(net(x))[0], net.verdict.weight.data @ sums, rtol=1e-4, atol=1e-5)


def test_reach_is_the_room_around_the_ink() -> None:
    image = np.zeros((2, 1, 10, 10), np.uint8)
    image[0, 0, 3, 4], image[1, 0, 7, 5] = 9, 1
    assert _letter_nets.reach(image) == 2
