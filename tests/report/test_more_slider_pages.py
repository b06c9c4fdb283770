"""The sliders of the pages on single neurons, small nets and shared weights: what they show was computed."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynn
from tinynn import data, nn, random
from tinynn.experiments import _letter_nets, _small_nets
from tinynn.experiments._depth_page import depth_page
from tinynn.experiments._descent_page import descent_page
from tinynn.experiments._gallery import in_order
from tinynn.experiments._hyper_page import PLACES, per_input_page, per_task_page, weights
from tinynn.experiments._lone_neurons import log_loss
from tinynn.experiments._margin_page import margin_page
from tinynn.experiments._motif_page import motif_page
from tinynn.experiments._motifs import POOLS, window_parts
from tinynn.experiments._rule_page import ETAS, rule_page
from tinynn.experiments._shift_page import shift_page
from tinynn.experiments._size_page import WIDTHS, size_page
from tinynn.experiments._transforms import GLOBE, LINEAR

from .test_slider_pages import page_of, put, shown

rng = np.random.default_rng(5)
FOLDER = Path(tinynn.__file__).parent / "experiments"


def mark(page: Any, part: str) -> dict[str, Any]:
    return shown(page, 0, part)


# ---- every page has something to play with ------------------------------------------------------------


@pytest.mark.parametrize("name", in_order())
def test_every_experiment_shows_a_block(name: str) -> None:
    """In its own file, or in one of the folder's that it imports a function from."""
    own = FOLDER / f"{name.replace('-', '_')}.py"
    tree = ast.parse(own.read_text(encoding="utf-8"))
    near = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    files = [
        own,
        *(FOLDER / f"{module.rpartition('.')[2]}.py" for module in near if ".experiments." in module),
    ]
    calls = [
        node.func.attr
        for file in files
        if file.name != "registry.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    assert "show" in calls


# ---- what the sliders show ----------------------------------------------------------------------------


def test_depth_and_size(tmp_path: Path, visit: Any) -> None:
    results = {
        name: [
            {"weight_layers": d, "test_accuracy": list(a := rng.uniform(0.9, 1, 3)), "mean": a.mean(),
             "standard_deviation": a.std(ddof=1), "seconds": [d, d + 1.0, d + 2.0], "parameters": 1000 * d,
             "multiplications_per_image": 900 * d}
            for d in (1, 2, 3)
        ]
        for name in ("mnist", "cifar10")
    }  # fmt: skip
    page = page_of(tmp_path, visit, depth_page(results), size_page())
    for s, (name, rows) in enumerate(results.items()):
        page.select_option("select[name=set]", str(s))
        for i, row in enumerate(rows):
            told = put(page, 0, "depth", i)
            assert told.startswith(f"{name}, {i + 1} weight layer")
            assert f"{100 * row['mean']:.2f} \u00b1 {100 * row['standard_deviation']:.2f} %" in told
            assert mark(page, "chosen")["y"] == pytest.approx([100 * a for a in row["test_accuracy"]])
            assert mark(page, "mark")["y"] == pytest.approx([np.mean(row["seconds"])])
    for k, sizes in enumerate(((3, 0, 2), (3, 0, 0, 1))):
        page.select_option("select[name=kind]", str(k))
        for h in (1, 4, 16):
            row = _small_nets.count([n or h for n in sizes])
            told = put(page, 1, "width", list(WIDTHS).index(h))
            assert (
                "{neurons} neurons, {weights} weights + {neurons} biases = {parameters}".format(**row) in told
            )
            assert len(mark(page, "weights")["x0"]) == row["weights"]
            assert len(mark(page, "units")["x"]) == row["neurons"] + 3
            assert shown(page, 1, "mark")["y"] == [row["parameters"]]
    put(page, 1, "width", 3)
    assert "W1 4\u00d73 @ 3\u00d71 + b1 4\u00d71 \u2192 4\u00d71; W2 4\u00d74" in page.inner_text("main")


@pytest.mark.slow
def test_descent_and_margin(tmp_path: Path, visit: Any) -> None:
    x = rng.normal(size=(30, 1))
    t = (rng.uniform(size=(30, 1)) < 0.5).astype(float)
    ways = {name: rng.normal(size=(4, 2)) for name in ("rate 1", "rate 9")}
    points, sides = rng.normal(size=(20, 2)), np.sign(rng.normal(size=(20, 1)))
    decays, ends = (0.01, 0.1, 1.0), {kind: rng.normal(size=(3, 3)) for kind in ("softmax", "SVM")}
    swept = {kind: {"test_accuracy": [0.9, 0.8, 0.7]} for kind in ends}
    page = page_of(
        tmp_path,
        visit,
        descent_page(x, t, ways, np.zeros(2), (-2.0, 2.0, -2.0, 2.0)),
        margin_page(points, sides, ends, swept, decays, 0.5),
    )
    for r, way in enumerate(ways.values()):
        page.select_option("select[name=rate]", str(r))
        for step, (b, w) in enumerate(way):
            told = put(page, 0, "step", step)
            assert f"b = {b:+.3f}, w = {w:+.3f}, cost {log_loss(way[step], x, t):.4f}" in told
            assert mark(page, "neuron") == {"x": [b], "y": [w]}
            assert len(mark(page, "way")["x"]) == step + 1
            curve = mark(page, "curve")
            np.testing.assert_allclose(curve["y"], 1 / (1 + np.exp(-(b + w * np.array(curve["x"])))))
            assert b + w * mark(page, "half")["x"][0] == pytest.approx(0, abs=1e-9)
    for k, thetas in enumerate(ends.values()):
        page.select_option("select[name=kind]", str(k))
        for i, (decay, theta) in enumerate(zip(decays, thetas, strict=True)):
            norm = np.hypot(*theta[1:])
            assert f"|w| = {norm:.2f}, margin {2 / norm:.2f} wide" in put(page, 1, "decay", i)
            for part, score in (("boundary", 0), ("plus", 1), ("minus", -1)):
                ends_ = np.array([mark(page, part)[c] for c in "xy"]).T
                np.testing.assert_allclose(ends_ @ theta[1:] + theta[0], score, atol=1e-9)
            near = (sides[:, 0] * (points @ theta[1:] + theta[0]) < 1.001).sum()
            assert len(mark(page, "near")["x"]) == near
            np.testing.assert_allclose(
                mark(page, "norm")["y"], norm * (1 - 0.5 * decay) ** np.arange(101), atol=1e-9
            )


@pytest.mark.slow
def test_windows_and_rules(tmp_path: Path, visit: Any) -> None:
    x, kernel = rng.normal(size=9), 0.1 * rng.normal(size=5)
    parts = {pool: window_parts(pool, x, kernel) for pool in POOLS}
    scores = np.correlate(x, kernel, "valid")
    start, inputs = np.array([-1.1, -0.7]), rng.normal(size=(12, 3))
    wanted = inputs @ np.array([0.3, 0.2, 0.9])
    page = page_of(
        tmp_path, visit, motif_page(x, kernel, parts), rule_page((LINEAR, GLOBE), start, inputs, wanted)
    )
    softmax = np.exp(scores) / np.exp(scores).sum()
    for p, (pool, (terms, whole)) in enumerate(parts.items()):
        page.select_option("select[name=pool]", str(p))
        for i in range(5):
            told = put(page, 0, "window", i)
            assert (f"{scores[i]:+.4f}, the winner." in told) == (i == scores.argmax())
            share = softmax[i] if pool == "log-sum-exp" else float(i == scores.argmax())
            assert (f"its share is {100 * share:.1f} %" if share else "it sends nothing") in told
            np.testing.assert_allclose(mark(page, "sent")["y"], share * x[i : i + 5], atol=1e-12)
            np.testing.assert_allclose(mark(page, "so_far")["y"], terms[: i + 1].sum(0), atol=1e-12)
        np.testing.assert_allclose(mark(page, "so_far")["y"], whole, atol=1e-12)
        np.testing.assert_allclose(mark(page, "whole")["y"], whole)
    residual = [t.value(start) for t in (LINEAR, GLOBE)]
    for n, (transform, w) in enumerate(zip((LINEAR, GLOBE), residual, strict=True)):
        page.select_option("select[name=way]", str(n))
        slope, j = inputs.T @ (inputs @ w - wanted) / 12, transform.derivative(start)
        for i in (4, 12, 16):
            told = put(page, 1, "eta", i)
            error = np.linalg.norm(
                transform.value(start - ETAS[i] * j.T @ slope) - (w - ETAS[i] * j @ j.T @ slope)
            )
            assert (f"off by {error:.2e}" if n else "rounding and no more") in told
            assert shown(page, 1, "mark")["y"] == pytest.approx([max(error, 1e-17)], rel=1e-6, abs=1e-15)


@pytest.mark.slow
def test_hypernetwork(tmp_path: Path, visit: Any) -> None:
    random.manual_seed(1)
    g = nn.HyperLinear(2, 1, nn.Linear(2, 3))
    points = rng.uniform(-1, 1, (10, 2)).astype("float32")
    page = page_of(tmp_path, visit, per_input_page(g, points, np.arange(10) % 2), per_task_page(g))
    for i, j in ((0, 0), (3, 18), (20, 10)):
        put(page, 0, "x1", i)
        told = put(page, 0, "x2", j)
        at = np.array([[PLACES[i], PLACES[j]]], np.float32)
        theta = weights(g, at)[0]
        assert f"w1 = {theta[0]:+.2f}, w2 = {theta[1]:+.2f}, b = {theta[2]:+.2f}" in told
        assert f"G answers {at[0] @ theta[:2] + theta[2]:+.2f}" in told
        assert mark(page, "bars")["y"] == pytest.approx(theta, rel=1e-5)
        ends = np.array([mark(page, "line")[c] for c in "xy"]).T
        np.testing.assert_allclose(ends @ theta[:2] + theta[2], 0, atol=1e-6)
    for i in (0, 17):
        put(page, 1, "angle", i)
        a = 2 * np.pi * i / 48
        theta = weights(g, np.array([[np.cos(a), np.sin(a)]], np.float32))[0]
        assert shown(page, 1, "bars")["y"] == pytest.approx(theta, rel=1e-5, abs=1e-6)


@pytest.mark.slow
def test_a_letter_that_moves(tmp_path: Path, visit: Any) -> None:
    random.manual_seed(1)
    hand, full, most = _letter_nets.by_hand(), _letter_nets.dense(), 2
    page = page_of(tmp_path, visit, shift_page({"by hand": hand}, full, 36, most))
    for n, letter in enumerate(data.LETTERS):
        page.select_option("select[name=letter]", str(n))
        said = set()
        for i, j in ((0, 4), (2, 2), (3, 0)):
            put(page, 0, "down", i)
            told = put(page, 0, "right", j)
            image = data.draw_letter(letter, side=36, shift=(i - most, j - most))
            y, x = np.nonzero(image > 127)
            assert mark(page, "ink") == {"x": x.tolist(), "y": y.tolist()}
            assert len(mark(page, "fired0")["x"]) == (_letter_nets.fires(hand, image[None])[0, 0] > 0).sum()
            assert f"So it is a {letter}." in told
            other = data.LETTERS[int(np.asarray(full(image[None, None].astype("float32") / 255)).argmax())]
            assert f"The fully connected net says {other}{'' if other == letter else ' (wrong)'};" in told
            said.add(told.partition(" The fully")[0])
        assert len(said) == 1  # the sums too stay as they are
        answers = _letter_nets.answers_over_shifts(full, data.draw_letter(letter, side=36)[None, None], most)
        assert len(mark(page, "right")["x"]) == (answers == n).sum()
