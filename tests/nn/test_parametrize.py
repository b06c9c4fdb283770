"""w = H(u): what is learned is u, the gradient goes through H, and the module says the same as before."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.nn import init

RNG = np.random.default_rng(7)
X = RNG.standard_normal((6, 4))
TARGET = RNG.standard_normal((6, 3))


@pytest.fixture(autouse=True)
def _same_start() -> None:
    tn.manual_seed(3)


def layer(**options: Any) -> nn.Linear:
    return nn.Linear(4, 3, dtype="float64", **options)


def cost(module: nn.Module) -> Any:
    return F.mse(module(X), TARGET)


def normalised(u: Any) -> Any:
    """Weight normalisation: rows of length 1."""
    return u / F.sqrt(F.sum(u * u, axis=1, keepdims=True))


@pytest.mark.parametrize("h", [F.exp, F.tanh, normalised, nn.Sequential(nn.Tanh(), nn.Tanh())])
def test_the_gradient_of_u_is_that_of_the_cost(h: Any) -> None:
    model = layer()
    held = nn.parametrize(model, "weight", h)

    def cost_of(u: Any) -> Any:
        return F.mse(F.linear(X, h(u), model.bias), TARGET)

    assert float(cost(model)) == pytest.approx(float(cost_of(held.u)), rel=1e-14)
    cost(model).backward()
    u = tn.Tensor(held.u.data.copy(), requires_grad=True)
    tn.gradcheck(cost_of, [u])
    cost_of(u).backward()
    np.testing.assert_array_equal(held.u.grad, u.grad)
    assert np.abs(u.grad.data).max() > 1e-3


def test_h_may_learn_too_and_any_parameter_may_be_one() -> None:
    model = nn.Sequential(layer(), nn.PReLU(3).double())
    nn.parametrize(model[0], "weight", nn.Linear(4, 4, dtype="float64"))
    nn.parametrize(model[0], "bias", F.exp, u=np.full(3, -2.0))
    names = ["0.weight.u", "0.weight.transform.weight", "0.weight.transform.bias", "0.bias.u", "1.slope"]
    assert [name for name, _ in model.named_parameters()] == list(model.state_dict()) == names
    np.testing.assert_allclose(model[0].bias, np.full(3, np.exp(-2)), rtol=1e-14)
    cost(model).backward()
    assert all(p.grad is not None and np.abs(p.grad.data).max() > 0 for p in model.parameters())


def test_a_step_of_the_optimiser_changes_u_and_so_w() -> None:
    model = layer(bias=False)
    held = nn.parametrize(model, "weight", F.exp)
    rule, before = optim.SGD(model.parameters(), lr=0.1), cost(model)
    before.backward()
    expected = np.exp(held.u.data - 0.1 * held.u.grad.data)
    rule.step()
    np.testing.assert_allclose(model.weight, expected, rtol=1e-14)
    assert float(cost(model)) < float(before)


def test_state_holds_u_and_loads_it() -> None:
    first, second = layer(), layer()
    for model in (first, second):
        nn.parametrize(model, "weight", F.tanh)
    second.load_state_dict(first.state_dict())
    np.testing.assert_array_equal(second(X), first(X))
    assert sorted(first.state_dict()) == ["bias", "weight.u"]


def test_removal_leaves_the_value_and_the_class() -> None:
    model = layer()
    nn.parametrize(model, "weight", F.tanh)
    nn.parametrize(model, "bias", F.exp)
    y = np.asarray(model(X))
    assert type(model) is not nn.Linear
    assert isinstance(model, nn.Linear)
    assert repr(model).startswith("Linear(\n  (weight): H(u), u (3, 4), H = tanh")
    for name in ("weight", "bias"):  # in the order in which they came, which is not the one of a stack
        w = nn.remove_parametrization(model, name)
        assert w is getattr(model, name)
        assert isinstance(w, nn.Parameter)
        assert w.requires_grad
        np.testing.assert_array_equal(model(X), y)
    assert type(model) is nn.Linear
    assert list(model.state_dict()) == ["weight", "bias"]
    model.weight = nn.Parameter(np.zeros((3, 4)))


def test_other_modules_of_the_class_are_left_alone() -> None:
    model, other = layer(), layer()
    nn.parametrize(model, "weight", F.tanh)
    assert type(other) is nn.Linear
    assert isinstance(other.weight, nn.Parameter)


def test_copies_and_casts_are_their_own() -> None:
    model = layer()
    nn.parametrize(model, "weight", nn.SharedWeight([[0, 1, 2, 3]] * 3))
    twin = copy.deepcopy(model)
    vars(twin)["weight"].u.data[...] = 0
    assert np.abs(model.weight.numpy()).min() > 0
    assert np.abs(twin.weight.numpy()).max() == 0
    assert model.float().weight.dtype == np.float32


def test_frozen_stays_frozen() -> None:
    model = layer().requires_grad_(False)
    assert not nn.parametrize(model, "weight", F.tanh).u.requires_grad
    assert not nn.remove_parametrization(model, "weight").requires_grad


def test_nothing_is_written_into_what_was_computed() -> None:
    """H(u) is gone after the line that asked for it, and what was written into it would be, too."""
    model, mirror = layer(), layer()
    held, same = nn.parametrize(model, "weight", F.tanh), nn.parametrize(mirror, "weight", lambda u: u)
    u = held.u.numpy().copy()
    for fill in (init.zeros_, init.normal_, init.xavier_uniform_, init.orthogonal_):
        with pytest.raises(ArgumentError, match=f"{fill.__name__}: the tensor was made by an op; .* u where"):
            fill(model.weight)
        with tn.no_grad(), pytest.raises(ArgumentError, match=f"{fill.__name__}: the tensor is read-only"):
            fill(model.weight)
    with tn.no_grad(), pytest.raises(ValueError, match="read-only"):
        model.weight.data[...] = 0
    np.testing.assert_array_equal(held.u, u)
    init.zeros_(held.u)
    assert not np.asarray(model.weight).any()
    with tn.no_grad():
        assert init.ones_(mirror.weight) is same.u  # there is but the one


def test_two_layers_may_share_their_u() -> None:
    """An autoencoder with tied weights: the decoder is the transpose of the encoder."""
    encode, decode = layer(bias=False), nn.Linear(3, 4, bias=False, dtype="float64")
    nn.parametrize(decode, "weight", F.transpose, u=encode.weight)
    model = nn.Sequential(encode, decode)
    assert [name for name, _ in model.named_parameters()] == ["0.weight"]
    F.mse(model(X), X).backward()
    w = tn.Tensor(encode.weight.data.copy(), requires_grad=True)
    F.mse(X @ w.T @ w, X).backward()
    np.testing.assert_allclose(encode.weight.grad, w.grad, rtol=1e-12)


# ---- sharing ------------------------------------------------------------------------------------------


def test_the_gradient_is_the_sum_over_the_uses() -> None:
    index = np.array([[0, 1, -1, 0], [2, 1, 0, 1], [-1, -1, 2, 2]])
    model = layer()
    held = nn.parametrize(model, "weight", nn.SharedWeight(index))
    plain = layer()
    plain.load_state_dict({"weight": model.weight.numpy(), "bias": model.bias.numpy()})
    cost(model).backward()
    cost(plain).backward()
    expected = [plain.weight.grad.numpy()[index == k].sum() for k in range(3)]
    np.testing.assert_allclose(held.u.grad, expected, rtol=1e-13)
    np.testing.assert_array_equal(model.weight.numpy()[index == -1], 0)
    assert held.transform.uses.tolist() == [3, 3, 3]


def test_u_may_be_rows() -> None:
    u = tn.Tensor(RNG.standard_normal((2, 3)), requires_grad=True)
    w = nn.SharedWeight([1, 0, 1, -1])(u)
    np.testing.assert_array_equal(w, [u.data[1], u.data[0], u.data[1], [0, 0, 0]])
    (w * np.arange(4.0)[:, None]).sum().backward()
    np.testing.assert_array_equal(u.grad, [[1, 1, 1], [2, 2, 2]])


def test_what_is_shared_already_begins_as_it_is() -> None:
    shared = nn.SharedWeight([[2, 0], [0, 2], [-1, 2]])
    w = np.array([[5.0, 3.0], [3.0, 5.0], [0.0, 5.0]])
    u = shared.right_inverse(w)
    np.testing.assert_array_equal(u, [3, 0, 5])  # 1 is used nowhere
    np.testing.assert_array_equal(shared(tn.Tensor(u)), w)


# ---- hypernetworks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
def test_each_group_has_the_weights_of_its_condition(bias: bool) -> None:
    hyper = nn.Linear(5, 3 * 4 + 3 * bias, activation="tanh", dtype="float64")
    g = nn.HyperLinear(4, 3, hyper, bias, activation="relu")
    conditions, x = RNG.standard_normal((2, 5)), RNG.standard_normal((2, 6, 4))
    y = g(x, conditions)
    for task in range(2):
        given = np.asarray(hyper(conditions[task]))
        w, b = given[:12].reshape(3, 4), given[12:] if bias else 0
        np.testing.assert_allclose(y.data[task], np.maximum(x[task] @ w.T + b, 0), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(g(x[task], conditions[task]), y.data[task], rtol=1e-12, atol=1e-15)


def test_weights_per_input_make_a_product_of_inputs() -> None:
    """H linear, G linear: y = x^T U x, the simplest thing no linear G can do."""
    hyper = nn.Linear(2, 2, bias=False, dtype="float64")
    hyper.weight.data[...] = [[0, 1], [0, 0]]
    x = RNG.standard_normal((5, 2))
    y = nn.HyperLinear(2, 1, hyper, bias=False)(x)
    np.testing.assert_allclose(y.data[:, 0], x[:, 0] * x[:, 1], rtol=1e-14)


def test_the_gradient_reaches_h() -> None:
    g = nn.HyperLinear(4, 3, nn.Linear(4, 15, dtype="float64"), activation="tanh")
    w, b = (tn.Tensor(p.data, requires_grad=True) for p in g.parameters())

    def cost_of(w: Any, b: Any) -> Any:
        g.hyper.weight, g.hyper.bias = nn.Parameter(w.data), nn.Parameter(b.data)
        given = F.linear(X, w, b)
        rows = F.linear(X[:, None], F.reshape(given[:, :12], (6, 3, 4)), given[:, 12:], activation="tanh")
        return F.mse(F.reshape(rows, (6, 3)), TARGET)

    tn.gradcheck(cost_of, [w, b])
    cost_of(w, b).backward()
    cost(g).backward()
    for p, expected in zip(g.parameters(), (w.grad, b.grad), strict=True):
        np.testing.assert_allclose(p.grad, expected, rtol=1e-12)
    assert np.abs(w.grad.data).max() > 1e-3


# ---- refusals -----------------------------------------------------------------------------------------


def twice() -> None:
    model = layer()
    nn.parametrize(model, "weight", F.tanh)
    nn.parametrize(model, "weight", F.tanh)


def assigned() -> None:
    model = layer()
    nn.parametrize(model, "weight", F.tanh)
    model.weight = nn.Parameter(np.zeros((3, 4)))


HYPER = nn.HyperLinear(2, 1, nn.Linear(2, 3))
SHARED = nn.SharedWeight([[0, 1]])


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (DtypeError, "parametrize: got type; needed a Module", lambda: nn.parametrize(nn.Linear, "w", F.exp)),
        (ArgumentError, "parametrize: weight is H(u) already; try one H", twice),
        (ArgumentError, "has no parameter 'w'; it has weight, bias", lambda: nn.parametrize(layer(), "w", F.exp)),
        (ArgumentError, "no parameter '0.weight'; it has none of its own; try one of its layers", lambda: nn.parametrize(nn.Sequential(layer()), "0.weight", F.exp)),
        (ArgumentError, "has no parameter 'bias'", lambda: nn.parametrize(layer(bias=False), "bias", F.exp)),
        (ArgumentError, "has no parameter 'in_features'", lambda: nn.parametrize(layer(), "in_features", F.exp)),
        (DtypeError, "parametrize: H is 3; needed a Module or a function", lambda: nn.parametrize(layer(), "weight", 3)),
        (DtypeError, "parametrize: H(u) is ndarray; needed a Tensor", lambda: nn.parametrize(layer(), "weight", lambda u: u.numpy())),
        (ShapeError, "H(u) is (4, 3) but weight is (3, 4)", lambda: nn.parametrize(layer(), "weight", F.transpose)),
        (ShapeError, "H(u) is (2,) but bias is (3,)", lambda: nn.parametrize(layer(), "bias", F.exp, u=[1.0, 2.0])),
        (DtypeError, "H(u) is float32 but weight is float64", lambda: nn.parametrize(layer(), "weight", lambda u: u.float())),
        (ArgumentError, "Linear.weight: is H(u); try its u", assigned),
        (ArgumentError, "remove_parametrization: 'weight' is no H(u)", lambda: nn.remove_parametrization(layer(), "weight")),
        (DtypeError, "SharedWeight: the index map is float64; needed integers", lambda: nn.SharedWeight([0.0, 1.0])),
        (ArgumentError, "SharedWeight: the index map holds -2..1", lambda: nn.SharedWeight([-2, 1])),
        (ArgumentError, "SharedWeight: the index map holds -1..-1", lambda: nn.SharedWeight([-1, -1])),
        (ArgumentError, "SharedWeight: the index map holds nothing", lambda: nn.SharedWeight(np.zeros(0, int))),
        (ShapeError, "SharedWeight: u is (3,) but the map names 2", lambda: SHARED(tn.ones(3))),
        (ShapeError, "SharedWeight: u is () but the map names 2", lambda: SHARED(tn.tensor(1.0))),
        (ShapeError, "SharedWeight: the index map is (1, 2) but w is (3, 4)", lambda: nn.parametrize(layer(), "weight", SHARED)),
        (DtypeError, "HyperLinear: H is function; needed a Module", lambda: nn.HyperLinear(2, 1, lambda x: x)),
        (ArgumentError, "HyperLinear: in_features is 0", lambda: nn.HyperLinear(0, 1, nn.Linear(2, 3))),
        (ArgumentError, "HyperLinear: prelu would need a slope", lambda: nn.HyperLinear(2, 1, nn.Linear(2, 3), activation="prelu")),
        (ShapeError, "HyperLinear: H gave (5, 4); needed (..., 3): 1 x 2 weights and 1 biases", lambda: nn.HyperLinear(2, 1, nn.Linear(2, 4))(np.ones((5, 2), "f"))),
        (ShapeError, "HyperLinear: x is (4, 5, 6, 2) and w is (4, 1, 2)", lambda: HYPER(np.ones((4, 5, 6, 2), "f"), np.ones((4, 2), "f"))),
        (ShapeError, "linear: w is (4, 1, 2), one matrix per group, but x is (3, 1, 2)", lambda: HYPER(np.ones((3, 2), "f"), np.ones((4, 2), "f"))),
    ],
    ids=lambda v: v[:60] if isinstance(v, str) else "",
)  # fmt: skip
def test_refusals(error: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert message in str(caught.value)
