"""A compiled step gives what the loop by hand gives, bit for bit, and refuses what it cannot replay."""

from __future__ import annotations

import copy
import gc
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.errors import CompileError, DtypeError, GraphError, ShapeError

from .loops import by_hand

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 12)).astype("f4"), RNG.integers(0, 4, 24)
IMAGES = RNG.normal(size=(8, 3, 10, 10)).astype("f4")
LINES = RNG.normal(size=(8, 2, 40)).astype("f4")


def dense(*between: nn.Module, activation: str = "relu") -> nn.Sequential:
    return nn.Sequential(nn.Linear(12, 16, activation=activation), *between, nn.Linear(16, 4))


class Branches(nn.Module):
    """Values used twice, broadcasting, views, indexing, concatenation, and a weight of two layers."""

    def __init__(self) -> None:
        self.a, self.b = nn.Linear(12, 16), nn.Linear(16, 16, activation="tanh")
        self.scale = nn.Parameter(np.ones((1, 16), "f4"))

    def forward(self, x: Any) -> Any:
        h = self.b(self.a(x)) * self.scale
        h = self.b(h + 0.5 * h) - h.mean(1, keepdims=True)
        parts = F.concatenate([h[:, :8], h[:, 8:].exp(), F.sigmoid(h)[:, ::2]], 1)
        return (parts @ parts.T)[:, [0, 3, 1, 5]] / 24


MODELS: dict[str, Callable[[], nn.Module]] = {
    "dense": dense,
    "prelu": lambda: dense(activation="prelu"),
    "gelu": lambda: dense(activation="gelu"),
    "dropout": lambda: dense(nn.Dropout(0.3), nn.GaussianNoise(0.1)),
    "own stream": lambda: dense(nn.Dropout(0.3, generator=tn.Generator(5))),
    "batch norm": lambda: dense(nn.BatchNorm1d(16), nn.ReLU()),
    "batch norm and dropout": lambda: dense(nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3)),
    "layer norm": lambda: dense(nn.LayerNorm(16), nn.Maxout(16, 16, 3)),
    "branches": Branches,
}
CONVOLUTIONS: dict[str, tuple[Callable[[], nn.Module], Any]] = {
    "2d": (
        lambda: nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1, activation="relu", max_pool=2),
            nn.Conv2d(6, 8, 3, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.AvgPool2d(2, 1),
            nn.Flatten(),
            nn.Linear(32, 4),
        ),
        IMAGES,
    ),
    "1d": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 6, 5, stride=2, activation="tanh"),
            nn.MaxPool1d(3, 2),
            nn.Conv1d(6, 4, 3, groups=2, dilation=2),
            nn.GlobalMaxPool1d(),
            nn.Flatten(),
        ),
        LINES,
    ),
}
OPTIMIZERS: dict[str, Callable[[], optim.Optimizer]] = {
    "sgd": lambda: optim.SGD(lr=0.05),
    "nesterov": lambda: optim.SGD(lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "adam": lambda: optim.Adam(lr=0.01),
    "adamw": lambda: optim.AdamW(lr=0.01, weight_decay=0.1),
    "rmsprop": lambda: optim.RMSprop(lr=0.01, momentum=0.5),
    "adagrad": lambda: optim.Adagrad(lr=0.05),
}


def agree(
    make: Callable[[], nn.Module],
    rule: Callable[[], optim.Optimizer],
    x: Any,
    y: Any,
    loss: Any = F.cross_entropy,
    steps: int = 100,
) -> None:
    """Train one model by hand and its copy compiled, with a falling rate; compare every bit."""
    tn.manual_seed(3)
    ours = make()
    theirs = copy.deepcopy(ours)
    a, b = rule(), rule()
    compiled, eager = tn.compile(ours, loss, a, example=(x, y), optimize=False), by_hand(theirs, loss, b)
    losses = []
    for step, optimizer in ((compiled, a), (eager, b)):
        tn.manual_seed(11)
        found = []
        for i in range(steps):
            optimizer.lr = 0.05 / (1 + i)
            found.append(step(np.roll(x, i, 0), np.roll(y, i, 0)))
        losses.append(found)
    np.testing.assert_array_equal(*losses)
    assert a.steps == b.steps == steps
    for name, array in ours.state_dict().items():
        np.testing.assert_array_equal(array, theirs.state_dict()[name], err_msg=name)
    for one, other in zip(a.state, b.state, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.mark.parametrize("model", MODELS)
def test_every_layer(model: str) -> None:
    agree(MODELS[model], OPTIMIZERS["nesterov"], X, Y)


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_every_optimizer(rule: str) -> None:
    agree(MODELS["batch norm and dropout"], OPTIMIZERS[rule], X, Y)


@pytest.mark.parametrize("net", CONVOLUTIONS)
def test_convolutions(net: str) -> None:
    make, x = CONVOLUTIONS[net]
    agree(make, OPTIMIZERS["adam"], x, Y[:8])


def test_float64() -> None:
    agree(lambda: dense().double(), OPTIMIZERS["adam"], X.astype("f8"), Y)


LOSSES: dict[str, tuple[Any, Any]] = {
    "smoothed": (
        lambda p, y: F.cross_entropy(p, y, label_smoothing=0.1, weight=np.arange(1, 5, dtype="f4")),
        Y,
    ),
    "hinge": (F.multiclass_hinge, Y),
    "mse": (lambda p, y: F.mse(p[:, 0], y), RNG.normal(size=24).astype("f4")),
    "logits": (
        lambda p, y: F.binary_cross_entropy_with_logits(p[:, 0], y),
        RNG.integers(0, 2, 24).astype("f4"),
    ),
    "by hand": (lambda p, y: -(F.log_softmax(p) * F.one_hot(y, 4)).sum() / 24, Y),
}


def gathered(p: Any, y: Any) -> Any:
    return -F.log_softmax(p)[np.arange(24), y].mean()


def test_what_numpy_makes_of_the_labels_is_refused() -> None:
    with pytest.raises(CompileError, match=r"gather_rows at test_step\.py:\d+ reads an array that NumPy"):
        tn.compile(dense(), gathered, optim.SGD(), example=(X, Y))


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss: str) -> None:
    function, y = LOSSES[loss]
    agree(dense, OPTIMIZERS["sgd"], X, y, function)


def test_nothing_is_touched_before_the_first_call() -> None:
    tn.manual_seed(5)
    model, rule = dense(nn.Dropout(0.5), nn.BatchNorm1d(16)), optim.Adam(lr=0.01)
    rule.bind(model.parameters())
    before = {k: np.array(v) for k, v in {**model.state_dict(), **rule.state_dict()}.items()}
    random = tn.random.default_generator.get_state()
    tn.compile(model, F.cross_entropy, rule, example=(X, Y))
    for name, array in {**model.state_dict(), **rule.state_dict()}.items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)
    assert tn.random.default_generator.get_state() == random
    assert all(p.grad is None for p in model.parameters())


def test_the_prediction_of_the_latest_batch() -> None:
    model = dense()
    step = tn.compile(model, F.cross_entropy, optim.SGD(lr=0.1), example=(X, Y), optimize=False)
    before = model(X).numpy()
    step(tn.Tensor(X), Y)
    np.testing.assert_array_equal(step.prediction, before)


def test_memory_is_used_again() -> None:
    layers = [nn.Linear(64, 64, activation="relu") for _ in range(12)]
    step = tn.compile(
        nn.Sequential(*layers), F.mse, optim.SGD(), example=(np.ones((64, 64), "f4"), np.ones((64, 64), "f4"))
    )
    assert step.arena.nbytes < 0.7 * step.arena.nbytes_without_reuse


class Bends(nn.Module):
    """Another path where the values are other ones."""

    def __init__(self) -> None:
        self.layer = nn.Linear(12, 4)

    def forward(self, x: Any) -> Any:
        y = self.layer(x)
        return y * 2 if float(y.sum().item()) > 0 else y


class Reads(nn.Module):
    """NumPy in the middle."""

    def __init__(self) -> None:
        self.layer = nn.Linear(12, 4)

    def forward(self, x: Any) -> Any:
        y = self.layer(x)
        return y * (y.numpy() > 0).astype("f4")


class Counts(nn.Module):
    """A number that Python takes from a tensor."""

    def __init__(self) -> None:
        self.layer = nn.Linear(12, 4)

    def forward(self, x: Any) -> Any:
        y = self.layer(x)
        return y.clip(-float(y.numpy().max()), 10.0)


@pytest.mark.parametrize(
    ("model", "line", "message"),
    [
        (Bends, "return y * 2", r"on some numbers the step calls .* at {}, on others .*"),
        (Reads, "return y *", r"at {} reads an array that NumPy computed"),
        (Counts, "return y.clip", r"at {} is given p = "),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_its_line(model: Any, line: str, message: str) -> None:
    source, first = inspect.getsourcelines(model)
    at = next(first + i for i, text in enumerate(source) if line in text)
    with pytest.raises(CompileError, match=message.format(rf"test_step\.py:{at}\b")):
        tn.compile(model(), F.cross_entropy, optim.SGD(), example=(X, Y))


def test_running_averages_without_momentum_are_refused() -> None:
    with pytest.raises(CompileError, match="is given momentum"):
        tn.compile(dense(nn.BatchNorm1d(16, momentum=None)), F.cross_entropy, optim.SGD(), example=(X, Y))


def test_an_update_by_numpy_is_noticed() -> None:
    class Own(optim.SGD):
        def update(self, w: Any, g: Any, state: Any) -> None:
            w -= self.lr * g

    with pytest.raises(CompileError, match="does not give what the step itself gave"):
        tn.compile(dense(), F.cross_entropy, Own(lr=0.1), example=(X, Y))


def test_another_rung_is_refused() -> None:
    with tn.use_backend("numpy"), pytest.raises(CompileError, match="needed the native kernel"):
        tn.compile(dense(), F.cross_entropy, optim.SGD(), example=(X, Y))


def test_bad_calls() -> None:
    step = tn.compile(model := dense(), F.cross_entropy, optim.SGD(lr=0.1), example=(X, Y))
    with pytest.raises(ShapeError, match=r"x is \(3, 12\), but this step was compiled for \(24, 12\)"):
        step(X[:3], Y[:3])
    with pytest.raises(DtypeError, match="x is float64"):
        step(X.astype("f8"), Y)
    with pytest.raises(ValueError, match="label 2 is 4"):
        step(X, np.where(np.arange(24) == 2, 4, Y))
    weight = next(iter(model.parameters()))
    weight.data = weight.data.copy()
    with pytest.raises(GraphError, match=r"0\.weight is not what it was"):
        step(X, Y)
    with pytest.raises(DtypeError, match=r"needed an nn\.Module"):
        tn.compile(F.relu, F.cross_entropy, optim.SGD(), example=(X, Y))  # type: ignore[arg-type]


def test_any_number_of_threads_gives_the_same_bits() -> None:
    before = tn.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 3, 4):
            tn.set_num_threads(threads)
            tn.manual_seed(0)
            make, x = CONVOLUTIONS["2d"]
            step = tn.compile(make(), F.cross_entropy, optim.Adam(), example=(x, Y[:8]))
            found.append([step(x, Y[:8]) for _ in range(20)])
    finally:
        tn.set_num_threads(before)
    assert all(losses == found[0] for losses in found)


def test_compiling_again_and_again_leaves_nothing() -> None:
    model, rule = dense(), optim.SGD(lr=0.1)
    for _ in range(20):
        tn.compile(model, F.cross_entropy, rule, example=(X, Y))
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(100):
        tn.compile(model, F.cross_entropy, rule, example=(X, Y))
    gc.collect()
    assert len(gc.get_objects()) - before < 50
