"""tn.trace: what is in the picture is what is in the graph."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn
from tinynn.display.graph import CUT, GIVEN, LEAF, OP
from tinynn.display.layout import lay_out, layers_of
from tinynn.display.trace import Trace
from tinynn.errors import ArgumentError, DtypeError, GraphError

SVG = "{http://www.w3.org/2000/svg}"


def words(trace: Trace) -> list[str]:
    """Every text of the picture, which must be well-formed XML."""
    return [element.text or "" for element in ET.fromstring(str(trace)).iter(f"{SVG}text")]


def small_net() -> tuple[nn.Module, tn.Tensor]:
    tn.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 3, activation="relu"), nn.Linear(3, 2))
    return net, F.cross_entropy(net(np.ones((5, 4), "f4")), np.zeros(5, int))


def test_ops_shapes_and_names_of_a_net() -> None:
    net, loss = small_net()
    trace = tn.trace(loss, net)
    assert repr(trace) == "Trace(3 ops, 6 leaves, 8 lines)"
    said = words(trace)
    for expected in ("linear + relu", "linear", "cross_entropy", "0.weight", "1.bias", "3 × 4", "5 × 2"):  # noqa: RUF001
        assert expected in said
    assert f"{loss.item():.3g}" in said
    kinds = {box.title: box.kind for box in trace.graph.boxes}
    assert (kinds["labels"], kinds["x"], kinds["0.weight"], kinds["linear"]) == (GIVEN, GIVEN, LEAF, OP)
    assert "1.weight" not in words(tn.trace(loss))  # without the model nobody knows the names


def test_values_are_those_of_the_tensors() -> None:
    a, b = (tn.Tensor(v, requires_grad=True) for v in (2.0, -3.0))
    product = a * b
    trace = tn.trace((product + 10.0) * a)
    values = {(box.title, box.value) for box in trace.graph.boxes}
    assert {("mul", "-6"), ("add", "4"), ("mul", "8"), ("a", "2"), ("b", "-3"), ("b", "10")} <= values


def test_a_weight_used_twice_is_one_box_with_two_lines() -> None:
    w = tn.Tensor([1.0, 2.0], requires_grad=True)
    (_, op, *_) = boxes = tn.trace((w * w).sum()).graph.boxes
    assert [box.kind for box in boxes] == [LEAF, OP, OP]
    assert op.lines_in[0].source is op.lines_in[1].source is boxes[0]


def test_after_backward_it_says_so_and_shows_gradients() -> None:
    w = tn.Tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    loss.backward()
    told = "\n".join(box.told for box in tn.trace(loss).graph.boxes)
    assert ".grad: [2, 4]" in told
    assert "backward has run" in told
    np.testing.assert_array_equal(w.grad, [2, 4])  # a trace changes nothing


def test_tracing_leaves_the_graph_alive() -> None:
    net, loss = small_net()
    before = str(tn.trace(loss, net))
    assert str(tn.trace(loss, net)) == before
    loss.backward()
    assert all(p.grad is not None for p in net.parameters())


def test_boxes_of_a_layer_do_not_touch_and_lines_go_down() -> None:
    tn.manual_seed(0)
    cell, h = nn.Linear(6, 4, activation="tanh"), tn.zeros((1, 4))
    for _ in range(5):
        h = cell(F.concatenate([tn.zeros((1, 2)), h], axis=1))
    graph = tn.trace(h.sum(), cell).graph
    ranks = layers_of(graph)
    for box in graph.boxes:
        assert all(ranks[line.source] < ranks[box] for line in box.lines_in)
    layout = lay_out(graph, dict.fromkeys(graph.boxes, 80.0), gap=18, thin=14)
    assert sum(slot.box is not None for layer in layout.layers for slot in layer) == len(graph.boxes)
    for layer in layout.layers:
        for left, right in pairwise(layer):
            assert right.x - left.x >= (left.width + right.width) / 2 + 18 - 1e-6
    for path in layout.paths:
        assert {b.layer - a.layer for a, b in pairwise(path.slots)} == {1}  # one layer at a time


def test_a_chain_is_drawn_straight() -> None:
    x = tn.Tensor([1.0], requires_grad=True)
    for _ in range(20):
        x = F.tanh(x)
    graph = tn.trace(x).graph
    layout = lay_out(graph, dict.fromkeys(graph.boxes, 80.0), gap=18, thin=14)
    assert max(s.x for layer in layout.layers for s in layer) - min(layer[0].x for layer in layout.layers) < 1


def test_a_deep_graph_is_cut_with_a_note() -> None:
    x = tn.Tensor(1.0, requires_grad=True)
    for _ in range(30_000):
        x = x * 1.0
    trace = tn.trace(x, limit=50)
    assert trace.graph.left_out == 29_950
    assert sum(box.kind == OP for box in trace.graph.boxes) == 50
    assert [box.kind for box in trace.graph.boxes].count(CUT) == 1
    assert "The first 29,950 ops are not drawn; limit=... draws more." in words(trace)
    assert len(str(trace)) < 200_000


def test_hostile_names_are_text() -> None:
    net = nn.Sequential()
    setattr(net, "<script>alert('&')</script>\x00", nn.Linear(2, 2))
    layer = next(net.children())
    trace = tn.trace(layer(np.ones((1, 2), "f4")).sum(), net)
    assert "<script>" not in str(trace)
    assert any(text.startswith("<script>") for text in words(trace))  # shown as what it is
    assert "<script>" not in net._repr_html_()


def test_notebook_and_file(tmp_path: Path) -> None:
    trace = tn.trace(small_net()[1])
    assert trace._repr_svg_() == str(trace)
    assert str(trace) in trace._repr_html_()
    trace.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8").strip() == str(trace)


def test_errors_say_what_to_try() -> None:
    loss = small_net()[1]
    with pytest.raises(DtypeError, match="trace: got ndarray"):
        tn.trace(np.zeros(3))
    with pytest.raises(GraphError, match="has no graph"):
        tn.trace(tn.zeros(3))
    with pytest.raises(ArgumentError, match="limit is 0"):
        tn.trace(loss, limit=0)
    with pytest.raises(DtypeError, match=r"needed an nn\.Module"):
        tn.trace(loss, "model")
