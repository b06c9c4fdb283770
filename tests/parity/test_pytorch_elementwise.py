"""PyTorch agrees: element-wise functions, reductions, shapes, joins and picking; and no op was left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinynn import functional as F
from tinynn.autograd.op import registry

from .sides import Case, check


def positive(*shape: int) -> Any:
    """Inputs away from 0, where log, sqrt, 1/x and powers are tame."""
    return lambda rng: rng.uniform(0.3, 3.0, size=shape)


def apart(*shape: int) -> Any:
    """Inputs of which no two are equal nor near: the maximum is one of them, and stays it."""
    return lambda rng: rng.permutation(int(np.prod(shape))).reshape(shape) / 7.0 - 2.0


S = (3, 4, 5)
INDEX = np.array([[2, 0, 2], [1, 1, 0]])
MASK = np.arange(60).reshape(S) % 3 == 0
UNARY = [
    Case("neg", [S], F.neg, lambda pt, x: -x),
    Case("exp", [S], F.exp, lambda pt, x: x.exp()),
    Case("log", [positive(*S)], F.log, lambda pt, x: x.log()),
    Case("sqrt", [positive(*S)], F.sqrt, lambda pt, x: x.sqrt()),
    Case("abs", [S], F.abs, lambda pt, x: x.abs()),
    Case("abs at 0", [lambda rng: np.array([0.0, -1.0, 2.0])], F.abs, lambda pt, x: x.abs()),
    Case("square", [S], F.square, lambda pt, x: x.square()),
    Case("reciprocal", [positive(*S)], F.reciprocal, lambda pt, x: x.reciprocal()),
    Case("sin", [S], F.sin, lambda pt, x: x.sin()),
    Case("cos", [S], F.cos, lambda pt, x: x.cos()),
    Case("sign", [S], F.sign, lambda pt, x: x.sign(), flat=(0,)),
    Case("clip", [S], lambda x: F.clip(x, -0.5, 0.8), lambda pt, x: x.clip(-0.5, 0.8)),
    Case(
        "clip on the bounds",
        [lambda rng: np.array([-1.0, 0.5, 1.0])],
        lambda x: F.clip(x, -1.0, 1.0),
        lambda pt, x: x.clip(-1.0, 1.0),
    ),
    *(
        Case(f"pow {p}", [positive(*S)], lambda x, p=p: F.pow(x, p), lambda pt, x, p=p: x**p)
        for p in (2, 3, 0.5, -1.5)
    ),
    Case("pow of a number", [S], lambda x: F.pow(2.0, x), lambda pt, x: 2.0**x),
    Case("clone", [S], F.clone, lambda pt, x: x.clone()),
]
BINARY = [
    Case(f"{name} {a} {b}", [positive(*a), positive(*b)], getattr(F, name), theirs)
    for name, theirs in {
        "add": lambda pt, a, b: a + b,
        "sub": lambda pt, a, b: a - b,
        "mul": lambda pt, a, b: a * b,
        "div": lambda pt, a, b: a / b,
        "pow": lambda pt, a, b: a**b,
        "maximum": lambda pt, a, b: pt.maximum(a, b),
        "minimum": lambda pt, a, b: pt.minimum(a, b),
    }.items()
    for a, b in [(S, S), (S, (5,)), ((4, 1), (3, 1, 5)), ((), S)]
] + [
    Case(
        "maximum of equals",
        [lambda rng: np.ones(3), lambda rng: np.array([1.0, 0.0, 2.0])],
        F.maximum,
        lambda pt, a, b: pt.maximum(a, b),
    ),
    Case(
        "minimum of equals",
        [lambda rng: np.ones(3), lambda rng: np.array([1.0, 0.0, 2.0])],
        F.minimum,
        lambda pt, a, b: pt.minimum(a, b),
    ),
    Case(
        "where",
        [S, (5,)],
        lambda a, b: F.where(MASK, a, b),
        lambda pt, a, b: pt.where(pt.from_numpy(MASK), a, b),
    ),
]
AXES: list[tuple[Any, bool]] = [
    (None, False),
    (0, False),
    (1, True),
    (-1, False),
    ((0, 2), False),
    ((1, 2), True),
]


def over(pt: Any, x: Any, axis: Any) -> Any:
    """PyTorch's `dim`: all of them by name."""
    return tuple(range(x.ndim)) if axis is None else axis


REDUCTIONS = [
    Case(
        f"{name} {axis} {keep}",
        [apart(*S)],
        lambda x, name=name, axis=axis, keep=keep: getattr(F, name)(x, axis, keep),
        lambda pt, x, theirs=theirs, axis=axis, keep=keep: theirs(pt, x, over(pt, x, axis), keep),
    )
    for name, theirs in {
        "sum": lambda pt, x, d, k: x.sum(d, k),
        "mean": lambda pt, x, d, k: x.mean(d, k),
        "max": lambda pt, x, d, k: x.amax(d, k),
        "min": lambda pt, x, d, k: x.amin(d, k),
        "var": lambda pt, x, d, k: x.var(d, correction=0, keepdim=k),
        "std": lambda pt, x, d, k: x.std(d, correction=0, keepdim=k),
        "logsumexp": lambda pt, x, d, k: pt.logsumexp(x, d, k),
    }.items()
    for axis, keep in AXES
] + [
    Case("var without bias", [S], lambda x: F.var(x, 1, ddof=1), lambda pt, x: x.var(1)),
    Case("std without bias", [S], lambda x: F.std(x, ddof=1), lambda pt, x: x.std()),
]
SHAPES = [
    Case("reshape", [S], lambda x: F.reshape(x, (5, 12)), lambda pt, x: x.reshape(5, 12)),
    Case("flatten", [S], lambda x: F.flatten(x, 1), lambda pt, x: x.flatten(1)),
    Case("transpose", [S], lambda x: F.transpose(x, (2, 0, 1)), lambda pt, x: x.permute(2, 0, 1)),
    Case("permute", [S], lambda x: F.permute(x, (1, 2, 0)), lambda pt, x: x.permute(1, 2, 0)),
    Case("swapaxes", [S], lambda x: F.swapaxes(x, 0, 2), lambda pt, x: x.swapaxes(0, 2)),
    Case("expand_dims", [S], lambda x: F.expand_dims(x, 1), lambda pt, x: x.unsqueeze(1)),
    Case("unsqueeze", [S], lambda x: F.unsqueeze(x, -1), lambda pt, x: x.unsqueeze(-1)),
    Case("squeeze", [(3, 1, 5)], lambda x: F.squeeze(x, 1), lambda pt, x: x.squeeze(1)),
    Case("broadcast_to", [(4, 1)], lambda x: F.broadcast_to(x, (3, 4, 5)), lambda pt, x: x.expand(3, 4, 5)),
    Case(
        "concatenate",
        [S, (3, 2, 5)],
        lambda a, b: F.concatenate([a, b], 1),
        lambda pt, a, b: pt.cat([a, b], 1),
    ),
    Case("stack", [S, S], lambda a, b: F.stack([a, b], -1), lambda pt, a, b: pt.stack([a, b], -1)),
    Case(
        "split",
        [(7, 3)],
        lambda x: F.cat(F.split(x, [3, 4])[::-1]),
        lambda pt, x: pt.cat(x.split([3, 4])[::-1]),
    ),
    Case(
        "pad",
        [(3, 4)],
        lambda x: F.pad(x, [(1, 2), (0, 3)], 1.5),
        lambda pt, x: pt.nn.functional.pad(x, (0, 3, 1, 2), value=1.5),
    ),
    Case(
        "getitem, slices",
        [S],
        lambda x: F.getitem(x, np.s_[1:, ::2, None, -1]),
        lambda pt, x: x[1:, ::2, None, -1],
    ),
    Case(
        "getitem, indices named twice",
        [S],
        lambda x: F.getitem(x, INDEX),
        lambda pt, x: x[pt.from_numpy(INDEX)],
    ),
    Case("getitem, mask", [S], lambda x: F.getitem(x, MASK), lambda pt, x: x[pt.from_numpy(MASK)]),
    Case("take", [S], lambda x: F.take(x, INDEX, 1), lambda pt, x: x[:, pt.from_numpy(INDEX)]),
    Case("take of all", [S], lambda x: F.take(x, INDEX), lambda pt, x: x.take(pt.from_numpy(INDEX))),
    Case(
        "gather", [(2, 3)], lambda x: F.gather(x, INDEX, 1), lambda pt, x: x.gather(1, pt.from_numpy(INDEX))
    ),
    Case(
        "astype", [S], lambda x: F.astype(F.astype(x, "float64"), "float32"), lambda pt, x: x.double().float()
    ),
]
EVERY = [*UNARY, *BINARY, *REDUCTIONS, *SHAPES]


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.name)
def test_elementwise_reductions_and_shapes(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_where_the_extreme_stands(name: str, axis: int | None) -> None:
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).integers(0, 4, size=(6, 7)).astype(np.float32)  # with equals
    x = x + np.linspace(0, 1e-3, 42, dtype=np.float32).reshape(6, 7)
    assert np.array_equal(getattr(F, name)(x, axis), getattr(torch, name)(torch.from_numpy(x), axis).numpy())


def test_one_hot() -> None:
    torch = pytest.importorskip("torch")
    labels = np.array([2, 0, 3])
    assert np.array_equal(F.one_hot(labels, 5), torch.nn.functional.one_hot(torch.from_numpy(labels), 5))


ELSEWHERE = {
    "dropout": "random: compared with its own mask",
    "gaussian_noise": "random",
    **dict.fromkeys(
        ("linear", "maxout", "matmul", "activation", "softmax", "log_softmax"), "test_pytorch.py"
    ),
    **dict.fromkeys(
        ("cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "hinge", "multiclass_hinge"),
        "test_pytorch.py",
    ),
    **dict.fromkeys(("argmax", "argmin", "one_hot"), "above, without a gradient"),
    **dict.fromkeys(
        ("conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "conv2d_max_pool"),
        "test_pytorch_conv.py",
    ),
    **dict.fromkeys(
        (f"{kind}_pool{n}d" for kind in ("max", "avg", "adaptive_max", "adaptive_avg") for n in (1, 2)),
        "test_pytorch_pool_and_norm.py",
    ),
    **dict.fromkeys(
        ("global_max_pool", "global_avg_pool", "batch_norm", "layer_norm"), "test_pytorch_pool_and_norm.py"
    ),
}


def test_no_op_is_left_out() -> None:
    """A new op needs a row here, or a reason."""
    named = {case.name.split(",")[0].split(" ")[0] for case in EVERY}
    shipped = {name for name, op in registry.items() if op.__module__.startswith("tinynn.functional")}
    assert shipped - named - ELSEWHERE.keys() == set()
