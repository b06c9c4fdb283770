"""Nets of an ensemble that go wrong, are interrupted or are gone on with leave what one net leaves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.compile import EnsembleStep
from tinynn.errors import ArgumentError, NonFiniteError
from tinynn.random import default_generator

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(32, 4)).astype("f4"), RNG.integers(0, 3, 32)


def state(model: nn.Module) -> list[Any]:
    return [np.array(a) for a in model.state_dict().values()]


def normalised() -> nn.Module:
    """Seed 1 makes a loss that overflows behind a batch norm."""
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    model[2].weight.data *= 1e30 if default_generator.seed == 1 else 1
    return model


class Steep(nn.Module):
    """y = sqrt(|w x|): at seed 1 w is 0, where y is finite and its derivative is not."""

    def __init__(self) -> None:
        self.w = nn.Parameter(np.full(1, 0.0 if default_generator.seed == 1 else 1.0, "f4"))

    def forward(self, x: Any) -> Any:
        return (self.w * x[:, :1]).abs().sqrt()


@pytest.mark.parametrize("build", [normalised, Steep])
def test_a_net_that_goes_wrong_is_left_as_it_is_alone(build: Any) -> None:
    nets, target = tn.Ensemble(build, 3), np.abs(X[:, :1])
    train = data.DataLoader((np.abs(X), target), 32, shuffle=False)
    tn.fit(nets, train, loss=F.mse, optimizer=optim.SGD(lr=0.01), epochs=4)
    assert nets.stopped.tolist() == [False, True, False]
    for i in range(3):
        tn.manual_seed(i)
        alone = build()
        train = data.DataLoader((np.abs(X), target), 32, shuffle=False)
        how = {"loss": F.mse, "optimizer": optim.SGD(lr=0.01), "epochs": 4}
        if i == 1:
            with pytest.raises(NonFiniteError):
                tn.fit(alone, train, **how)
        else:
            tn.fit(alone, train, **how)
        for ours, theirs in zip(state(nets[i]), state(alone), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_net_that_was_built_for_evaluation_is_trained_in_training_mode() -> None:
    def build() -> nn.Module:
        return nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.5), nn.Linear(16, 3)).eval()

    nets = tn.Ensemble(build, 2)
    how = {"loss": F.cross_entropy, "epochs": 3, "batch_size": 8}
    tn.fit(nets, (X, Y), optimizer=optim.SGD(lr=0.1), **how)
    tn.manual_seed(1)
    alone = build()
    tn.fit(alone, (X, Y), optimizer=optim.SGD(lr=0.1), **how)
    for ours, theirs in zip(state(nets[1]), state(alone), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_an_option_of_the_rule_may_change_between_two_fits() -> None:
    nets, rule = tn.Ensemble(lambda: nn.Linear(4, 3), 2), optim.SGD(lr=0.1, momentum=0.9)
    history = tn.fit(nets, (X, Y), loss=F.cross_entropy, optimizer=rule, epochs=2)
    rule.momentum = 0.5
    tn.fit(nets, (X, Y), loss=F.cross_entropy, optimizer=rule, epochs=4, history=history)
    tn.manual_seed(1)
    alone, own = nn.Linear(4, 3), optim.SGD(lr=0.1, momentum=0.9)
    history = tn.fit(alone, (X, Y), loss=F.cross_entropy, optimizer=own, epochs=2)
    own.momentum = 0.5
    tn.fit(alone, (X, Y), loss=F.cross_entropy, optimizer=own, epochs=4, history=history)
    for ours, theirs in zip(state(nets[1]), state(alone), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nets_that_were_interrupted_at_different_steps_are_not_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nets, history = tn.Ensemble(lambda: nn.Linear(4, 3), 3), tn.train.History()
    run = EnsembleStep.run

    def interrupted(self: Any, *arguments: Any) -> Any:
        run(self, *arguments)
        nets.steps[0] += 1
        raise KeyboardInterrupt

    monkeypatch.setattr(EnsembleStep, "run", interrupted)
    how = {"loss": F.cross_entropy, "optimizer": optim.SGD(lr=0.1), "history": history}
    with pytest.raises(KeyboardInterrupt):
        tn.fit(nets, (X, Y), epochs=3, **how)
    assert history.stopped == "interrupted after 0 steps"
    with pytest.raises(ArgumentError, match="the nets have had 1 to 2 steps"):
        tn.fit(nets, (X, Y), epochs=5, **how)


def test_seeds_are_many_and_labels_are_labels() -> None:
    with pytest.raises(ArgumentError, match=r"seeds is 5; needed 3 of them; try range\(3\)"):
        tn.Ensemble(lambda: nn.Linear(4, 3), 3, 5)  # type: ignore[arg-type]
    labels = Y.copy()
    nets = tn.Ensemble(lambda: nn.Linear(4, 3), 2)
    step = EnsembleStep(nets, lambda p, _: F.cross_entropy(p, labels), optim.SGD(lr=0.1), (X, Y))
    step.run(X, Y, 32, np.array([0.1]))
    labels[3] = -1
    with pytest.raises(ArgumentError, match=r"got labels -1\.\."):
        step.run(X, Y, 32, np.array([0.1]))
