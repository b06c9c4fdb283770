"""PyTorch agrees: pools and normalisation over random configurations, forward and every gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn

from .sides import Case, check, compare, torch_or_skip

PER_KIND = 60


def pools(axes: int) -> Iterator[Case]:
    """Random sizes, strides, paddings and ceil modes, for the maximum and for both means."""
    rng = np.random.default_rng(axes)
    made = 0
    while made < PER_KIND:
        plane = tuple(int(s) for s in rng.integers(1, 14, axes))
        kernel = tuple(int(s) for s in rng.integers(1, 6, axes))
        stride = tuple(int(s) for s in rng.integers(1, 5, axes))
        padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
        ceil_mode, counted = bool(rng.integers(2)), bool(rng.integers(2))
        if any(h + 2 * p < k for h, k, p in zip(plane, kernel, padding, strict=True)):
            continue
        made += 1
        shape = (int(rng.integers(1, 4)), int(rng.integers(1, 20)), *plane)
        sizes: Any = (kernel, stride, padding) if axes == 2 else (kernel[0], stride[0], padding[0])
        yield pool_case(f"max_pool{axes}d", shape, (*sizes, ceil_mode))
        yield pool_case(f"avg_pool{axes}d", shape, (*sizes, ceil_mode, counted))


def pool_case(name: str, shape: tuple[int, ...], options: tuple[Any, ...]) -> Case:
    def theirs(pt: Any, x: Any) -> Any:
        if name.startswith("max"):
            kernel, stride, padding, ceil_mode = options
            return getattr(pt.nn.functional, name)(x, kernel, stride, padding, 1, ceil_mode)
        return getattr(pt.nn.functional, name)(x, *options)

    return Case(f"{name} {shape} {options}", [shape], lambda x: getattr(F, name)(x, *options), theirs)


def adaptive() -> Iterator[Case]:
    rng = np.random.default_rng(3)
    for i in range(PER_KIND):
        axes = 1 + i % 2
        shape = tuple(int(s) for s in (rng.integers(1, 4), rng.integers(1, 20), *rng.integers(1, 14, axes)))
        size = tuple(int(s) for s in rng.integers(1, 9, axes))
        for name in (f"adaptive_max_pool{axes}d", f"adaptive_avg_pool{axes}d"):
            asked: Any = size if axes == 2 else size[0]
            yield Case(
                f"{name} {shape} {asked}",
                [shape],
                lambda x, name=name, asked=asked: getattr(F, name)(x, asked),
                lambda pt, x, name=name, asked=asked: getattr(pt.nn.functional, name)(x, asked),
            )
        for name, reduce in (("max", "amax"), ("avg", "mean")):
            dims = tuple(range(2, len(shape)))
            yield Case(
                f"global_{name}_pool {shape}",
                [shape],
                lambda x, name=name: getattr(F, f"global_{name}_pool")(x),
                lambda pt, x, reduce=reduce, dims=dims: getattr(pt, reduce)(x, dims),
            )


def norms() -> Iterator[Case]:
    rng = np.random.default_rng(4)
    for i in range(PER_KIND):
        shape = tuple(int(s) for s in (rng.integers(2, 9), rng.integers(1, 33), *rng.integers(1, 9, i % 3)))
        c = shape[1]
        yield Case(
            f"batch_norm {shape}",
            [shape, (c,), (c,)],
            lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True, eps=0.1),
            lambda pt, x, w, b: pt.nn.functional.batch_norm(x, None, None, w, b, True, 0.1, 0.1),
            flat=(0,) if np.prod(shape) == c * 2 else (),
        )
        last = shape[-1:] if i % 2 or len(shape) < 3 else shape[-2:]
        yield Case(
            f"layer_norm {shape} {last}",
            [shape, last, last],
            lambda x, w, b, last=last: F.layer_norm(x, last, w, b, eps=0.1),
            lambda pt, x, w, b, last=last: pt.nn.functional.layer_norm(x, last, w, b, 0.1),
            flat=(0, 1) if np.prod(last) == 1 else (),
        )


@pytest.mark.parametrize(
    "case", [*pools(1), *pools(2), *adaptive(), *norms()], ids=lambda case: case.name.replace(" ", "")
)
def test_agrees(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(("momentum", "axes"), [(0.1, 0), (0.3, 1), (None, 2)])
def test_running_statistics_agree(momentum: float | None, axes: int) -> None:
    """Five batches in training, one in evaluation, the state dict entry by entry."""
    torch = torch_or_skip()
    kind = "BatchNorm2d" if axes == 2 else "BatchNorm1d"
    ours, theirs = getattr(nn, kind)(5, momentum=momentum), getattr(torch.nn, kind)(5, momentum=momentum)
    rng = np.random.default_rng(axes)
    for _ in range(5):
        x = (3 + 2 * rng.normal(size=(6, 5, *[4] * axes))).astype("float32")
        compare("training", ours(x).data, theirs(torch.from_numpy(x)).detach().numpy())
    ours.eval(), theirs.eval()
    compare("evaluation", ours(x).data, theirs(torch.from_numpy(x)).detach().numpy())
    state = {name: array.numpy() for name, array in theirs.state_dict().items()}
    assert ours.state_dict().keys() == state.keys()
    for name, array in ours.state_dict().items():
        compare(name, np.asarray(array), state[name], flat=name == "bias")


def test_channels_last_is_the_same() -> None:
    """What lies channels last gives what PyTorch gives for it, and stays where it lies."""
    torch = torch_or_skip()
    x = np.random.default_rng(0).normal(size=(4, 9, 9, 13)).astype("float32").transpose(0, 3, 1, 2)
    y = F.max_pool2d(F.batch_norm(tn.Tensor(x), training=True), 3, 2, 1)
    their = torch.nn.functional.batch_norm(torch.from_numpy(x), None, None, training=True)
    compare("net", y.data, torch.nn.functional.max_pool2d(their, 3, 2, 1).numpy())
    assert y.data.transpose(0, 2, 3, 1).flags.c_contiguous
