"""Module: what is found, saved, shared, switched and refused."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn
from tinynn.errors import ArgumentError, DtypeError, ShapeError


class Branch(nn.Module):
    """Two layers and a scale; one layer is used twice."""

    def __init__(self) -> None:
        self.scale = nn.Parameter(np.ones(1, "float32"))
        self.first = nn.Linear(3, 3)
        self.second = nn.Sequential(nn.Linear(3, 2, bias=False), nn.ReLU())
        self.again = self.first

    def forward(self, x: Any) -> Any:
        return self.second(self.again(self.first(x))) * self.scale


NAMES = ["scale", "first.weight", "first.bias", "second.0.weight"]


def test_parameters_are_found_once_in_the_order_they_were_set() -> None:
    model = Branch()
    assert [name for name, _ in model.named_parameters()] == NAMES
    assert list(model.state_dict()) == NAMES
    assert model.num_parameters() == 1 + 12 + 6
    assert [name for name, _ in model.named_modules()] == ["", "first", "second", "second.0", "second.1"]
    assert [type(m).__name__ for m in model.children()] == ["Linear", "Sequential", "Linear"]


def test_a_shared_parameter_adds_up_its_gradients_and_is_updated_once() -> None:
    model = Branch()
    x = tn.randn(5, 3)
    assert tn.gradcheck(lambda w: F.linear(F.linear(x.double(), w), w), model.first.weight.double().detach())
    model(x).sum().backward()
    before = model.first.weight.numpy().copy()
    tn.optim.SGD(model.parameters(), lr=1.0).step()
    np.testing.assert_allclose(model.first.weight, before - model.first.weight.grad.data, rtol=1e-6)


def test_state_dict_goes_from_one_model_to_another() -> None:
    a, b = Branch(), Branch()
    x = tn.randn(4, 3)
    assert not np.allclose(a(x), b(x))
    b.load_state_dict(a.state_dict())
    np.testing.assert_array_equal(a(x), b(x))
    a.first.weight.data += 1
    assert not np.allclose(a.first.weight, b.first.weight)  # copied, not shared
    b.load_state_dict({name: tn.tensor(array) for name, array in a.state_dict().items()})
    np.testing.assert_array_equal(a(x), b(x))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s.pop("scale"), ArgumentError, r"missing \['scale'\], unexpected nothing"),
        (lambda s: s.update(extra=np.ones(1)), ArgumentError, r"missing nothing, unexpected \['extra'\]"),
        (lambda s: s.update({"first.bias": np.ones(4)}), ShapeError, r"first.bias is \(4,\); needed \(3,\)"),
        (lambda s: s.update({"first.bias": np.array(["a"] * 3)}), DtypeError, "first.bias is <U1"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change: Any, error: type[Exception], message: str) -> None:
    model = Branch()
    before = {name: a.copy() for name, a in model.state_dict().items()}
    state = {name: np.zeros_like(a) for name, a in before.items()}
    change(state)
    with pytest.raises(error, match=message):
        model.load_state_dict(state)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_buffers_are_saved_but_not_learned() -> None:
    class Centre(nn.Module):
        def __init__(self) -> None:
            self.register_buffer("mean", np.zeros(2))
            self.inner = nn.CrossEntropyLoss(weight=np.ones(3))

    model = Centre()
    assert list(model.state_dict()) == ["mean", "inner.weight"]
    assert model.num_parameters() == 0
    assert len(list(model.buffers())) == 2
    model.load_state_dict({"mean": np.array([1.0, 2.0]), "inner.weight": np.ones(3)})
    assert model.mean.tolist() == [1, 2]


def test_modes_reach_every_module() -> None:
    model = nn.Sequential(nn.Dropout(1.0), nn.Sequential(nn.Dropout(1.0)))
    x = tn.ones(3)
    assert model(x).tolist() == [0, 0, 0]
    assert model.eval() is model
    assert model(x).tolist() == [1, 1, 1]
    assert all(m.training for m in model.train().modules())


def test_freezing_and_forgetting() -> None:
    model = Branch()
    model.first.requires_grad_(False)
    assert model.num_parameters(trainable=True) == 7
    model(tn.randn(4, 3)).sum().backward()
    assert model.first.weight.grad is None
    assert model.scale.grad is not None
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_apply_goes_from_the_leaves_to_the_root() -> None:
    seen: list[str] = []
    model = nn.Sequential(nn.Flatten(), nn.Sequential(nn.ReLU(), nn.Tanh()))
    assert model.apply(lambda m: seen.append(type(m).__name__)) is model
    assert seen == ["Flatten", "ReLU", "Tanh", "Sequential", "Sequential"]


def test_double_makes_a_model_that_can_be_checked() -> None:
    model = Branch().double()
    assert {p.dtype for p in model.parameters()} == {np.dtype("float64")}
    assert model(np.zeros((1, 3))).dtype == np.float64
    assert model.float()(np.zeros((1, 3), "float32")).dtype == np.float32


def test_forward_hooks_see_and_replace_the_output() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    seen: list[Any] = []
    handle = model[0].register_forward_hook(
        lambda module, args, y: seen.append((module, args[0].shape, y.shape))
    )
    x = tn.randn(4, 2)
    y = model(x)
    assert seen == [(model[0], (4, 2), (4, 3))]
    with model[1].register_forward_hook(lambda module, args, y: y * 0):
        assert not model(x).data.any()
    np.testing.assert_array_equal(model(x), y)
    handle.remove()
    seen.clear()
    model(x)
    assert seen == []


def test_forward_may_take_options() -> None:
    class Scaled(nn.Module):
        def forward(self, x: Any, *, by: float = 1.0) -> Any:
            return x * by

    assert Scaled()(tn.ones(1), by=3.0).item() == 3
    with pytest.raises(TypeError, match="has no forward; needed def forward"):
        nn.Module()(1)


def test_deepcopy_keeps_sharing_within_and_shares_nothing_without() -> None:
    model = Branch()
    twin = copy.deepcopy(model)
    assert twin.again is twin.first
    assert [name for name, _ in twin.named_parameters()] == NAMES
    assert not np.shares_memory(twin.scale.data, model.scale.data)


class Empty(nn.Module):
    pass


@pytest.mark.parametrize(
    ("assign", "message"),
    [
        (
            lambda m: setattr(m, "w", tn.ones(2, requires_grad=True)),
            r"Empty.w: .* no Parameter; try",
        ),
        (lambda m: setattr(m, "layers", [nn.Linear(1, 1)]), "Empty.layers: got a list with a Linear in it"),
        (lambda m: setattr(m, "w", (nn.Parameter([1.0]),)), "a tuple with a Parameter in it"),
        (lambda m: setattr(m, "w", {"a": nn.ReLU()}), "a dict with a ReLU in it"),
        (
            lambda m: setattr(m.layer, "weight", np.ones((2, 2))),
            "Linear.weight: got ndarray in place",
        ),
        (lambda m: setattr(m.layer, "weight", tn.ones(2, 2)), "Linear.weight: got Tensor in place"),
        (lambda m: setattr(m, "layer", F.relu), "Empty.layer: got function in place of a Module"),
    ],
)
def test_what_would_be_forgotten_in_silence_is_refused(assign: Any, message: str) -> None:
    module = Empty()
    module.layer = nn.Linear(2, 2)
    with pytest.raises(DtypeError, match=message):
        assign(module)


def test_what_may_be_assigned() -> None:
    m = nn.Linear(2, 2)
    m.bias = None
    m.weight = nn.Parameter(np.zeros((2, 2), "float32"))
    m.last = m(tn.ones(1, 2))  # what an op made
    m.constant = tn.ones(2)
    m.sizes = [1, 2]
    assert [name for name, _ in m.named_parameters()] == ["weight"]
    del m.weight
    assert m.num_parameters() == 0


def test_repr_is_a_tree() -> None:
    assert repr(nn.Sequential(nn.Linear(4, 2, bias=False), nn.Sequential(nn.Dropout(0.2)))) == (
        "Sequential(\n  (0): Linear(4, 2, bias=False)\n  (1): Sequential(\n    (0): Dropout(p=0.2)\n  )\n)"
    )


# ---- parameters and containers ---------------------------------------------------------------------


def test_parameters_own_what_an_optimiser_could_not_change() -> None:
    plain = np.ones((2, 3))
    assert nn.Parameter(plain).numpy() is plain
    frozen = np.ones(2)
    frozen.flags.writeable = False
    for array in (plain.T, np.broadcast_to(np.ones(1), (3,)), frozen, plain[:, ::2]):
        p = nn.Parameter(array)
        assert p.numpy().flags.c_contiguous
        assert p.numpy().flags.writeable
        np.testing.assert_array_equal(p, array)
    with pytest.raises(DtypeError, match="int64"):
        nn.Parameter([1, 2])
    assert repr(nn.Parameter([1.0])) == "Parameter([1.], dtype=float32, requires_grad=True)"


def test_containers_are_lists() -> None:
    a, b, c = nn.ReLU(), nn.Tanh(), nn.Sigmoid()
    model = nn.Sequential(a).append(b).extend([c])
    assert (len(model), list(model), model[-1], model[1]) == (3, [a, b, c], c, b)
    assert isinstance(model[1:], nn.Sequential)
    assert list(model[1:]) == [b, c]
    model[0] = c
    assert list(model) == [c, b, c]
    layers = nn.ModuleList([a, b])
    assert type(layers[:1]) is nn.ModuleList
    with pytest.raises(IndexError):
        model[3]
    for wrong in (F.relu, None, nn.ReLU):
        with pytest.raises(DtypeError, match="needed a Module; try"):
            nn.Sequential(wrong)  # type: ignore[arg-type]


def test_an_empty_sequential_is_the_identity() -> None:
    assert nn.Sequential()(5) == 5
