"""The stepper's numbers against autograd's, and ledgers that add up, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import random, report, viz
from tinynn.backends import kernels
from tinynn.backends.sources import sources_of
from tinynn.errors import ArgumentError, ShapeError
from tinynn.experiments import _blame_activity, run_experiment
from tinynn.experiments._blame import gradients, sigmoid_net
from tinynn.experiments._stepper import LEAVES, OPS, PROGRAM, RUNGS, sources, walk
from tinynn.experiments.blame import SIZES, samples

N = len(PROGRAM)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(viz, "save", lambda *_, **__: None)  # the blocks alone: the figures take their time
        patch.setattr(_blame_activity, "NETS", 2)
        for name in ("blame", "weight-sharing"):
            run_experiment(name, out=out)
    return out


def by_matrices() -> dict[str, float]:
    """The gradients of the same net, written as two linear layers."""
    at = {name: value for name, (value, _, _) in LEAVES.items()}
    w = tn.Tensor(np.array([[at["w11"], at["w12"]], [at["w21"], at["w22"]]]), requires_grad=True)
    b = tn.Tensor(np.array([at["b1"], at["b2"]]), requires_grad=True)
    v = tn.Tensor(np.array([[at["v1"], at["v2"]]]), requires_grad=True)
    c = tn.Tensor(np.array([at["c"]]), requires_grad=True)
    x = tn.Tensor(np.array([[at["x1"], at["x2"]]]), requires_grad=True)
    F.mse(F.linear(F.linear(x, w, b, activation="tanh"), v, c), np.array([[at["t"]]])).backward()
    dw, db, dv, dx = (np.asarray(t.grad) for t in (w, b, v, x))
    found = {f"w{j + 1}{i + 1}": dw[j, i] for j in (0, 1) for i in (0, 1)}
    found |= {f"{name}{i + 1}": d[i] for name, d in (("b", db), ("v", dv[0]), ("x", dx[0])) for i in (0, 1)}
    return found | {"c": np.asarray(c.grad)[0]}


def rungs(step: Any) -> dict[str, bool]:
    """Which may be chosen: those that have a version of the kernel."""
    options = step.locator("select[name=rung] option")
    return dict(options.evaluate_all("all => all.map((e) => [e.value, !e.disabled])"))


def test_stepping_backward_ends_at_the_gradients(runs: Path, visit: Any) -> None:
    page = visit(runs / "blame" / "report.html")
    step = page.locator("section[data-kind=stepper]")
    assert step.locator(".node.unknown").count() == N
    assert all(rungs(step).values())
    found = json.loads(step.locator("script.data").text_content())["sources"]
    step.locator("button.next").focus()
    values = {node["name"]: node["value"] for node in walk()}
    for n, (name, op, _, _, _) in enumerate(PROGRAM, 1):
        page.keyboard.press("Enter")
        assert f"Step {n} of {2 * N}" in step.locator("output").inner_text()
        box = step.locator(f".node[data-name={name}]")
        assert float(box.locator(".value").text_content().replace("\u2212", "-")) == pytest.approx(
            values[name], abs=6e-4
        )
        assert f"forward, {op}" in step.locator(".source h3").inner_text()
        assert rungs(step) == {rung: bool(pieces) for rung, pieces in found[op]["forward"].items()}
    assert step.locator(".node.unknown").count() == 0
    step.locator("input[name=step]").fill(str(2 * N))
    assert step.locator("button.next").is_disabled()
    assert rungs(step) == {rung: bool(pieces) for rung, pieces in found["mul"]["backward"].items()}
    wanted = by_matrices()
    for name, gradient in wanted.items():
        found = float(step.locator(f".node[data-name={name}]").get_attribute("data-grad"))
        assert found == pytest.approx(gradient, rel=1e-12)
    assert min(map(abs, wanted.values())) > 1e-2


def test_on_a_phone_the_numbers_of_the_graph_can_be_read(runs: Path, visit: Any) -> None:
    page = visit(runs / "blame" / "report.html", width=390)
    page.locator("input[name=step]").fill(str(2 * N))
    heights = page.locator("text.edge:not(:empty)").evaluate_all(
        "all => all.map((e) => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().d)"
    )
    assert min(heights) >= 10.5  # CSS pixels
    shape = page.locator(".graph").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert shape[0] > 3 * shape[1]  # it is the box that scrolls


@pytest.mark.slow
def test_every_edge_carries_upstream_times_local(runs: Path, visit: Any) -> None:
    page = visit(runs / "blame" / "report.html", width=390, dark=True)
    step = page.locator("section[data-kind=stepper]")
    nodes = {node["name"]: node for node in walk()}
    for n, (name, _, inputs, _, _) in enumerate(reversed(PROGRAM), N + 1):
        step.locator("input[name=step]").fill(str(n))
        rows = step.locator(".told tbody tr").all()
        assert len(rows) == len(inputs)
        for row, local in zip(rows, nodes[name]["locals"], strict=True):
            cells = [cell.inner_text().replace("\u2212", "-") for cell in row.locator("td").all()]
            numbers = [float(cells[1]), float(cells[2].split(" (")[0]), float(cells[3])]
            up = nodes[name]["grad"]
            assert numbers == pytest.approx([up, local, up * local], abs=6e-4)


def test_the_kernel_named_is_the_kernel_called() -> None:
    for name, (function, kernel, _, rules) in OPS.items():
        called = []
        inputs = [tn.Tensor(np.array(0.3), requires_grad=True) for _ in rules]
        spied = getattr(kernels, f"{kernel}_backward")

        def spy(*args: Any, _spied: Any = spied, _called: Any = called, **options: Any) -> Any:
            _called.append(options.get("op") or options.get("activation"))
            return _spied(*args, **options)

        with tn.use_kernel(f"{kernel}_backward", spy):
            function(*inputs).backward()
        assert called == ([name] if name != "add" else [])  # which needs no kernel, and says so
    (piece,) = sources()["add"]["backward"]["simd"]
    assert piece["path"] == "tinynn/functional/elementwise.py"
    assert ["da, db = dy" in piece["text"].splitlines()[mark] for mark in piece["marks"]] == [True]


def test_a_line_that_computes_is_marked_on_every_rung_that_has_the_kernel() -> None:
    found = sources()
    for op, (_, kernel, _, _) in OPS.items():
        for way in ("forward", "backward"):
            there = {s.rung for s in sources_of(f"{kernel}_{way}")}
            for rung in RUNGS:
                pieces = found[op][way][rung]
                assert bool(pieces) == (rung in there or (op, way) == ("add", "backward"))
                assert not pieces or any(piece["marks"] for piece in pieces), (op, way, rung)
    marked = found["mul"]["backward"]["numpy"][0]
    lines = [marked["text"].splitlines()[mark] for mark in marked["marks"]]
    assert [line.split("=")[0].strip() for line in lines] == ["da", "db"]


def test_the_ledger_of_any_weight_adds_up_to_its_gradient(runs: Path, visit: Any) -> None:
    page = visit(runs / "blame" / "report.html")
    block = page.locator("section[data-kind=ledger]")
    random.manual_seed(0)
    dw = gradients(sigmoid_net(SIZES), *samples(0))
    names = [option.inner_text() for option in block.locator("option").all()]
    assert len(names) == sum(g.size for g in dw)
    for layer, j, i, entries in ((0, 1, 2, 160), (1, 3, 0, 40), (2, 4, 3, 8)):
        block.locator("select").select_option(str(names.index(f"layer {layer + 1}, {i + 1} \u2192 {j + 1}")))
        rows = block.locator("tbody tr")
        values = [float(v) for v in rows.evaluate_all("all => all.map((row) => row.dataset.value)")]
        assert len(values) == entries
        assert sum(values) == pytest.approx(dw[layer][j, i], rel=1e-9)
        assert [abs(v) for v in values] == sorted(map(abs, values), reverse=True)
        rows.nth(1).focus()
        assert block.locator(".wire.way").count() == 2 - layer
        assert block.locator(".wire.chosen").get_attribute("data-out") == str(j)
    stops = rows.evaluate_all("all => all.map((e, i) => (e.tabIndex < 0 ? -1 : i)).filter((i) => i >= 0)")
    assert stops == [1]  # of the tab key; from there by the arrow keys
    page.keyboard.press("ArrowDown")
    assert rows.nth(2).evaluate("e => e === document.activeElement && e.tabIndex === 0")


def test_of_a_shared_weight_there_is_a_row_per_use(runs: Path, visit: Any) -> None:
    page = visit(runs / "weight-sharing" / "report.html", width=390)
    block = page.locator("section[data-kind=ledger]")
    for number, uses in ((0, 2), (4, 5)):
        block.locator("select").select_option(str(number))
        rows = block.locator("tbody tr").evaluate_all("all => all.map((row) => Number(row.dataset.value))")
        told = block.locator(".told")
        assert len(rows) == uses
        assert sum(rows) == pytest.approx(float(told.get_attribute("data-gradient")), abs=1e-12)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ArgumentError, match="stepper: y is made of"):
        report.stepper([{"name": "y", "op": "add", "inputs": ["x"], "column": 0, "row": 0}], {})
    with pytest.raises(ShapeError, match="ledger: w has 2"):
        report.ledger([{"name": "w", "contribution": [1.0, 2.0], "labels": ["a"]}], title="", words="")
