"""Every net of an ensemble is, bit for bit, the net that it would be alone, on any number of threads."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.compile import EnsembleStep
from tinynn.errors import ArgumentError, CompileError, DtypeError, ShapeError
from tinynn.random import default_generator

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(50, 4)).astype("f4"), RNG.integers(0, 3, 50)
IMAGES = RNG.integers(0, 256, (20, 2, 6, 6), dtype=np.uint8)
SEEDS = [5, 2**63, 9]


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = tn.get_num_threads()
    yield
    tn.set_num_threads(before)


def small() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8, activation="relu"), nn.Linear(8, 3))


def everything() -> nn.Module:
    """Running statistics, dropout from the default generator and from one of its own."""
    noise = nn.Dropout(0.2, generator=tn.Generator(3))
    layers = nn.Linear(4, 8, activation="relu"), nn.BatchNorm1d(8), nn.Dropout(0.3), noise, nn.Linear(8, 3)
    return nn.Sequential(*layers)


def convolution() -> nn.Module:
    return nn.Sequential(nn.Conv2d(2, 3, 3, activation="relu"), nn.Flatten(), nn.Linear(48, 3))


def double() -> nn.Module:
    return nn.Sequential(
        nn.Linear(4, 5, activation="tanh", dtype="float64"), nn.Linear(5, 3, dtype="float64")
    )


CASES: dict[str, tuple[Callable[[], nn.Module], Any, Callable[[], optim.Optimizer], dict[str, Any]]] = {
    "adam": (small, (X, Y), lambda: optim.Adam(lr=0.01), {"batch_size": 25}),
    "sgd": (small, (X, Y), lambda: optim.SGD(lr=0.1, momentum=0.9), {"batch_size": 64}),
    "a smaller last batch": (small, (X, Y), lambda: optim.RMSprop(lr=0.01), {"batch_size": 16}),
    "schedule": (
        small,
        (X, Y),
        lambda: optim.AdamW(lr=0.1),
        {"batch_size": 10, "schedule": lambda step: 0.1 / (1 + step)},
    ),
    "epochs": (
        small,
        (X, Y),
        lambda: optim.SGD(lr=0.1),
        {"batch_size": 16, "schedule": lambda epoch: 0.5**epoch, "schedule_every": "epoch"},
    ),
    "everything": (everything, (X, Y), lambda: optim.Adam(lr=0.01), {"batch_size": 16}),
    "float64": (double, (X, Y), lambda: optim.Adagrad(lr=0.1), {"batch_size": 25}),
    "images": (convolution, (IMAGES, Y[:20]), lambda: optim.SGD(lr=0.1), {"batch_size": 8}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_net_is_what_it_would_be_alone(case: str) -> None:
    build, train, rule, options = CASES[case]
    nets = tn.Ensemble(build, 3, SEEDS)
    together = tn.fit(nets, train, loss=F.cross_entropy, optimizer=rule(), epochs=4, **options)
    for i, seed in enumerate(SEEDS):
        default_generator.manual_seed(seed)
        model = build()
        alone = tn.fit(model, train, loss=F.cross_entropy, optimizer=rule(), epochs=4, **options)
        assert together.steps == alone.steps == nets.steps[i]
        assert [loss[i] for loss in together["loss"]] == alone["loss"]
        assert together["lr"] == alone["lr"]
        assert same(nets[i], model)
        assert tuple(nets.streams[i, 0].tolist()) == default_generator.get_state()
        for name, parameter in model.named_parameters():
            assert (nets.parameters()[name][i] == parameter.data).all()
    assert not same(nets[0], nets[1])


def same(a: nn.Module, b: nn.Module) -> bool:
    ours, theirs = a.state_dict(), b.state_dict()
    return ours.keys() == theirs.keys() and all((ours[k] == theirs[k]).all() for k in ours)


def loader_cases() -> dict[str, Callable[[], data.DataLoader]]:
    images = data.Dataset(IMAGES, Y[:20])
    return {
        "in order": lambda: data.DataLoader((IMAGES, Y[:20]), 20, shuffle=False),
        "in order, many batches": lambda: data.DataLoader((IMAGES, Y[:20]), 5, shuffle=False),
        "shuffled, some left out": lambda: data.DataLoader((IMAGES, Y[:20]), 6, seed=4, drop_last=True),
        "augmented": lambda: data.DataLoader(images, 7, seed=4, augment=data.Augment(crop=1, flip=True)),
    }


@pytest.mark.parametrize("case", loader_cases())
def test_a_loader_gives_all_nets_the_same_batches(case: str) -> None:
    make = loader_cases()[case]
    nets = tn.Ensemble(convolution, 2)
    tn.fit(nets, make(), loss=F.cross_entropy, optimizer=optim.SGD(lr=0.1), epochs=3)
    tn.manual_seed(1)
    model = convolution()
    tn.fit(model, make(), loss=F.cross_entropy, optimizer=optim.SGD(lr=0.1), epochs=3)
    assert same(nets[1], model)


@pytest.mark.parametrize("build", [everything, small])
@pytest.mark.parametrize("optimize", [True, False])
def test_a_net_is_what_the_compiled_step_makes_of_it(build: Callable[[], nn.Module], optimize: bool) -> None:
    nets = tn.Ensemble(build, 3, SEEDS, optimize=optimize)
    train = data.DataLoader((X, Y), 50, shuffle=False)
    tn.fit(nets, train, loss=F.cross_entropy, optimizer=optim.Adam(lr=0.01), epochs=20)
    tn.manual_seed(SEEDS[2])
    model = build()
    step = tn.compile(model, F.cross_entropy, optim.Adam(lr=0.01), example=(X, Y), optimize=optimize)
    assert not (optimize and build is small) or step.passes  # so that a list of arrays is among the arguments
    for _ in range(20):
        step(X, Y)
    assert same(nets[2], model)


def test_one_to_four_threads_give_the_same_bits() -> None:
    def trained(threads: int) -> bytes:
        tn.set_num_threads(threads)
        nets = tn.Ensemble(everything, 9)
        tn.fit(nets, (X, Y), loss=F.cross_entropy, optimizer=optim.Adam(lr=0.01), epochs=5, batch_size=16)
        return nets.weights.tobytes()

    one = trained(1)
    assert all(trained(threads) == one for threads in (2, 3, 4))


def test_training_goes_on_where_it_ended() -> None:
    def rule() -> optim.Optimizer:
        return optim.Adam(lr=0.01)

    twice, once = tn.Ensemble(small, 3), tn.Ensemble(small, 3)
    optimizer = rule()
    options: dict[str, Any] = {"loss": F.cross_entropy, "batch_size": 16}
    history = tn.fit(twice, (X, Y), optimizer=optimizer, epochs=2, **options)
    tn.fit(twice, (X, Y), optimizer=optimizer, epochs=5, history=history, **options)
    whole = tn.fit(once, (X, Y), optimizer=rule(), epochs=5, **options)
    assert history["epoch"] == whole["epoch"] == [1, 2, 3, 4, 5]
    assert np.array_equal(history["loss"], whole["loss"])
    assert twice.weights.tobytes() == once.weights.tobytes()


def test_the_history_keeps_what_was_asked_for() -> None:
    nets = tn.Ensemble(small, 4, every=3)
    history = tn.fit(nets, (X, Y), loss=F.cross_entropy, optimizer=optim.SGD(lr=0.1), epochs=7)
    assert history["epoch"] == [3, 6, 7]
    assert np.shape(history["loss"]) == (3, 4)


def test_a_net_that_overflows_stops_alone_and_keeps_its_weights() -> None:
    def linear() -> nn.Module:
        model = nn.Linear(4, 1)
        model.weight.data *= 1e19 if default_generator.seed == 1 else 1
        return model

    nets = tn.Ensemble(linear, 3)
    target = X[:, :1].copy()
    train = data.DataLoader((X, target), 50, shuffle=False)
    history = tn.fit(nets, train, loss=F.mse, optimizer=optim.SGD(lr=0.1), epochs=5)
    assert nets.stopped.tolist() == [False, True, False]
    assert nets.steps.tolist() == [5, 0, 5]
    losses = np.array(history["loss"])
    assert np.isfinite(losses[:, [0, 2]]).all()
    assert not np.isfinite(losses[:, 1]).any()
    tn.manual_seed(1)
    assert same(nets[1], linear())


def test_ctrl_c_is_answered_at_once_and_leaves_nets_that_can_be_used() -> None:
    nets = tn.Ensemble(small, 50)
    train = data.DataLoader((X, Y), 50, shuffle=False)
    pressed = []

    def press() -> None:
        while not nets.steps.any():  # once the first piece is done
            time.sleep(0.01)
        pressed.append(time.perf_counter())
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        tn.fit(nets, train, loss=F.cross_entropy, optimizer=optim.SGD(lr=0.1), epochs=10**7)
    assert time.perf_counter() - pressed[0] < 2  # 0.1 s on a machine that has nothing else to do
    assert np.isfinite(nets.parameters()["0.weight"]).all()
    assert 0 < nets.steps.max() < 10**7


def test_twenty_thousand_nets_are_a_few_megabytes() -> None:
    nets = tn.Ensemble(lambda: nn.Linear(2, 3), 2)
    nets.bind(optim.Adam(lr=0.01))
    layers = 5
    assert 20_000 * layers * (nets.weights.shape[1] + nets.states.shape[1]) < 64 << 20


def test_building_leaves_the_random_state_alone() -> None:
    tn.manual_seed(123)
    before = default_generator.get_state()
    nets = tn.Ensemble(everything, 2)
    assert nets[1] is not nets[1]
    tn.fit(nets, (X, Y), loss=F.cross_entropy, optimizer=optim.SGD(lr=0.1))
    assert default_generator.get_state() == before


def growing() -> Callable[[], nn.Module]:
    widths = iter(range(3, 99))
    return lambda: nn.Linear(4, next(widths))


class Frozen(nn.Module):
    """Draws an array that is no parameter and no buffer: it would be another for every net."""

    def __init__(self) -> None:
        self.linear, self.array = nn.Linear(4, 3), tn.randn(1, 4).numpy()

    def forward(self, x: Any) -> Any:
        return self.linear(x * tn.Tensor(self.array))


def test_what_cannot_be_is_said() -> None:
    def trained(build: Callable[[], Any] = small, train: Any = (X, Y), **options: Any) -> None:
        everywhere = {"loss": F.cross_entropy, "optimizer": optim.SGD(lr=0.1), **options}
        tn.fit(tn.Ensemble(build, 3), train, **everywhere)

    with pytest.raises(ArgumentError, match="n is 0; needed a positive integer"):
        tn.Ensemble(small, 0)
    with pytest.raises(ArgumentError, match="got 2 seeds; needed 3"):
        tn.Ensemble(small, 3, [1, 2])
    with pytest.raises(DtypeError, match=r"build_model gave str; needed an nn\.Module"):
        tn.Ensemble(lambda: "net", 3)  # type: ignore[arg-type, return-value]
    with pytest.raises(ShapeError, match="seed 0 gave a net of another shape than the first"):
        tn.Ensemble(growing(), 3)
    with pytest.raises(CompileError, match="differ in more than parameters and buffers"):
        trained(Frozen)
    with pytest.raises(ArgumentError, match="got clip with an Ensemble"):
        trained(clip=1.0)
    with pytest.raises(ArgumentError, match="got compile=False with an Ensemble"):
        trained(compile=False)
    with pytest.raises(ArgumentError, match="got seed with an Ensemble"):
        trained(seed=0)
    with pytest.raises(ArgumentError, match="the optimizer is bound to a model"):
        trained(optimizer=optim.SGD(small().parameters(), lr=0.1))
    with pytest.raises(DtypeError, match="the optimizer is 'sgd'"):
        trained(optimizer="sgd")
    step = EnsembleStep(tn.Ensemble(small, 2), F.cross_entropy, optim.SGD(lr=0.1), (X, Y))
    with pytest.raises(ArgumentError, match=r"got labels 1\.\.3; needed 0\.\.2"):
        step.run(X, Y + 1, 50, np.array([0.1]))


def test_the_border_refuses_what_would_read_out_of_bounds() -> None:
    nets = tn.Ensemble(small, 2)
    step = EnsembleStep(nets, F.cross_entropy, optim.SGD(lr=0.1), (X, Y))
    rates = np.array([0.1])
    with pytest.raises(ValueError, match="needed examples for a batch"):
        step.run(X[:10], Y[:10], 50, rates)
    with pytest.raises(ValueError, match="an input has other rows"):
        step.run(X, Y, 49, rates)
    with pytest.raises(ValueError, match="the order names an example there is not"):
        step.run(X, Y, 50, rates, np.full((2, 50), 50))
    with pytest.raises(ValueError, match="another size"):
        step.run(X, Y, 50, rates, np.zeros((2, 49), np.int64))
    assert nets.steps.tolist() == [0, 0]
