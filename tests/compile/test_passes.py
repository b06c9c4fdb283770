"""Passes fire where they should and nowhere else, and leave what a step does as it was, up to rounding."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.compile import CompiledStep

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(150, 6)).astype("f4"), RNG.integers(0, 3, 150)
EPS = float(np.finfo("f4").eps)


def net(*widths: int, activation: str = "tanh", bias: bool = True) -> nn.Sequential:
    hidden = pairwise(widths[:-1])
    layers = [nn.Linear(k, n, activation=activation, bias=bias) for k, n in hidden]
    return nn.Sequential(*layers, nn.Linear(*widths[-2:], bias=bias))


def both(
    model: nn.Module, x: Any, y: Any, loss: Any = F.cross_entropy, rule: Any = None
) -> tuple[CompiledStep, CompiledStep, nn.Module, nn.Module]:
    """The step as it was recorded and optimised, each on its own copy of the model."""
    other = copy.deepcopy(model)
    make = rule or (lambda: optim.SGD(lr=0.1, momentum=0.9))
    plain = tn.compile(model, loss, make(), example=(x, y), optimize=False)
    return plain, tn.compile(other, loss, make(), example=(x, y)), model, other


def kernels(step: CompiledStep) -> list[str]:
    return [call.kernel for call in step.program.calls]


def agree(model: nn.Module, x: Any, y: Any, **options: Any) -> CompiledStep:
    """Ten steps of both: losses and weights stay as close as their sums' rounding."""
    plain, optimised, a, b = both(model, x, y, **options)
    assert plain.passes == ()
    for i in range(10):
        tn.manual_seed(i)
        want = plain(x, y)
        tn.manual_seed(i)
        got = optimised(x, y)
        assert got == pytest.approx(want, rel=300 * EPS)
        np.testing.assert_allclose(optimised.prediction, plain.prediction, atol=3000 * EPS)
    before = {name: p.data for name, p in a.named_parameters()}
    for name, p in b.named_parameters():
        np.testing.assert_allclose(p.data, before[name], atol=3000 * EPS, err_msg=name)
    return optimised


# ---- chain ---------------------------------------------------------------------------------------
CHAINS: dict[str, tuple[Callable[[], nn.Module], int, int]] = {  # model, layers and calls that stay
    "all narrow": (lambda: net(6, 2, 2, 3, activation="relu"), 3, 0),
    "gelu keeps z": (lambda: net(6, 5, 10, 3, activation="gelu"), 3, 0),
    "no bias": (lambda: net(6, 4, 3, bias=False), 2, 0),
    "one layer": (lambda: net(6, 3), 1, 0),
    "a wide one first": (lambda: net(6, 40, 9, 3), 1, 4),
    "dropout before": (lambda: nn.Sequential(nn.Dropout(0.2), net(6, 4, 3)), 2, 1),
    "another activation first": (
        lambda: nn.Sequential(nn.Linear(6, 8, activation="sigmoid"), net(8, 4, 3, 3)),
        3,
        2,
    ),
    "the loss alone": (lambda: net(6, 40, 3), 0, 4),
}


@pytest.mark.parametrize("name", CHAINS)
def test_narrow_layers_and_their_loss_become_one_kernel(name: str) -> None:
    tn.manual_seed(1)
    make, layers, stay = CHAINS[name]
    step = agree(make(), X, Y)
    (call,) = (call for call in step.program.calls if call.kernel == "chain_cross_entropy")
    assert call.arguments["layers"] == layers
    others = [k for k in kernels(step) if k not in ("chain_cross_entropy", "sgd_steps")]
    assert len(others) == stay, others
    assert [applied.name for applied in step.passes] == ["chain", "updates"]
    text = str(step.passes[0])
    assert text.count("linear_forward") == layers
    assert "cross_entropy_forward" in text.split("after")[0]
    assert "chain_cross_entropy" in text.split("after")[1]


def test_options_of_the_loss_go_along() -> None:
    def loss(z: Any, y: Any) -> Any:
        return F.cross_entropy(z, y, label_smoothing=0.1, reduction="sum")

    step = agree(net(6, 4, 3), X, Y, loss=loss, rule=lambda: optim.Adam(lr=0.001))
    assert "chain_cross_entropy" in kernels(step)


UNFIT: dict[str, tuple[Callable[[], nn.Module], Any]] = {
    "another loss": (lambda: net(6, 4, 3), lambda z, y: F.multiclass_hinge(z, y)),
    "a loss that is scaled": (lambda: net(6, 4, 3), lambda z, y: F.cross_entropy(z, y) * 0.5),
    "a weight per class": (
        lambda: net(6, 4, 3),
        lambda z, y: F.cross_entropy(z, y, weight=np.array([1, 2, 3], "f4")),
    ),
    "no reduction": (lambda: net(6, 4, 3), lambda z, y: F.cross_entropy(z, y, reduction="none").mean()),
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_the_kernel_does_not_do_stays_as_it_was(name: str) -> None:
    make, loss = UNFIT[name]
    step = agree(make(), X, Y, loss=loss)
    assert "chain_cross_entropy" not in kernels(step)
    assert [applied.name for applied in step.passes] == ["updates"]


def test_in_double_precision_only_what_rounds_alike_is_rewritten() -> None:
    model = nn.Sequential(nn.Linear(6, 4, activation="relu", dtype="f8"), nn.Linear(4, 3, dtype="f8"))
    step = agree(model, X.astype("f8"), Y)
    assert [applied.name for applied in step.passes] == ["updates"]


class Looked(nn.Module):
    """A hidden layer whose output is used twice: it must stay in memory."""

    def __init__(self) -> None:
        self.a, self.b, self.c = nn.Linear(6, 5), nn.Linear(5, 5, activation="relu"), nn.Linear(5, 3)

    def forward(self, x: Any) -> Any:
        h = self.a(x)
        return self.c(self.b(h) + h)


def test_an_array_that_others_use_stays() -> None:
    step = agree(Looked(), X, Y)
    (call,) = (call for call in step.program.calls if call.kernel == "chain_cross_entropy")
    assert call.arguments["layers"] == 1


# ---- conv_max ------------------------------------------------------------------------------------
LINES = RNG.normal(size=(20, 2, 40)).astype("f4")
IMAGES = RNG.normal(size=(9, 3, 8, 8)).astype("f4")


def detectors(**options: Any) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(2, 5, 5, activation="relu"),
        nn.Conv1d(5, 6, 3, **{"activation": "relu", **options}),
        nn.GlobalMaxPool1d(),
        nn.Flatten(),
        nn.Linear(6, 3),
    )


@pytest.mark.parametrize(
    "options", [{}, {"activation": "tanh", "bias": False}, {"stride": 2, "padding": 2, "dilation": 3}]
)
def test_a_global_maximum_joins_its_convolution(options: dict[str, Any]) -> None:
    tn.manual_seed(4)
    step = agree(detectors(**options), LINES, Y[:20])
    assert [applied.name for applied in step.passes] == ["chain", "conv_max", "updates"]
    assert kernels(step).count("conv_forward") == kernels(step).count("conv_backward") == 1
    assert "conv_max_forward" in kernels(step)
    assert "conv_max_backward" in kernels(step)
    assert not any("pool" in kernel for kernel in kernels(step))


def test_where_the_convolution_is_wanted_whole_it_stays() -> None:
    gelu = agree(detectors(activation="gelu"), LINES, Y[:20])
    assert "conv_max_forward" not in kernels(gelu)
    pooled = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(16, 3))
    assert "conv_max_forward" not in kernels(agree(pooled, IMAGES, Y[:9]))


# ---- descent -------------------------------------------------------------------------------------
FALLS: dict[str, Callable[[], Any]] = {
    "plain": lambda: optim.SGD(lr=0.1),
    "momentum": lambda: optim.SGD(lr=0.1, momentum=0.9),
    "nesterov": lambda: optim.SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
}


@pytest.mark.parametrize("name", FALLS)
@pytest.mark.parametrize("bias", [True, False])
def test_a_large_layer_is_updated_where_its_gradient_is_made_to_the_same_bits(name: str, bias: bool) -> None:
    tn.manual_seed(3)
    x = RNG.normal(size=(300, 90)).astype("f4")
    # the mean square has no rewriting of its own: both sides have the same gradients
    plain, optimised, a, b = both(net(90, 70, 130, 2, bias=bias), x, x[:, :2], F.mse, FALLS[name])
    assert kernels(optimised).count("linear_backward_sgd") == 2
    assert kernels(optimised).count("linear_backward") == 1
    assert [applied.name for applied in optimised.passes] == ["descent", "updates"][: 2 if bias else 1]
    for _ in range(5):
        assert plain(x, x[:, :2]) == optimised(x, x[:, :2])
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


class Tied(nn.Module):
    """One weight in two places: its gradient is a sum, and no layer's own."""

    def __init__(self) -> None:
        self.a, self.b = nn.Linear(80, 80, activation="tanh"), nn.Linear(80, 3)

    def forward(self, x: Any) -> Any:
        return self.b(self.a(self.a(x)))


def test_a_gradient_that_others_need_is_kept() -> None:
    x = RNG.normal(size=(150, 80)).astype("f4")
    assert "linear_backward_sgd" not in kernels(agree(Tied(), x, Y))
    assert "linear_backward_sgd" not in kernels(
        agree(net(80, 80, 3), x, Y, rule=lambda: optim.Adam(lr=0.001))
    )


# ---- updates -------------------------------------------------------------------------------------
RULES: dict[str, tuple[Callable[[], Any], str]] = {
    "SGD": (lambda: optim.SGD(lr=0.1), "sgd_steps"),
    "nesterov": (lambda: optim.SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01), "sgd_steps"),
    "AdamW": (lambda: optim.AdamW(lr=0.01, weight_decay=0.1), "adam_steps"),
}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("wide", [7, 300])
def test_one_call_updates_all_parameters_to_the_same_bits(name: str, wide: int) -> None:
    tn.manual_seed(3)
    make, kernel = RULES[name]
    # the mean square has no rewriting of its own: both sides have the same gradients
    plain, optimised, a, b = both(net(6, wide, wide, 2), X, X[:, :2], F.mse, make)
    assert kernels(optimised)[-1] == kernel
    assert len(kernels(plain)) == len(kernels(optimised)) + 5
    assert [plain(X, X[:, :2]) for _ in range(5)] == [optimised(X, X[:, :2]) for _ in range(5)]
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def test_a_rule_without_such_a_kernel_and_a_single_parameter_keep_their_calls() -> None:
    model = net(6, 4, 3)
    assert kernels(agree(model, X, Y, rule=lambda: optim.RMSprop(lr=0.01))).count("rmsprop_step") == 4
    assert kernels(agree(net(6, 3, bias=False), X, Y))[-1] == "sgd_step"


# ---- all passes ----------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 31, 64, 150, 5000])
def test_the_same_bits_for_any_number_of_threads_and_from_run_to_run(rows: int) -> None:
    x, y = RNG.normal(size=(rows, 6)).astype("f4"), RNG.integers(0, 3, rows)
    tn.manual_seed(2)
    model, seen, before = net(6, 10, 10, 3), set(), tn.info()["threads"]
    try:
        for threads in (1, 2, 3, 4, 2):
            tn.set_num_threads(threads)
            mine = copy.deepcopy(model)
            step = tn.compile(mine, F.cross_entropy, optim.Adam(lr=0.01), example=(x, y))
            losses = [step(x, y) for _ in range(5)]
            seen.add((*losses, *(p.data.tobytes() for p in mine.parameters())))
    finally:
        tn.set_num_threads(before)
    assert len(seen) == 1


def test_a_pass_leaves_the_program_it_was_given() -> None:
    plain, optimised, *_ = both(net(6, 4, 3), X, Y)
    from tinynn.compile.passes import PASSES

    calls = list(plain.program.calls)
    for rewriting in PASSES:
        rewriting.apply(plain.program)
    assert plain.program.calls == calls
    assert len(optimised.program.calls) < len(calls)


def test_a_wrong_rewriting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from tinynn.compile.passes import chain
    from tinynn.errors import CompileError

    right = chain._call

    def wrong(*args: Any) -> Any:
        call = right(*args)
        call.arguments["reduction"] = 3 - call.arguments["reduction"]
        return call

    monkeypatch.setattr(chain, "_call", wrong)
    with pytest.raises(CompileError, match="off by"):
        tn.compile(net(6, 4, 3), F.cross_entropy, optim.SGD(lr=0.1), example=(X, Y))


def test_many_steps_in_one_call_are_as_many_calls() -> None:
    tn.manual_seed(5)
    model = net(6, 4, 3)
    _, many, a, _ = both(model, X, Y)
    one = tn.compile(a, F.cross_entropy, optim.SGD(lr=0.1, momentum=0.9), example=(X, Y))
    losses = many.repeat(X, Y, 30)
    assert many.repeat(X, Y, 0).size == 0
    assert losses.shape == (30,)
    assert losses[-1] < losses[0]
    assert losses.tolist() == [one(X, Y) for _ in range(30)]
    for bad in (-1, 2.0, True):
        with pytest.raises(tn.errors.ArgumentError, match="steps"):
            many.repeat(X, Y, bad)  # type: ignore[arg-type]
