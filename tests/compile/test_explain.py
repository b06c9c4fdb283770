"""print(step): the table behind it fits the catalogue and the arrays, and the page can be read."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.compile import CompiledStep, cost
from tinynn.compile.explain import WIDTH, explained, short
from tinynn.compile.program import catalogue
from tinynn.compile.rows import ROWS

from .test_step import CONVOLUTIONS, LOSSES, MODELS, OPTIMIZERS, X, Y, dense

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")


def steps() -> dict[str, CompiledStep]:
    """Steps of every layer, rule and loss that the tests of compile know."""
    compiled = partial(tn.compile, optimize=False)
    found = {"chain": tn.compile(dense(), F.cross_entropy, optim.SGD(), example=(X, Y))}
    for name, make in MODELS.items():
        found[name] = compiled(make(), F.cross_entropy, OPTIMIZERS["nesterov"](), example=(X, Y))
    for name, (make, x) in CONVOLUTIONS.items():
        found[name] = compiled(make(), F.cross_entropy, OPTIMIZERS["rmsprop"](), example=(x, Y[: len(x)]))
    for name, rule in OPTIMIZERS.items():
        found[name] = compiled(dense(), F.cross_entropy, rule(), example=(X, Y))
    for name, (loss, y) in LOSSES.items():
        found[name] = compiled(dense(), loss, optim.SGD(lr=0.1, weight_decay=0.1), example=(X, y))
    found["float64"] = compiled(dense().double(), F.cross_entropy, optim.SGD(), example=(X.astype("f8"), Y))
    return found


@pytest.fixture(scope="module")
def compiled() -> dict[str, CompiledStep]:
    tn.manual_seed(0)
    return steps()


@pytest.fixture(scope="module")
def two_layers() -> CompiledStep:
    """784-128-10 on 64 pictures."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 128, activation="relu"), nn.Linear(128, 10))
    x = np.random.default_rng(0).normal(size=(64, 1, 28, 28)).astype("f4")
    example = x, np.arange(64) % 10
    return tn.compile(net, F.cross_entropy, optim.SGD(lr=0.1), example=example, optimize=False)


def test_every_kernel_has_a_row_and_every_row_a_kernel() -> None:
    assert set(ROWS) == set(catalogue())


@pytest.mark.parametrize("kernel", sorted(catalogue()) if tn.info()["targets"] else [])
def test_a_row_names_every_array_and_costs_every_result(kernel: str) -> None:
    arrays = {p.name for p in catalogue()[kernel] if p.is_array or p.is_list_of_arrays}
    written = {p.name for p in catalogue()[kernel] if p.is_written}
    assert arrays <= set(cost.row(kernel).shapes), "an array without a shape"
    results = cost.row(kernel).results
    assert set(results) <= written
    assert results
    kept = {"z", "arg", "wide", "saved_mean", "saved_rstd", "mean", "rstd", "var"}
    assert written - set(results) <= kept, "a result without a formula"


def test_shapes_are_as_long_as_the_arrays(compiled: dict[str, CompiledStep]) -> None:
    """A temporary array is made for one call to fill: then the shape in the table has its bytes."""
    filled, seen = 0, set()
    for name, step in compiled.items():
        buffers = step.program.buffers
        for call in step.program.calls:
            seen.add(call.kernel)
            for use in cost.uses(call):
                whole = buffers[use.place.buffer].nbytes
                where = f"{name}: {use.parameter} {use.shape} of {call.kernel}"
                assert use.place.offset + use.nbytes <= whole, where
                if call.kernel not in ("copy", "binary_forward", "gather_rows") and use.place.offset == 0:
                    assert use.nbytes == whole, where
                    filled += 1
    assert filled > 500
    assert len(seen) > 30, sorted(seen)


@pytest.mark.parametrize(
    ("kernel", "flops"),
    [
        ("linear_forward", 2 * 64 * 784 * 128),
        ("cross_entropy_backward", 2 * 64 * 10),
        ("sgd_step", 2 * 784 * 128),
    ],
)
def test_flops_of_a_layer(two_layers: CompiledStep, kernel: str, flops: int) -> None:
    call = next(call for call in two_layers.program.calls if call.kernel == kernel)
    assert cost.flops(call) == flops


def test_what_is_not_asked_for_costs_nothing(two_layers: CompiledStep) -> None:
    second, first = (c for c in two_layers.program.calls if c.kernel == "linear_backward")
    assert cost.flops(second) == 2 * (2 * 64 * 128 * 10) + 64 * 10  # dx and dw, and db
    assert cost.flops(first) == 2 * 64 * 784 * 128 + 64 * 128  # the pictures want no gradient
    moved = 64 * 128 * 2 + 64 * 784 + 128 * 784 * 2 + 128  # dy and y, x, w and dw, db
    assert cost.moved(first) == 4 * moved


def test_an_update_moves_the_weights_twice(two_layers: CompiledStep) -> None:
    update = next(c for c in two_layers.program.calls if c.kernel == "sgd_step")
    assert cost.moved(update) == 4 * 3 * 784 * 128  # w is read and written, the gradient read


def test_the_listing_of_two_layers(two_layers: CompiledStep) -> None:
    text = str(two_layers)
    assert [line for line in text.splitlines() if line in ("forward", "loss", "backward", "update")] == [
        "forward",
        "loss",
        "backward",
        "update",
    ]
    for part in (
        "y = relu(x w^T + b)",
        "x (64,1,28,28), 1.weight (128,784), 1.bias (128)",
        "-> h1 (64,128)",
        "dw = dz^T x",
        "d 1.weight (128,784)",
        "w = w - lr g",
        f"{len(two_layers.program.calls)} kernel calls",
    ):
        assert part in text, text
    assert "buffer" not in text


def test_no_line_is_too_wide_and_no_name_twice(compiled: dict[str, CompiledStep]) -> None:
    for name, step in compiled.items():
        text = str(step)
        assert max(map(len, text.splitlines())) <= WIDTH, name
        for line in explained(step.program):
            assert line.formulas
            assert line.writes
        for weight in step.replay.changing.parameters:
            assert f"d {weight} (" in text, f"{name}: no gradient of {weight}"


def test_what_a_weight_with_two_uses_is_told_of_it(compiled: dict[str, CompiledStep]) -> None:
    lines = explained(compiled["branches"].program)
    (sum_,) = (line for line in lines if line.writes == ["d b.weight (16,16)"])
    assert sum_.formulas == ["y = a + b"]
    assert sum_.reads == ["d b.weight#2 (16,16)", "d b.weight#3 (16,16)"]


def test_a_chain_of_layers_in_one_call(compiled: dict[str, CompiledStep]) -> None:
    line = explained(compiled["chain"].program)[0]
    assert line.kernel == "chain_cross_entropy"
    assert line.formulas == [
        "y = relu(x w^T + b), layer by layer",
        "loss = mean -log softmax(y) at labels",
        "dz = dy relu'(z)",
        "dw = dz^T x, layer by layer",
        "db = sum dz",
    ]
    assert line.writes[2:] == ["d 0.weight (16,12)", "d 1.weight (4,16)", "d 0.bias (16)", "d 1.bias (4)"]
    products = 12 * 16 + 16 * 4
    assert line.flops == 24 * (2 * products + 5 * 4 + 4 * products - 2 * 12 * 16)


def test_the_target_of_each_kernel(compiled: dict[str, CompiledStep]) -> None:
    target = tn.info()["target"]
    assert {line.target for line in explained(compiled["float64"].program)} == {"reference"}
    fast = {line.kernel: line.target for line in explained(compiled["2d"].program)}
    assert fast["linear_forward"] == target
    if target != "reference":
        assert fast["copy"] == "reference"


def words(kernel: str, **arguments: Any) -> list[str]:
    """The formulas of a call that is given this and, beside it, nothing."""
    from tinynn.compile.program import Call

    empty = {p.name: None if p.is_array else 0 for p in catalogue()[kernel]}
    return cost.formulas(Call(kernel, "float32", empty | arguments))


def test_formulas_say_what_is_left_out() -> None:
    assert words("linear_forward", y=1, b=1, act=1) == ["y = relu(x w^T + b)"]
    assert words("linear_forward", y=1, act=0) == ["y = x w^T"]
    assert words("linear_backward", dw=1, act=0) == ["dw = dy^T x"]
    assert words("linear_backward", dw=1, act=5) == ["dz = dy tanh'(z)", "dw = dz^T x"]
    assert words("sgd_step", w=1) == ["w = w - lr g"]
    assert words("sgd_step", w=1, weight_decay=0.1) == ["w = w - lr (g + decay w)"]
    assert words("sgd_step", w=1, v=1, nesterov=1) == ["v = momentum v + g", "w = w - lr (g + momentum v)"]
    assert words("binary_backward", da=1, db=1, op=3) == ["da = dy / b", "db = -dy a / b^2"]
    assert words("reduce_sum", y=1, scale=0.25, r=4) == ["y = mean x"]
    assert words("cross_entropy_forward", loss=1, p=1, reduction=1) == [
        "loss = mean -log p at labels",
        "p = softmax(x)",
    ]


def test_short_numbers() -> None:
    shown = [short(n).strip() for n in (0, 7, 999, 1000, 12_845_056, 999_999, 5e12)]
    assert shown == ["0", "7", "999", "1 k", "12.8 M", "1 M", "5000 G"]
