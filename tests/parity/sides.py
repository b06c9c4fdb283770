"""The same computation twice, once in tinynn and once in PyTorch: forward and every gradient, to 1e-5."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import tinynn as tn

TOLERANCE = 1e-5  # of float32, relative to the largest entry (at least 1): sums are added up in another order
REASON = "PyTorch is an extra: pip install torch==2.13.0"


@dataclass(frozen=True)
class Case:
    """`ours(*tensors)` and `theirs(torch, *tensors)`, on random inputs of these shapes.

    A shape may be replaced by a function of the random generator that draws the input itself. `flat`
    names inputs whose gradient is zero everywhere, so that a zero on both sides proves nothing elsewhere.
    """

    name: str
    shapes: Sequence[Any]
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    flat: tuple[int, ...] = field(default=())


def torch_or_skip() -> Any:
    """The module torch; skips where it is absent."""
    return pytest.importorskip("torch", reason=REASON)


def draw(rng: np.random.Generator, shape: Any) -> Any:
    """A float32 input: standard normal, or what the case draws."""
    made = shape(rng) if callable(shape) else rng.normal(size=shape)
    return np.asarray(made, np.float32)


def check(case: Case) -> None:
    """Run both sides and compare the result and the gradient of every input for a random cotangent."""
    torch = torch_or_skip()
    rng = np.random.default_rng(sum(map(ord, case.name)))
    inputs = [draw(rng, shape) for shape in case.shapes]
    ours = [tn.Tensor(a.copy(), requires_grad=True) for a in inputs]
    theirs = [torch.tensor(a, requires_grad=True) for a in inputs]
    y, z = case.ours(*ours), case.theirs(torch, *theirs)
    compare(f"{case.name}: forward", y.data, z.detach().numpy())
    cotangent = rng.normal(size=y.shape).astype(np.float32)
    y.backward(cotangent)
    z.backward(torch.from_numpy(cotangent))
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        expected = np.zeros_like(inputs[i]) if b.grad is None else b.grad.numpy()
        compare(f"{case.name}: gradient of input {i}", a.grad.data, expected, flat=i in case.flat)


def compare(what: str, got: Any, expected: Any, *, flat: bool = False) -> None:
    """Same shape, same dtype, and no entry further apart than the tolerance; all zeros must be announced."""
    assert got.shape == expected.shape, f"{what}: {got.shape} against {expected.shape}"
    assert got.dtype == expected.dtype, f"{what}: {got.dtype} against {expected.dtype}"
    assert flat or np.any(expected != 0), f"{what}: all zeros, which would prove nothing"
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    far = float(np.abs(got.astype(np.float64) - expected).max(initial=0.0))
    assert far <= TOLERANCE * scale, f"{what}: differs by {far:.3g}, the largest entry being {scale:.3g}"
