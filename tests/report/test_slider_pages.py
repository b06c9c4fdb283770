"""Sliders over what an experiment is about: what they show is what was computed."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn import report
from tinynn.errors import ShapeError
from tinynn.experiments import _toy_page
from tinynn.experiments._activation_formulas import curves
from tinynn.experiments._bumps import approximate
from tinynn.experiments._curve_pages import approximation_page, death_page, slopes_page, variance_page
from tinynn.experiments._functions import NAMED
from tinynn.experiments._starts import Cell, Nets
from tinynn.experiments._toy_nets import Recipe, train
from tinynn.experiments._toy_page import toy_page
from tinynn.experiments._width_page import shapes
from tinynn.experiments._window_page import window_page
from tinynn.report.plots import plot
from tinynn.report.states import Control, Moving

IMAGE = "Array.from(Bokeh.documents[0].get_model_by_name('regions').data_source.data.image[0])"


def shown(page: Any, section: int, part: str) -> dict[str, Any]:
    """The data of a glyph, as Bokeh has them now."""
    return page.evaluate(
        """([section, part]) => {
          const root = Bokeh.documents.map((d) => d.get_model_by_name(part)).filter((m) => m)[section];
          const columns = Object.entries(root.data_source.data);
          return Object.fromEntries(columns.map(([k, v]) => [k, Array.from(v)]));
        }""",
        [section, part],
    )


def put(page: Any, section: int, name: str, value: int) -> str:
    page.locator("section.block").nth(section).locator(f"input[name={name}]").fill(str(value))
    return str(page.locator("section.block .told").nth(section).inner_text())


def page_of(tmp_path: Path, visit: Any, *blocks: report.Block, width: int = 390) -> Any:
    path = tmp_path / "report.html"
    report.write(path, report.About("sliders", "One. Two.", "x"), blocks, {})
    return visit(path, width=width)


def test_capacity_and_regularization(tmp_path: Path, visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_toy_page, "CELLS", 20)
    found = [(f"{n} hidden neurons", train(Recipe(n), 0, draws=2, seeds=3, steps=120)) for n in (1, 6)]
    block = toy_page(found, 0, title="T", words="W", label="Width", start=0)
    page = page_of(tmp_path, visit, block)
    pictures = set()
    for i, (name, nets) in enumerate(found):
        for seed in range(3):
            put(page, 0, "kind", i)
            told = put(page, 0, "seed", seed)
            assert told.startswith(name)
            assert f"{100 * nets.train[0, seed]:.0f} % of its points right" in told
            mark = shown(page, 0, "mark")["y"]
            assert mark == pytest.approx([100 * np.median(nets.train), 100 * np.median(nets.test)])
            image = page.evaluate(IMAGE)
            orange = np.array(image, np.uint32) & 255 == 255
            np.testing.assert_array_equal(orange, _toy_page.regions(nets, seed).ravel() > 127.5)
            pictures.add(tuple(image))
    assert len(pictures) == 6


@pytest.mark.slow
def test_approximation(tmp_path: Path, visit: Any) -> None:
    bumps, target = (2, 4), NAMED["waves"]
    found = approximate(target, bumps, seed=0, seeds=2, steps=50)
    page = page_of(tmp_path, visit, approximation_page(found["u"], found, bumps, found["errors"]))
    for w, way in enumerate(found["errors"]):
        page.select_option("select[name=way]", str(w))
        for i in range(2):
            best = int(found["errors"][way][:, i].argmin())
            told = put(page, 0, "bumps", i)
            assert f"{100 * found['errors'][way][best, i]:.2f} %" in told
            np.testing.assert_allclose(shown(page, 0, "net")["y"], found[way][i][best], rtol=1e-6)


@pytest.mark.slow
def test_loss_variance_and_dead_units(tmp_path: Path, visit: Any) -> None:
    random = np.random.default_rng(0)
    losses = {4: random.normal(1.0, 0.2, 64), 16: random.normal(0.8, 0.05, 64)}
    rates, steps = (0.1, 1.0, 3.0), np.arange(5)
    found = {
        name: [
            {
                "silent": np.sort(random.uniform(size=(3, 5)), 1),
                "woke": random.uniform(size=3),
                "gone": np.zeros((3, 5), bool),
            }
            for _ in rates
        ]
        for name in ("ReLU", "leaky ReLU")
    }
    spread = [float(values.std()) for values in losses.values()]
    page = page_of(
        tmp_path, visit, variance_page(losses, spread), death_page(found, rates, steps), width=1920
    )
    for i, (size, values) in enumerate(losses.items()):
        told = put(page, 0, "size", i)
        assert told.startswith(f"{size} hidden units")
        assert f"{values.std():.4f}" in told
        assert abs(sum(shown(page, 0, "nets")["top"]) - 64) <= 1  # the largest may lie outside
        assert shown(page, 0, "mark")["y"] == pytest.approx([values.std()])
    for i, rate in enumerate(rates):
        assert f"Rate {rate:g}" in put(page, 1, "rate", i)
        for n, each in enumerate(found.values()):
            wanted = 100 * np.median(each[i]["silent"], 0)
            np.testing.assert_allclose(shown(page, 0, f"line{n}")["y"], wanted)


def test_of_nets_that_diverged_no_units_are_told() -> None:
    silent = np.array([[0.1, 0.2, 0.3], [0.1, 0.4, 0.5], [0.1, 0.6, 0.9]])
    gone = np.array([[[0, 0, 0]] * 3, [[0, 0, 1], [0, 0, 0], [0, 0, 0]], [[0, 1, 1], [0, 0, 1], [0, 0, 1]]])
    found = {"ReLU": [{"silent": silent, "woke": np.array([0.0, 0.2, 0.4]), "gone": g > 0} for g in gone]}
    block = death_page(found, (1.0, 3.0, 10.0), np.arange(3))
    assert [text.split("ReLU ")[1] for text in block.data["told"]["sentences"]] == [
        "50 % silent, 20 % woke up again.",
        "70 % silent, 30 % woke up again (1 of 3 nets diverged).",
        "diverged (3 of 3 nets).",
    ]
    lines = [frame["y"] for frame in block.data["moving"][0]["frames"]]
    np.testing.assert_allclose(lines, [[10, 40, 50], [10, 40, 70], [10, 50, np.nan]])


@pytest.mark.parametrize(("slope", "told"), [
    (-0.6, "by -0.600, in ten such layers by 0.006047."),
    (1.02, "by 1.020, in ten such layers by 1.218994."),
    (0.105, "by 0.105, in ten such layers by less than 0.000001."),
    (-0.0, "by 0.000, in ten such layers by 0.000000."),
])  # fmt: skip
def test_what_a_slope_does_to_a_gradient_is_a_factor(slope: float, told: str) -> None:
    x = np.linspace(-4, 4, 401)
    sentences = slopes_page({"bent": (slope * x, np.full(401, slope))}, x).data["told"]["sentences"]
    assert sentences[60].endswith(f"A gradient that comes back is multiplied {told}")


@pytest.mark.slow
def test_the_slope_at_the_slider_is_autograds(tmp_path: Path, visit: Any) -> None:
    x = np.linspace(-4, 4, 401)
    told = curves(x)
    page = page_of(tmp_path, visit, slopes_page(told, x))
    for n, (name, (y, d)) in enumerate(told.items()):
        page.select_option("select[name=name]", str(n))
        for at in (0, 37, 80):
            i = int(np.linspace(0, 400, 81).round()[at])
            text = put(page, 0, "at", at)
            assert f"{name} at {x[i]:+.2f}: y = {y[i]:+.3f}, slope {d[i]:+.3f}" in text
            tangent = shown(page, 0, "tangent")
            assert np.diff(tangent["y"])[0] / np.diff(tangent["x"])[0] == pytest.approx(d[i], abs=1e-9)


def test_the_window_of_a_convolution(tmp_path: Path, visit: Any) -> None:
    random = np.random.default_rng(4)
    x, w = random.normal(size=12), np.array([1.0, -2.0, 0.5])
    outputs = {"cross-correlation": np.correlate(x, w, "valid"), "convolution": np.convolve(x, w, "valid")}
    page = page_of(tmp_path, visit, window_page(x, w, outputs))
    for way, kernel in enumerate((w, w[::-1])):
        page.select_option("select[name=way]", str(way))
        for place in (0, 4, 9):
            told = put(page, 0, "place", place)
            bars, dots = shown(page, 0, "kernel"), shown(page, 0, "window")
            assert bars["x"] == dots["x"] == [place, place + 1, place + 2]
            assert bars["y"] == pytest.approx(list(kernel))
            value = float(np.dot(bars["y"], dots["y"]))
            assert shown(page, 0, "value")["y"] == pytest.approx([value], abs=1e-6)
            assert told.endswith(f"= {value:+.3f}")
            assert len(shown(page, 0, "output")["y"]) == place + 1


def test_a_frame_per_position() -> None:
    control = Control("a", "A", ["1", "2"])
    drawn = plot()
    with pytest.raises(ShapeError, match="1 frames; needed one per position"):
        report.states(
            "T", "W", [control], {"p": (drawn, "")}, [Moving("p", "x", ("a",), [{}])], (("a",), ["", ""])
        )


def test_every_shape_of_net(tmp_path: Path, visit: Any) -> None:
    random = np.random.default_rng(0)
    nothing = Nets([], [], "relu")
    cells = {
        key: Cell(nothing, nothing, random.choice([1 / 3, 0.6, 0.98, 298 / 300], 8))
        for key in product(("relu", "tanh"), ("wide", "default"), (2, 4, 6), (2, 10))
    }
    page = page_of(tmp_path, visit, shapes(cells, 8, 3000))
    for (activation, start, depth, width), cell in cells.items():
        page.select_option("select[name=activation]", label={"relu": "ReLU", "tanh": "tanh"}[activation])
        page.select_option("select[name=start]", label=f"{start} start")
        put(page, 0, "layers", (2, 4, 6).index(depth))
        told = put(page, 0, "width", (2, 10).index(width))
        good = int((cell.accuracy > 0.99).sum())
        assert f"{good} of 8 nets get 99 % right" in told
        assert f"{(cell.accuracy < 0.4).sum()} give all points one answer" in told
        bars = shown(page, 0, "bars")
        assert (sum(bars["top"]), bars["top"][-1], bars["top"][1]) == (8, good, (cell.accuracy < 0.4).sum())
        (column,), (row,) = (shown(page, 0, "here")[axis] for axis in "xy")
        assert (column, row) == (str(depth), str(width))
        table = shown(page, 0, "cells")
        places = list(zip(table["x"], table["y"], strict=True))
        assert table["share"][places.index((column, row))] == pytest.approx(good / 8)
