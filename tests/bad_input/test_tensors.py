"""Bad input to tensors, modules and optimisers, and to what chooses backends, threads and seeds."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.errors import ArgumentError, BackendError, DtypeError, GraphError, ShapeError

from .rows import INF, NAN, B, Row, W, X, assert_refused, each_row, ones, read_only


def leaf() -> tn.Tensor:
    return tn.Tensor(X.copy(), requires_grad=True)


def model() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 2))


def backward_twice() -> None:
    total = (leaf() * 2).sum()
    total.backward()
    total.backward()


def without_graph() -> None:
    with tn.no_grad():
        total = leaf().sum()
    total.backward()


def add_in_place() -> None:
    w = leaf()
    w += 1


def write_into(w: tn.Tensor) -> None:
    w[0] = 1.0


def with_gradient(gradient: Any) -> tn.Tensor:
    w = leaf()
    w.grad = gradient
    return w


def step(gradient: Any) -> None:
    optim.SGD([with_gradient(gradient)], lr=0.1).step()


def bind_twice() -> None:
    optim.SGD(model().parameters(), lr=0.1).bind(model().parameters())


def negative_rate() -> None:
    optim.SGD(model().parameters(), lr=0.1).lr = -1


def shared(w: Any) -> optim.Optimizer:
    net = model()
    net[0].weight.data = w
    return optim.SGD(net.parameters(), lr=0.1)


def within(context: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    with context(*arguments, **options):
        F.sum(X)


class NoForward(nn.Module):
    pass


# fmt: off
TENSORS: list[Row] = [
    (DtypeError, "Tensor: got <U3; needed float32, float64, integers or bool", lambda: tn.Tensor("abc")),
    (DtypeError, "Tensor: got object; needed", lambda: tn.Tensor(None)),
    (DtypeError, "Tensor: got list, which makes no array", lambda: tn.Tensor([[1, 2], [3]])),
    (DtypeError, "Tensor: got float16; needed", lambda: tn.Tensor(X.astype("f2"))),
    (DtypeError, "Tensor: got complex128; needed", lambda: tn.Tensor([1j])),
    (DtypeError, "requires_grad: the tensor is int64; needed float32 or float64", lambda: tn.Tensor([1, 2], requires_grad=True)),
    (DtypeError, "from_numpy: got list; needed a NumPy array", lambda: tn.from_numpy([1])),
    (DtypeError, "from_dlpack: got list, which has no __dlpack__", lambda: tn.from_dlpack([1])),
    (ArgumentError, "zeros: got (-1,) for the shape; needed integers >= 0", lambda: tn.zeros(-1)),
    (ArgumentError, "zeros: got (1.5,) for the shape; needed integers >= 0", lambda: tn.zeros(1.5)),
    (ArgumentError, "linspace: got (-1,) for the shape", lambda: tn.linspace(0, 1, -1)),
    (ArgumentError, "randint: low is 5 and high is 2; needed low < high", lambda: tn.randint(5, 2, (3,))),
    (DtypeError, "random: the generator is 3; needed one", lambda: tn.rand(2, generator=3)),
    (GraphError, "backward: this tensor has no graph; needed one that depends on", lambda: tn.Tensor(X).backward()),
    (GraphError, "backward: this tensor has no graph", without_graph),
    (GraphError, "backward: got a tensor of shape (4, 3); needed a scalar", lambda: leaf().backward()),
    (ShapeError, "backward: the cotangent is (3, 3) but the tensor is (4, 3)", lambda: leaf().backward(ones(3, 3))),
    (DtypeError, "backward: the cotangent is <U1; needed numbers", lambda: leaf().backward("a")),
    (GraphError, "was freed by an earlier backward; try backward(retain_graph=True)", backward_twice),
    (ShapeError, "backward: .grad is (2,) but its tensor (4, 3); try .grad = None", lambda: with_gradient(tn.Tensor(B)).sum().backward()),
    (DtypeError, "backward: .grad is str but its tensor float32; try .grad = None", lambda: with_gradient("a").sum().backward()),
    (GraphError, "in-place: this tensor collects a gradient, which a change would falsify", add_in_place),
    (GraphError, "setitem: this tensor is part of a graph", lambda: write_into(leaf())),
    (ArgumentError, "setitem: the tensor shares a read-only array; try .clone()", lambda: write_into(tn.Tensor(read_only(X)))),
    (GraphError, "register_hook: this tensor needs no gradient", lambda: tn.Tensor(X).register_hook(print)),
    (DtypeError, "register_hook: got 3; needed a function of the gradient", lambda: leaf().register_hook(3)),
    (ShapeError, "item: the tensor is (4, 3); needed one element", lambda: tn.Tensor(X).item()),
    (ShapeError, "bool: the tensor is (4, 3); needed one element", lambda: bool(tn.Tensor(X))),
    (ShapeError, "float: the tensor is (4, 3); needed one element", lambda: float(tn.Tensor(X))),
    (DtypeError, "len: the tensor is a scalar; needed at least one axis", lambda: len(tn.Tensor(1.0))),
    (DtypeError, "iter: the tensor is a scalar; needed at least one axis", lambda: list(tn.Tensor(1.0))),
    (ArgumentError, "pickle: tinynn pickles nothing", lambda: pickle.dumps(tn.Tensor(X))),
    (GraphError, "deepcopy: this tensor was made by an op", lambda: copy.deepcopy(leaf() * 2)),
]

MODULES: list[Row] = [
    (ArgumentError, "Linear: in_features is 0; needed a positive integer", lambda: nn.Linear(0, 2)),
    (ArgumentError, "Linear: out_features is -2; needed a positive integer", lambda: nn.Linear(3, -2)),
    (ArgumentError, "Linear: in_features is '3'; needed a positive integer", lambda: nn.Linear("3", 2)),
    (ArgumentError, "Linear: activation is 'cube'; needed one of", lambda: nn.Linear(3, 2, activation="cube")),
    (DtypeError, "random: dtype is float16; needed float32 or float64", lambda: nn.Linear(3, 2, dtype="float16")),
    (ShapeError, "linear: x is (4, 5) but w is (2, 3); in_features 5 and 3 differ", lambda: model()(ones(4, 5))),
    (DtypeError, "linear: x is float64 but w is float32; needed one dtype", lambda: model()(np.ones((4, 3)))),
    (ArgumentError, "Maxout: pieces is 0; needed a positive integer", lambda: nn.Maxout(3, 2, 0)),
    (DtypeError, "Sequential: got <class 'tinynn.nn.activation.ReLU'>; needed a Module; try nn.ReLU()", lambda: nn.Sequential(nn.ReLU)),
    (DtypeError, "Sequential: got 'relu'; needed a Module", lambda: nn.Sequential("relu")),
    (DtypeError, "ModuleList: got 1; needed a Module", lambda: nn.ModuleList([1])),
    (DtypeError, "requires_grad: the tensor is int64", lambda: nn.Parameter([1, 2])),
    (ArgumentError, "load_state_dict: missing ['0.bias', '0.weight'], unexpected ['a']", lambda: model().load_state_dict({"a": X})),
    (ShapeError, "load_state_dict: 0.weight is (3, 3); needed (2, 3)", lambda: model().load_state_dict({"0.weight": ones(3, 3), "0.bias": B})),
    (DtypeError, "load_state_dict: the state is NoneType; needed a dict", lambda: model().load_state_dict(None)),
    (DtypeError, "load_state_dict: 0.weight is <U1; needed numbers", lambda: model().load_state_dict({"0.weight": np.full((2, 3), "a"), "0.bias": B})),
    (ArgumentError, "train: mode is 'yes'; needed True or False", lambda: model().train("yes")),
    (ArgumentError, "clip_grad_norm_: max_norm is -1; needed a number", lambda: nn.utils.clip_grad_norm_(model().parameters(), -1)),
]

OPTIMISERS: list[Row] = [
    (ArgumentError, "SGD: got one tensor; needed a list of them", lambda: optim.SGD(nn.Parameter(X), lr=0.1)),
    (ArgumentError, "SGD: needed at least one tensor; got none", lambda: optim.SGD([], lr=0.1)),
    (ArgumentError, "SGD: needed at least one tensor; got ndarray", lambda: optim.SGD([X], lr=0.1)),
    (ArgumentError, "SGD: needed at least one tensor; got Linear; try model.parameters()", lambda: optim.SGD(model(), lr=0.1)),
    (ArgumentError, "SGD: got 0.1; needed the parameters first; try model.parameters(), or lr", lambda: optim.SGD(0.1)),
    (ArgumentError, "SGD: no parameter collects its gradient", lambda: optim.SGD([tn.Tensor(X)], lr=0.1)),
    (ArgumentError, "SGD: a parameter is listed twice", lambda: optim.SGD([nn.Parameter(X)] * 2, lr=0.1)),
    (ArgumentError, "SGD: parameter 0, shape (2, 3), is read-only or not contiguous", lambda: shared(read_only(W))),
    (ArgumentError, "is read-only or not contiguous and cannot be changed where it lies", lambda: shared(np.asfortranarray(W))),
    (ArgumentError, "SGD: parameter 0 was made by an op; needed a leaf", lambda: optim.SGD([leaf() * 2], lr=0.1)),
    (ArgumentError, "SGD: is bound to other parameters already", bind_twice),
    (GraphError, "SGD.step: has no parameters; try SGD(model.parameters()", lambda: optim.SGD(lr=0.1).step()),
    (ShapeError, "SGD.step: a gradient is (2,) but its parameter (4, 3)", lambda: step(tn.Tensor(B))),
    (DtypeError, "SGD.step: a gradient is float64 but its parameter float32", lambda: step(tn.Tensor(np.ones((4, 3))))),
    (ArgumentError, "SGD: lr is -1; needed a number >= 0", negative_rate),
    (ArgumentError, "SGD: momentum is 1.5; needed a number in [0, 1)", lambda: optim.SGD(lr=0.1, momentum=1.5)),
    (ArgumentError, "SGD: weight_decay is -1; needed a number >= 0", lambda: optim.SGD(lr=0.1, weight_decay=-1)),
    (ArgumentError, "SGD: got nesterov=True without momentum", lambda: optim.SGD(lr=0.1, nesterov=True)),
    (ArgumentError, "Adam: beta is 1.0; needed a number in [0, 1)", lambda: optim.Adam(betas=(1.0, 0.9))),
    (ArgumentError, "Adam: betas is 0.9; needed two numbers", lambda: optim.Adam(betas=0.9)),
    (ArgumentError, "AdamW: betas is (0.9,); needed two numbers", lambda: optim.AdamW(betas=(0.9,))),
    (ArgumentError, "Adam: eps is -1; needed a positive number", lambda: optim.Adam(eps=-1)),
    (ArgumentError, "RMSprop: alpha is 2; needed a number in [0, 1)", lambda: optim.RMSprop(alpha=2)),
    (ArgumentError, "SGD: this state belongs to another optimiser or model", lambda: optim.SGD(model().parameters()).load_state_dict({"a": 1})),
    (DtypeError, "SGD: the state is NoneType; needed a dict", lambda: optim.SGD(model().parameters()).load_state_dict(None)),
    (ArgumentError, "StepLR: got NoneType; needed an optimizer", lambda: optim.StepLR(None, step_size=1)),
]

SETTINGS: list[Row] = [
    (ArgumentError, "use_backend: got 'cuda'; needed one of numpy, cython, native", lambda: within(tn.use_backend, "cuda")),
    (ArgumentError, "use_backend: got None; needed one of", lambda: within(tn.use_backend, None)),
    (ArgumentError, "use_kernel: no kernel is called 'lineer_forward'; try linear_forward", lambda: within(tn.use_kernel, "lineer_forward", print)),
    (ArgumentError, "use_kernel: linear_forward got 3; needed a function", lambda: within(tn.use_kernel, "linear_forward", 3)),
    (ArgumentError, "gradcheck: no input holds floats", lambda: tn.gradcheck(F.relu, [np.arange(3)])),
]
# fmt: on
RULES = (optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad)


@each_row(TENSORS + MODULES + OPTIMISERS + SETTINGS)
def test_it_is_refused(error: type[Exception], message: str, call: Callable[[], Any]) -> None:
    assert_refused(error, message, call)


@pytest.mark.skipif("cython" not in tn.info()["backends"], reason="the Cython rung was not built")
def test_a_strict_backend_has_no_substitute() -> None:
    message = "use_backend: reduce_sum has no cython version; try strict=False"
    assert_refused(BackendError, message, lambda: within(tn.use_backend, "cython", strict=True))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("lr", [0, -1, NAN, INF, "0.1", None, True])
def test_a_learning_rate_is_a_positive_number(rule: Any, lr: Any) -> None:
    assert_refused(
        ArgumentError, f"{rule.__name__}: lr is {lr!r}; needed a positive number", lambda: rule(lr=lr)
    )


@pytest.mark.parametrize("count", [0, -1, 1.5, "2", None, True, 10**9])
def test_threads_are_counted_from_one(count: Any) -> None:
    message = f"set_num_threads: got {count!r}; needed an integer in 1..1024"
    assert_refused(ArgumentError, message, lambda: tn.set_num_threads(count))


@pytest.mark.parametrize("seed", [-1, 1.5, "2", None, True, 2**64])
def test_a_seed_is_a_word(seed: Any) -> None:
    for what in (tn.manual_seed, tn.Generator):
        assert_refused(
            ArgumentError, f"manual_seed: got {seed!r}; needed an integer in", lambda w=what: w(seed)
        )  # type: ignore[misc]


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(TypeError, match="NoForward: has no forward; needed def forward"):
        NoForward()(X)
