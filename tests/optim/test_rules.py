"""The update rules follow their equations, written out here once more in float64; state, binding, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import nn, optim
from tinynn.errors import ArgumentError, GraphError

Array = Any
RNG = np.random.default_rng(0)
START, GRADIENTS = RNG.standard_normal((3, 4)), RNG.standard_normal((8, 3, 4))


def sgd(lr: float, momentum: float = 0, weight_decay: float = 0, nesterov: bool = False) -> Array:
    w, v = START, np.zeros((3, 4))
    for g in GRADIENTS:
        g = g + weight_decay * w
        v = momentum * v + g
        w = w - lr * (g + momentum * v if nesterov else v)
    return w


def adamw(lr: float, weight_decay: float) -> Array:
    w, m, v = START, 0.0, 0.0
    for t, g in enumerate(GRADIENTS, 1):
        w = w - lr * weight_decay * w
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w = w - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def rmsprop(lr: float, alpha: float = 0.99, momentum: float = 0, weight_decay: float = 0) -> Array:
    w, s, v = START, 0.0, 0.0
    for g in GRADIENTS:
        g = g + weight_decay * w
        s = alpha * s + (1 - alpha) * g * g
        v = momentum * v + g / (np.sqrt(s) + 1e-8)
        w = w - lr * v
    return w


def adagrad(lr: float, weight_decay: float = 0) -> Array:
    w, s = START, 0.0
    for g in GRADIENTS:
        g = g + weight_decay * w
        s = s + g * g
        w = w - lr * g / (np.sqrt(s) + 1e-10)
    return w


ROWS: list[tuple[Any, Callable[..., Array], dict[str, Any]]] = [
    (optim.SGD, sgd, {"lr": 0.1}),
    (optim.SGD, sgd, {"lr": 0.1, "weight_decay": 0.3}),
    (optim.SGD, sgd, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.3}),
    (optim.SGD, sgd, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    (optim.AdamW, adamw, {"lr": 0.1, "weight_decay": 0.3}),
    (optim.RMSprop, rmsprop, {"lr": 0.1}),
    (optim.RMSprop, rmsprop, {"lr": 0.1, "alpha": 0.5, "momentum": 0.9, "weight_decay": 0.3}),
    (optim.Adagrad, adagrad, {"lr": 0.1}),
    (optim.Adagrad, adagrad, {"lr": 0.1, "weight_decay": 0.3}),
]
each_rule = pytest.mark.parametrize(
    ("rule", "book", "options"), ROWS, ids=lambda v: getattr(v, "__name__", str(v))
)


def run(optimizer: Any, w: tn.Tensor, gradients: Any) -> None:
    for g in gradients:
        w.grad = tn.Tensor(g)
        optimizer.step()


@each_rule
def test_the_equations(rule: Any, book: Callable[..., Array], options: dict[str, Any]) -> None:
    w = nn.Parameter(START.copy())
    storage = w.numpy()
    run(rule([w], **options), w, GRADIENTS)
    assert w.numpy() is storage  # changed where it lies
    np.testing.assert_allclose(w, book(**options), rtol=1e-12)


@each_rule
def test_a_run_continued_from_its_state_is_bit_equal(rule: Any, book: Any, options: dict[str, Any]) -> None:
    a, b = nn.Parameter(START.copy()), nn.Parameter(START.copy())
    first = rule([a], **options)
    run(first, a, GRADIENTS[:5])
    state = {name: np.array(v) for name, v in first.state_dict().items()}
    b.data[...] = a.data
    second = rule([b], **{**options, "lr": 99.0})
    second.load_state_dict(state)
    run(first, a, GRADIENTS[5:])
    run(second, b, GRADIENTS[5:])
    np.testing.assert_array_equal(a, b)
    assert second.steps == 8


@each_rule
def test_it_finds_the_bottom_of_a_bowl(rule: Any, book: Any, options: dict[str, Any]) -> None:
    options = {k: v for k, v in options.items() if k != "weight_decay"}
    target, w = tn.tensor([1.0, -2.0]), tn.zeros(2, requires_grad=True)
    optimizer = rule([w], **{**options, "lr": 0.05 if rule is not optim.Adagrad else 0.5})
    for _ in range(400):
        optimizer.zero_grad()
        ((w - target) ** 2).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(w, target, atol=0.05)


def test_parameters_without_a_gradient_stay() -> None:
    used, unused = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = optim.SGD([used, unused], lr=0.5)
    (used * 2).sum().backward()
    optimizer.step()
    assert (used.item(), unused.item()) == (0, 1)
    optimizer.zero_grad()
    assert used.grad is None


def test_frozen_parameters_are_let_through() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    model[0].requires_grad_(False)
    before = model[0].weight.numpy().copy()
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    model(tn.ones(1, 2)).sum().backward()
    optimizer.step()
    np.testing.assert_array_equal(model[0].weight, before)
    with pytest.raises(ArgumentError, match="no parameter collects"):
        optim.SGD(model[0].parameters(), lr=0.1)


def test_binding_later_and_only_once() -> None:
    w, other = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = optim.SGD(lr=0.1)
    with pytest.raises(GraphError, match=r"SGD.step: has no parameters; try SGD\(model.parameters"):
        optimizer.step()
    assert optimizer.bind([w]) is optimizer
    optimizer.bind([w])
    with pytest.raises(ArgumentError, match="bound to other parameters"):
        optimizer.bind([other])


def frozen() -> Array:
    a = np.ones(2)
    a.flags.writeable = False
    return a


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optim.SGD(nn.Parameter([1.0])), "got one tensor; needed a list"),
        (lambda: optim.SGD([]), "needed at least one tensor; got none"),
        (lambda: optim.SGD([np.ones(2)]), "needed at least one tensor"),
        (lambda: optim.SGD([nn.Parameter([1.0]) * 2]), "parameter 0 was made by an op"),
        (lambda: optim.SGD([nn.Parameter([1.0])] * 2 + [(w := nn.Parameter([1.0])), w]), "listed twice"),
        (
            lambda: optim.SGD([tn.Tensor(np.ones((2, 3)).T, requires_grad=True)]),
            "read-only or not",
        ),
        (lambda: optim.SGD([tn.Tensor(frozen(), requires_grad=True)]), "read-only or not contiguous"),
        (lambda: optim.SGD(lr=0), "SGD: lr is 0; needed a positive number"),
        (lambda: optim.SGD(lr=np.nan), "lr is nan"),
        (lambda: optim.SGD(lr="0.1"), "lr is '0.1'"),
        (lambda: optim.SGD(momentum=1.0), "momentum is 1.0"),
        (lambda: optim.SGD(nesterov=True), "nesterov=True without momentum"),
        (lambda: optim.SGD(weight_decay=-1), "weight_decay is -1"),
        (lambda: optim.AdamW(betas=(0.9, 1.0)), "AdamW: beta"),
        (lambda: optim.RMSprop(alpha=1.5), "RMSprop: alpha is 1.5"),
        (lambda: optim.RMSprop(eps=0), "RMSprop: eps is 0"),
        (lambda: optim.Adagrad(eps=-1), "Adagrad: eps is -1"),
    ],
)
def test_errors(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


def test_a_state_of_another_rule_or_model_is_refused() -> None:
    sgd_state = optim.SGD([nn.Parameter([1.0])], momentum=0.9).state_dict()
    for other in (optim.SGD([nn.Parameter([1.0])]), optim.SGD([nn.Parameter([1.0, 2.0])], momentum=0.9)):
        with pytest.raises(ArgumentError, match="belongs to another optimiser or model"):
            other.load_state_dict(sgd_state)
