"""A step that goes wrong: stopped before the update, explained by name, undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim, random
from tinynn.autograd import op
from tinynn.errors import NonFiniteError
from tinynn.train import Callback, Training

X, Y = np.ones((6, 2), np.float32), np.arange(6) % 3
# The ops below are NumPy, which cannot be compiled.
pytestmark = pytest.mark.filterwarnings("ignore:fit. trains without compiling:UserWarning")


@op
def times(x: Any, *, factor: float) -> Any:
    """factor x, and a gradient to match."""

    def backward(dy: Any, needs: Any) -> Any:
        return (dy * np.float32(factor),)

    return x * np.float32(factor), backward


@op
def rotten(x: Any) -> Any:
    """The identity with a gradient that is no number."""

    def backward(dy: Any, needs: Any) -> Any:
        return (dy * np.float32("nan"),)

    return x.copy(), backward


class Bad(nn.Module):
    """Multiplies by infinity from its n-th call on; draws a random number and keeps a buffer as it goes."""

    buffer_names = ("calls",)

    def __init__(self, n: int) -> None:
        self.n, self.calls = n, np.zeros(())

    def forward(self, x: Any) -> Any:
        random.default_generator.reserve(1)
        self.calls += 1
        return times(x, factor=np.inf if self.calls >= self.n else 1.0)


def fit(model: nn.Module, x: Any = X, y: Any = Y, **options: Any) -> Any:
    options = {
        "loss": F.cross_entropy,
        "optimizer": optim.SGD(lr=0.1),
        "epochs": 9,
        "batch_size": 6,
    } | options
    return tn.fit(model, (x, y), **options)


def test_the_step_and_the_first_layer_are_named_and_the_step_is_undone() -> None:
    inner = nn.Sequential(nn.Linear(4, 4), Bad(4))
    model = nn.Sequential(nn.Linear(2, 4, activation="relu"), inner, nn.Linear(4, 3))
    states: list[Any] = []

    def keep(training: Training) -> None:
        weights = {name: a.copy() for name, a in model.state_dict().items()}
        states.append((weights, random.default_generator.get_state()))

    with pytest.raises(NonFiniteError, match=r"became (nan|inf) in step 4; .* first layer .* is 1\.1; try"):
        fit(model, callbacks=[keep])
    weights, state = states[-1]
    assert len(states) == 3
    assert random.default_generator.get_state() == state
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, weights[name])
    assert all(p.grad is None for p in model.parameters())
    assert not any(m._forward_hooks for m in model.modules()), "the look into the layers was left behind"


def test_a_rate_that_is_too_large_names_a_layer() -> None:
    model = nn.Sequential(nn.Linear(2, 8, activation="relu"), nn.Linear(8, 3))
    with pytest.raises(NonFiniteError, match=r"step \d; .*(0|1).*try a smaller lr"):
        fit(model, X * 1e10, optimizer=optim.SGD(lr=1e20))


@pytest.mark.parametrize(("what", "where"), [("x", (4, 1)), ("y", (2, 0))])
def test_the_data_are_named(what: str, where: tuple[int, int]) -> None:
    arrays = {"x": X.copy(), "y": np.ones((6, 1), np.float32)}
    arrays[what][where] = np.nan

    def loss(p: Any, y: Any) -> Any:
        return (p - y).sum()

    from tinynn.data import DataLoader

    model = nn.Linear(2, 1)
    loader = DataLoader((arrays["x"], arrays["y"]), 6, shuffle=False)
    with pytest.raises(NonFiniteError, match=f"step 1; it comes from the data: {what} .* row {where[0]};"):
        tn.fit(model, loader, loss=squares, optimizer=optim.SGD(lr=0.1))
    assert np.isfinite(model.weight.data).all()


@op
def squares(x: Any, y: Any) -> Any:
    def backward(dy: Any, needs: Any) -> Any:
        return dy * 2 * (x - y) / x.size, None

    return np.asarray(((x - y) ** 2).mean()), backward


def test_a_loss_that_makes_it_itself_is_named() -> None:
    @op
    def log_of_nothing(x: Any, y: Any) -> Any:
        return np.float32(np.nan) * x.sum(), lambda dy, needs: (x, None)

    with pytest.raises(NonFiniteError, match="the loss function made it"):
        fit(nn.Linear(2, 3), loss=log_of_nothing)


def test_a_broken_gradient_is_found_before_it_is_in_the_weights() -> None:
    class Rotten(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.Linear(2, 3)

        def forward(self, x: Any) -> Any:
            return rotten(self.inner(x))

    model = Rotten()
    before = model.inner.weight.data.copy()
    with pytest.raises(NonFiniteError, match=r"finite in step 1 but the gradient of inner\.weight is not"):
        fit(model)
    np.testing.assert_array_equal(model.inner.weight.data, before)


def test_a_weight_that_is_no_number_is_named() -> None:
    model = nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 3))
    model.load_state_dict(model.state_dict() | {"0.bias": np.full(4, np.nan, np.float32)})
    with pytest.raises(NonFiniteError, match=r"is 0, whose 0\.bias is not finite"):
        fit(model)


def test_large_but_finite_gradients_pass() -> None:
    @op
    def steep(x: Any, y: Any) -> Any:
        return np.asarray(x.sum()), lambda dy, needs: (np.full_like(x, 1e25), None)

    model = nn.Linear(2, 3)
    before = model.weight.data.copy()
    fit(model, loss=steep, optimizer=optim.SGD(lr=1e-30), epochs=1)  # its square overflows float32
    assert np.isfinite(model.weight.data).all()
    model.weight.data[...] = before
    fit(model, loss=steep, optimizer=optim.SGD(lr=1.0), epochs=1, clip=1.0)
    assert 0.5 < np.sqrt(np.square(model.weight.data - before).sum()) <= 1.0 + 1e-6


def test_the_history_tells_of_it() -> None:
    history = tn.train.History()
    with pytest.raises(NonFiniteError):
        fit(nn.Sequential(nn.Linear(2, 3), Bad(3)), history=history)
    assert history.stopped == "NonFiniteError in epoch 3 after 2 steps"
    assert history.epochs == 2


def test_other_errors_pass_through_and_leave_the_modes() -> None:
    class Fails(Callback):
        def on_step_end(self, training: Training) -> None:
            raise LookupError("mine")

    model = nn.Linear(2, 3).eval()
    with pytest.raises(LookupError, match="mine"):
        fit(model, callbacks=[Fails()])
    assert not model.training
