"""The step of every experiment that trains a net: its own model, loss, optimiser and batch, a hundred times.

Replayed as recorded it gives the bits of the loop by hand. Optimised it gives the same bits with any number
of threads and in every run, and gradients as near to those recorded as the passes promise.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import nn, optim
from tinynn.compile import CompiledStep
from tinynn.experiments import all_experiments
from tinynn.experiments.first_step import FirstStep, what_it_trains

from .loops import by_hand

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
EPS = float(np.finfo("f4").eps)
TRAINS_NOTHING = {"convolution", "network-size"}
STEPS = 100
ROWS = 8  # of a batch, where a step of all takes a tenth of a second
LARGE = {"cifar-conv": ROWS, "cifar-conv long": ROWS, "mnist-conv": ROWS, "motif-sequence": 16}
CASES = {
    **{name: (name, {}) for name in all_experiments() if name not in TRAINS_NOTHING},
    "cifar-conv long": ("cifar-conv", {"recipe": "long"}),
}
REPRESENTATIVE = "loss-variance"  # narrow layers: every kernel of its step but the update's is replaced
slow = [
    name if name == REPRESENTATIVE else pytest.param(name, marks=pytest.mark.slow) for name in sorted(CASES)
]
every_experiment = pytest.mark.parametrize("name", slow)


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = tn.get_num_threads()
    yield
    tn.set_num_threads(before)


def first(name: str) -> FirstStep:
    """What it trains, with a batch that a test has the time for."""
    experiment, options = CASES[name]
    found = what_it_trains(experiment, synthetic=True, **options)
    x, y = (np.asarray(array) for array in found.batch)
    rows = LARGE.get(name, len(x))
    return FirstStep(found.model, found.loss, found.optimizer, (x[:rows], y[: len(y) * rows // len(x)]))


def again(found: FirstStep) -> tuple[nn.Module, optim.Optimizer]:
    """Copies that begin where the experiment does."""
    return copy.deepcopy((found.model, found.optimizer))  # together: the one may hold the other's arrays


def batch(found: FirstStep, i: int) -> tuple[Any, Any]:
    """Another one each time: its rows in another order, which dropout and the order of sums can tell."""
    x, y = found.batch
    return np.roll(x, i, 0), np.roll(y, i * (len(y) // len(x)), 0)


def trained(found: FirstStep, optimize: bool | None, steps: int = STEPS) -> dict[str, Any]:
    """All that a hundred steps leave, and their losses. optimize = None: by hand."""
    model, optimizer = again(found)
    if optimize is None:
        step = by_hand(model, found.loss, optimizer)
    else:
        step = tn.compile(model, found.loss, optimizer, example=found.batch, optimize=optimize)
    tn.manual_seed(11)
    losses = [step(*batch(found, i)) for i in range(steps)]
    state = {f"{i} {k}": a.copy() for i, s in enumerate(optimizer.state) for k, a in s.items()}
    return {"losses": losses, **{k: np.array(v) for k, v in model.state_dict().items()}, **state}


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for key, value in one.items():
        np.testing.assert_array_equal(value, other[key], err_msg=key)


@every_experiment
def test_as_recorded_it_is_the_loop_by_hand(name: str) -> None:
    found = first(name)
    eager = trained(found, None)
    assert np.isfinite(eager["losses"]).all()
    start = found.model.state_dict()
    assert any((eager[key] != value).any() for key, value in start.items())  # else nothing is compared
    same(trained(found, optimize=False), eager)


@every_experiment
def test_optimised_it_is_the_same_with_any_number_of_threads_and_in_every_run(name: str) -> None:
    found = first(name)
    runs = []
    for count in (1, 2, 3, 4, 2):
        tn.set_num_threads(count)
        runs.append(trained(found, optimize=True))
    for run in runs[1:]:
        same(run, runs[0])


@every_experiment
def test_optimised_it_stays_within_its_bound(name: str) -> None:
    """Gradients of both from the same weights, at the start and on the way: they differ by no more than
    sqrt(m) roundings of the sum of their absolute terms, one for each row of the batch."""
    found = first(name)
    for done in (0, 10, STEPS):
        if done:
            model, optimizer = again(found)
            step = tn.compile(model, found.loss, optimizer, example=found.batch, optimize=False)
            for i in range(done):
                step(*batch(found, i))
            here = FirstStep(model, found.loss, optimizer, found.batch)
        else:
            here = found
        plain, wanted, loss = gradients(here, optimize=False)
        optimised, got, other = gradients(here, optimize=True)
        if not optimised.passes:
            assert [c.kernel for c in optimised.program.calls] == [c.kernel for c in plain.program.calls]
        terms, rows = absolute_terms(here), len(here.batch[1])
        bound = 8 * EPS * np.sqrt(rows)
        assert abs(other - loss) <= bound * abs(loss) + EPS
        for key, (gradient, weight) in wanted.items():
            error = np.abs(got[key][0] - gradient)
            limit = bound * terms[key] + EPS * np.abs(weight)
            assert (error <= limit).all(), (key, float(error.max()))


def gradients(found: FirstStep, optimize: bool) -> tuple[CompiledStep, dict[str, Any], float]:
    """The step; name -> (gradient, weight); the loss. SGD with a rate of 1 makes w - gradient of w."""
    model = copy.deepcopy(found.model)
    before = {name: p.data.copy() for name, p in model.named_parameters()}
    step = tn.compile(model, found.loss, optim.SGD(lr=1.0), example=found.batch, optimize=optimize)
    tn.manual_seed(11)
    loss = step(*found.batch)
    after = dict(model.named_parameters())
    moved = {name: (w.astype("f8") - after[name].data, w) for name, w in before.items()}
    return step, moved, float(loss)


def absolute_terms(found: FirstStep) -> dict[str, Any]:
    """Name -> what each row of the batch adds to the gradient, absolutely, summed.

    A row is taken alone; behind batch normalisation that makes it another, but of the same size.
    """
    model = copy.deepcopy(found.model)
    terms = {name: np.zeros(p.shape) for name, p in model.named_parameters()}
    each = 0.0
    for x, y in single_rows(*found.batch):
        cost = found.loss(model(x), y)
        cost.backward()
        each += float(cost.item())
        for name, p in model.named_parameters():
            terms[name] += np.abs(p.grad.numpy())
            p.grad = None
    x, y = found.batch
    scale = float(found.loss(model(x), y).item()) / each  # 1 for a sum, 1 / rows for a mean
    return {name: scale * t for name, t in terms.items()}


def single_rows(x: Any, y: Any) -> Iterator[tuple[Any, Any]]:
    """Batches of one; of nets side by side, x (nets, rows, 2) and y (nets * rows,), one for each net."""
    if len(y) > len(x) and x.ndim == 3 and len(y) == len(x) * x.shape[1]:
        for i in range(x.shape[1]):
            yield x[:, i : i + 1], y.reshape(len(x), -1)[:, i]
        return
    each = len(y) // len(x)
    for i in range(len(x)):
        yield x[i : i + 1], y[i * each : (i + 1) * each]
