"""The sliders of the fold, held against the nets: what the browser computes and what NumPy does."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn import data, report
from tinynn.errors import ShapeError
from tinynn.experiments._fold_history import for_the_page, history
from tinynn.experiments._plane_nets import PlaneNet, lattice, seen_in_two
from tinynn.experiments._search import LR
from tinynn.experiments._starts import builder, train_cell
from tinynn.report.fold import BETWEEN
from tinynn.report.plots import COLOURS
from tinynn.viz.style import CLASS_COLOURS

POINTS = data.spirals(20)
X, Y = np.asarray(POINTS.x, np.float64), np.asarray(POINTS.y)


def random_net(activation: str, width: int, seed: int) -> PlaneNet:
    random = np.random.default_rng(seed)
    sizes = [2, width, width, 3]
    weights = [random.normal(size=(b, a)) for a, b in pairwise(sizes)]
    biases = [random.normal(size=b) for b in sizes[1:]]
    net = PlaneNet(activation, weights, biases, 0.0)
    net.accuracy = float((net.probabilities(X).argmax(1) == Y).mean())
    return net


NETS = {"ReLU, width 2": [random_net("relu", 2, s) for s in (1, 5)],
        "tanh, width 3": [random_net("tanh", 3, s) for s in (2, 3, 4)]}  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    nets = [for_the_page(name, list(enumerate(each)), X) for name, each in NETS.items()]
    found = tmp_path_factory.mktemp("fold") / "report.html"
    report.write(found, report.About("fold", "One. Two.", "tinynn run"), [report.fold(nets, X, Y)], {})
    return found


def put(page: Any, name: str, value: int) -> dict[str, str]:
    """Move a slider as a hand does; what the block says of itself then."""
    page.locator(f"input[name={name}]").fill(str(value))
    return page.evaluate("({...document.querySelector('section.block').dataset})")


def lost_to(net: PlaneNet, stage: int) -> int:
    """Points that a ReLU layer up to this stage has put into one."""
    stages, gone = net.stages(lattice(steps=3), X), np.zeros(len(X), bool)
    for n in range(2, stage + 1, 2):
        gone |= (stages[n][2] == 0).all(1)
    return int(gone.sum()) if net.activation == "relu" else 0


def counted(net: PlaneNet, stage: int) -> dict[str, int]:
    """What the sentence of the page counts: points on lines, those that must be wrong, silent units."""
    if net.activation != "relu" or not stage:
        return {"line": 0, "wrong": 0, "silent": 0}
    stages = [points for _, _, points in net.stages(lattice(steps=3), X)]
    passed = np.array([(stages[n] > 0).sum(1) for n in range(2, stage + 1, 2)]).reshape(-1, len(X))
    left = passed.min(0, initial=2)
    places = stages[stage].round(9) + 0.0
    heaps = [np.bincount(Y[(left == 0) & (places == place).all(1)]) for place in np.unique(places, axis=0)]
    silent = (stages[2 * ((stage + 1) // 2) - 1] <= 0).all(0)
    wrong = sum(int(heap.sum() - heap.max(initial=0)) for heap in heaps)
    return {"line": int((left == 1).sum()), "wrong": wrong, "silent": int(silent.sum())}


@pytest.mark.parametrize("number", [0, 1])
def test_the_browser_folds_as_the_net_does(path: Path, visit: Any, number: int) -> None:
    page = visit(path)
    page.select_option("select[name=net]", str(number))
    some_lost = 0
    for moment, net in enumerate(list(NETS.values())[number]):
        assert int(put(page, "moment", moment)["right"]) == round(net.accuracy * len(X))
        seen = seen_in_two(net.stages(lattice(steps=3), X))
        for stage in range(5):
            told = put(page, "stage", stage * BETWEEN)
            np.testing.assert_allclose([float(told["x0"]), float(told["y0"])], seen[stage][2][0], atol=1e-6)
            assert int(told["lost"]) == lost_to(net, stage)
            expected = counted(net, stage)
            assert {name: int(told[name]) for name in expected} == expected
            assert expected["wrong"] <= len(X) - round(net.accuracy * len(X))
            said = page.inner_text(".told")
            if net.activation == "relu" and stage and stage % 2 == 0:
                assert f"{expected['line']} of {len(X)} points are pressed onto lines" in said
                assert (f"{expected['wrong']} must be wrong" in said) == (expected["wrong"] > 0)
            some_lost += lost_to(net, stage)
    assert (some_lost > 0) == (number == 0)


def test_what_the_sentence_says_of_a_silent_unit(tmp_path: Path, visit: Any) -> None:
    """By hand: unit 1 is negative everywhere, unit 2 keeps the height of the points above 0."""
    net = PlaneNet("relu", [np.eye(2), np.ones((3, 2))], [np.array([-5.0, 0.0]), np.zeros(3)], 0.0)
    x, y = np.array([[0.5, 1.0], [0.2, -1.0], [-0.5, -0.4], [0.3, 0.7]]), np.array([0, 0, 1, 2])
    block = report.fold([for_the_page("by hand", [(0, net)], x)], x, y)
    report.write(tmp_path / "page.html", report.About("t", "s", "c"), [block], {})
    page = visit(tmp_path / "page.html", width=390)
    page.get_by_role("button", name="map 1").click()
    assert "unit 1 for all 4 points and unit 2 for 2 of 4 points" in page.inner_text(".told")
    page.get_by_role("button", name="bend 1").click()
    assert page.get_by_role("button", name="bend 1").get_attribute("aria-pressed") == "true"
    said = page.inner_text(".told")
    assert "Unit 1 is 0 for all points: they lie on one line now, and no gradient" in said
    assert "2 of 4 points are pressed onto lines and 2 into one single point (1 blue and 1 yellow)" in said
    assert "1 must be wrong" in said


@pytest.mark.slow
def test_between_two_stages_the_plane_moves_all_the_way(path: Path, visit: Any) -> None:
    page = visit(path, width=390, dark=True)
    net = NETS["ReLU, width 2"][1]
    ends = [stage[2][0] for stage in net.stages(lattice(steps=3), X)[:2]]
    way = []
    for position in range(0, BETWEEN + 1, 8):
        told = put(page, "stage", position)
        way.append([float(told["x0"]), float(told["y0"])])
    np.testing.assert_allclose([way[0], way[-1]], ends, atol=1e-6)
    assert (np.abs(np.diff(way, axis=0)).sum(1) > 0).all()
    assert "Layer 1: affine map" in page.inner_text(".where")
    page.focus("input[name=stage]")
    page.keyboard.press("ArrowRight")
    assert page.input_value("input[name=stage]") == str(BETWEEN + 1)


def test_the_net_trained_alone_is_the_one_of_the_ensemble() -> None:
    build, steps = builder(2, 4, "relu", "biases +1"), 40
    cell = train_cell(POINTS, build, "relu", range(5, 9), steps, LR, lambda s: LR * (1 - s / steps))
    moments = history(POINTS, build, "relu", 7, steps, LR)
    assert [moments[0][0], moments[-1][0]] == [0, steps]
    for moment, nets in ((moments[0][1], cell.before), (moments[-1][1], cell.after)):
        for ours, theirs in zip(moment.weights + moment.biases, nets.weights + nets.biases, strict=True):
            np.testing.assert_array_equal(ours, theirs[2])
    assert moments[-1][1].accuracy == pytest.approx(cell.accuracy[2])
    assert (moments[-1][1].weights[0] != moments[0][1].weights[0]).all()


def test_the_colours_are_those_of_the_figures() -> None:
    assert COLOURS == CLASS_COLOURS


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="fold: points"):
        report.fold([], np.zeros((3, 3)), [0, 1, 2])
