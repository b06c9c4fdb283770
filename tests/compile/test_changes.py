"""What happens to a compiled step, and to `fit`, when something that was read while recording is another."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.compile.check import Numbers
from tinynn.compile.loading import LoaderStep
from tinynn.errors import ArgumentError, CompileError, DtypeError, GraphError

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 12)).astype("f4"), RNG.integers(0, 4, 24)


def net() -> nn.Sequential:
    tn.manual_seed(0)
    return nn.Sequential(nn.Linear(12, 8, activation="relu"), nn.Dropout(0.2), nn.Linear(8, 4))


def weights(model: nn.Module) -> list[Any]:
    return [p.data.copy() for p in model.parameters()]


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


# ---- a step that is called ---------------------------------------------------------------------------
def append(m: nn.Sequential, o: optim.Optimizer) -> None:
    setattr(m, "3", nn.Linear(4, 4))


def replace(m: nn.Sequential, o: optim.Optimizer) -> None:
    m[0].weight = nn.Parameter(m[0].weight.data.copy())


def new_state(m: nn.Sequential, o: optim.Optimizer) -> None:
    o.state = [{key: a.copy() for key, a in state.items()} for state in o.state]


CHANGES: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "rule": (lambda m, o: setattr(o, "momentum", 0.0), "SGD.momentum"),
    "mode": (lambda m, o: m.eval(), "training"),
    "frozen": (lambda m, o: m[0].weight.requires_grad_(False), r"0\.weight"),
    "weight": (replace, r"0\.weight"),
    "memory": (lambda m, o: setattr(m[0].weight, "data", m[0].weight.data.copy()), r"0\.weight"),
    "layer": (append, "3"),
    "option": (lambda m, o: setattr(m[1], "p", 0.5), r"1\.p"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_step_that_is_no_longer_the_one_recorded_is_refused(change: str) -> None:
    model, rule = net(), optim.SGD(lr=0.1, momentum=0.9)
    step = tn.compile(model, F.cross_entropy, rule, example=(X, Y))
    step(X, Y)
    CHANGES[change][0](model, rule)
    with pytest.raises(GraphError, match=CHANGES[change][1] + " is not what it was"):
        step(X, Y)
    with pytest.raises(GraphError, match="try another compile"):
        step.repeat(X, Y, 2)


def test_the_state_of_the_optimiser_is_looked_at_before_many_steps() -> None:
    model, rule = net(), optim.SGD(lr=0.1, momentum=0.9)
    step = tn.compile(model, F.cross_entropy, rule, example=(X, Y))
    new_state(model, rule)
    with pytest.raises(GraphError, match=r"SGD\.state"):
        step.repeat(X, Y, 2)


def test_a_change_that_is_taken_back_is_none() -> None:
    model, rule = net(), optim.SGD(lr=0.1)
    step = tn.compile(model, F.cross_entropy, rule, example=(X, Y))
    model.eval()
    model.train()
    rule.lr = 0.05
    assert np.isfinite(step(X, Y))


def test_another_backend_is_refused() -> None:
    step = tn.compile(net(), F.cross_entropy, optim.SGD(lr=0.1), example=(X, Y))
    with tn.use_backend("numpy"), pytest.raises(GraphError, match="use_backend or use_kernel is in force"):
        step(X, Y)


def test_labels_that_the_loss_keeps_are_looked_at_every_time() -> None:
    labels = Y.copy()
    step = tn.compile(
        net(), lambda p, _: F.cross_entropy(p, labels), optim.SGD(lr=0.1), example=(X, Y), optimize=False
    )
    labels[0] = 3
    assert np.isfinite(step(X, Y))
    labels[0] = 1 << 40
    for call in (step, lambda x, y: step.repeat(x, y, 3)):
        with pytest.raises(ArgumentError, match="label 0 is 1099511627776"):
            call(X, Y)


# ---- what cannot be compiled -------------------------------------------------------------------------
class Slower(nn.Module):
    """After twenty calls it is another function."""

    def __init__(self) -> None:
        self.layer, self.calls = nn.Linear(12, 4), 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        return self.layer(x) * (0.5 if self.calls > 20 else 1.0)


class Counting:
    """A loss that does the same."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, p: Any, y: Any) -> Any:
        self.calls += 1
        return F.cross_entropy(p, y) * (0.5 if self.calls > 20 else 1.0)


class Clipping(optim.SGD):
    """A rule that does something else every fourth time."""

    calls = 0

    def step(self) -> None:
        self.calls += 1
        for p in self.parameters:
            if self.calls % 4 == 0 and p.grad is not None:
                np.clip(p.grad.data, -0.01, 0.01, out=p.grad.data)
        super().step()


def linear() -> nn.Module:
    tn.manual_seed(0)
    return nn.Linear(12, 4)


def slower() -> nn.Module:
    tn.manual_seed(0)
    return Slower()


@pytest.mark.parametrize(
    ("model", "loss", "rule", "name"),
    [
        (slower, lambda: F.cross_entropy, optim.SGD, "calls"),
        (linear, Counting, optim.SGD, "loss.calls"),
        (linear, lambda: F.cross_entropy, Clipping, "Clipping.calls"),
    ],
)
def test_what_python_counts_is_trained_by_hand_and_said(model: Any, loss: Any, rule: Any, name: str) -> None:
    results = []
    for compile in (None, False):
        trained = model()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            tn.fit(
                trained, (X, Y), loss=loss(), optimizer=rule(lr=0.1), epochs=40, batch_size=8, seed=1,
                compile=compile,
            )  # fmt: skip
        results.append((trained, [str(w.message) for w in caught]))
    (first, said), (second, nothing) = results
    assert len(said) == 1
    assert f"the step changes {name} in Python" in said[0]
    assert not nothing
    assert same(first, second)
    with pytest.raises(CompileError, match=f"the step changes {name}"):
        tn.compile(model(), loss(), rule(lr=0.1), example=(X, Y))


def test_an_optimiser_over_a_part_of_the_model_compiles() -> None:
    ours, theirs = net().eval(), net().eval()
    a, b = optim.SGD([ours[2].weight], lr=0.1), optim.SGD([theirs[2].weight], lr=0.1)
    step = tn.compile(ours, F.cross_entropy, a, example=(X, Y), optimize=False)
    for _ in range(5):
        loss = F.cross_entropy(theirs(X), Y)
        loss.backward()
        b.step()
        theirs.zero_grad()
        assert step(X, Y) == float(loss.item())
    assert same(ours, theirs)


@pytest.mark.parametrize("rule", [optim.SGD, optim.Adam])
def test_an_optimiser_over_other_parameters_is_refused_and_they_are_left_alone(rule: Any) -> None:
    model, stray = net(), nn.Parameter(np.ones(3, "f4"))
    optimizer = rule([*model.parameters(), stray], lr=0.1)
    with pytest.raises(ArgumentError, match="parameters that the model does not have"):
        tn.compile(model, lambda p, y: F.cross_entropy(p, y) + stray.sum(), optimizer, example=(X, Y))
    np.testing.assert_array_equal(stray.data, 1)


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ((X, None), "y of the example is None"),
        ((X, Y.astype("i4")), r"the labels are int32; needed int64; try y\.astype"),
        ((None, Y), "x of the example is None"),
    ],
)
def test_a_bad_example(example: Any, message: str) -> None:
    with pytest.raises(DtypeError, match=message):
        tn.compile(net(), F.cross_entropy, optim.SGD(lr=0.1), example=example)


def test_counts_may_be_numpys() -> None:
    step = tn.compile(net(), F.cross_entropy, optim.SGD(lr=0.1), example=(X, Y))
    assert step.repeat(X, Y, np.int64(3)).shape == (3,)  # type: ignore[arg-type]
    for bad in ("a", 2.5, True):
        with pytest.raises(ArgumentError, match="needed a positive integer"):
            step.profile(bad)  # type: ignore[arg-type]


def test_inputs_between_the_words_of_memory_are_copied() -> None:
    raw = np.zeros(X.nbytes + 1, np.uint8)
    shifted = raw[1:].view("f4").reshape(X.shape)
    shifted[...] = X
    losses = []
    for x in (X, shifted):
        step = tn.compile(net().eval(), F.cross_entropy, optim.SGD(lr=0.1), example=(X, Y))
        losses.append(step(x, Y))
    assert losses[0] == losses[1]


def test_the_check_of_the_passes_sees_what_is_not_finite() -> None:
    def numbers(value: float) -> Numbers:
        return Numbers({"weight w": np.full(3, value)}, {"loss": np.array(1.0)})

    numbers(1.0).expect(numbers(1.0), numbers(0.5))
    with pytest.raises(CompileError, match="weight w that are not finite"):
        numbers(1.0).expect(numbers(np.nan), numbers(0.5))


def test_a_guard_stands_in_memory() -> None:
    replay = tn.compile(net(), F.cross_entropy, optim.SGD(lr=0.1), example=(X, Y)).replay
    for guard in ((0, 0, 1 << 40), (0, 0, -4), (999, 0, 0), (0, 0, replay.memory.nbytes - 3)):
        with pytest.raises(ValueError, match="a guard stands where there is nothing"):
            replay._made([guard])


# ---- fit ---------------------------------------------------------------------------------------------
def trained(
    compile: bool | None, prepare: Callable[[nn.Sequential, optim.Optimizer], Any], **how: Any
) -> Any:
    model, rule = net(), optim.SGD(lr=0.1, momentum=0.9)
    tn.fit(
        model, how.pop("train", (X, Y)), loss=how.pop("loss", F.cross_entropy), optimizer=rule, epochs=6,
        batch_size=8, seed=1, compile=compile, callbacks=[lambda _: prepare(model, rule)], **how,
    )  # fmt: skip
    return model


def swap(m: Any, o: Any) -> None:
    m[0].activation = "tanh"


def forget(m: Any, o: Any) -> None:
    new_state(m, o)


@pytest.mark.parametrize("change", [swap, forget])
def test_what_a_callback_changes_is_recorded_anew(change: Any) -> None:
    assert same(trained(None, change), trained(False, change))
    assert not same(trained(False, swap), trained(False, forget))


def test_a_number_that_the_loss_closes_over_may_change_between_epochs() -> None:
    models = []
    for compile in (None, False):
        scale = 1.0

        def loss(p: Any, y: Any) -> Any:
            return F.cross_entropy(p, y) * scale  # noqa: B023

        def smaller(m: Any, o: Any) -> None:
            nonlocal scale
            scale *= 0.5

        models.append(trained(compile, smaller, loss=loss))
    assert same(*models)


class Twice(data.DataLoader):
    """Every batch comes two times."""

    def __iter__(self) -> Any:
        for batch in super().__iter__():
            yield batch
            yield batch


def test_a_loader_with_batches_of_its_own_is_asked_for_them() -> None:
    models = [
        trained(compile, lambda m, o: None, train=Twice((X, Y), batch_size=8, seed=1))
        for compile in (None, False)
    ]
    assert same(*models)
    with pytest.raises(CompileError, match="Twice"):
        trained(True, lambda m, o: None, train=Twice((X, Y), batch_size=8, seed=1))


def test_an_error_while_recording_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, *arguments: Any) -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(LoaderStep, "__init__", broken)
    with pytest.warns(UserWarning, match="trains without compiling; KeyError: 'a mistake of ours'"):
        trained(None, lambda m, o: None)
    with pytest.raises(KeyError):
        trained(True, lambda m, o: None)


class Far(data.Augment):
    """From the second epoch on it moves images out of sight."""

    def draw(self, n: int, size: tuple[int, ...], seed: int, epoch: int) -> Any:
        place = super().draw(n, size, seed, epoch)
        place[:, 0] += 1000 * epoch
        return place


@pytest.mark.parametrize("compile", [None, False])
def test_places_that_somebody_else_draws_are_looked_at(compile: bool | None) -> None:
    images = RNG.integers(0, 255, (24, 1, 8, 8)).astype("u1")
    loader = data.DataLoader((images, Y), batch_size=8, seed=0, augment=Far(crop=1))
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 4))
    with pytest.raises(ArgumentError, match="moves a crop further than its image"):
        tn.fit(model, loader, loss=F.cross_entropy, optimizer=optim.SGD(lr=0.1), epochs=3, compile=compile)
