"""PyTorch agrees on convolution: 320 random geometries in one dimension and 320 in two, with their gradients.

Drawn at random: images, channels, groups (depthwise too), kernel, stride, padding, dilation, flip, bias,
activation. The transposed convolutions and the fused max-pool have 100 each. By default 20 of each run.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

from tinynn import functional as F

from .sides import Case, check
from .test_pytorch import ACTIVATIONS

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
ACTIVE = {name: theirs for name, alpha, theirs in ACTIVATIONS if alpha is None}


class Geometry:
    """A random geometry of one or two axes, with input large enough for the kernel."""

    def __init__(self, rng: np.random.Generator, dims: int) -> None:
        self.dims = dims
        self.kernel, self.stride, self.dilation, self.padding = (
            tuple(map(int, rng.integers(low, high, dims))) for low, high in ((1, 5), (1, 4), (1, 4), (0, 4))
        )
        self.groups = int(rng.choice([1, 1, 2, 3, 5]))
        self.n, inner, outer = map(int, rng.integers(1, [4, 6, 7]))
        inner = 1 if rng.random() < 0.2 else inner  # depthwise
        self.c, self.o = inner * self.groups, outer * self.groups
        reach = [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]
        self.padding = tuple(min(p, r - 1) for p, r in zip(self.padding, reach, strict=True))
        least = [max(r - 2 * p, 1) for r, p in zip(reach, self.padding, strict=True)]
        room = self.stride[0] * 12 if dims == 1 else 7  # of few outputs relu might leave nothing
        self.size = tuple(int(low + rng.integers(room - 7, room)) for low in least)
        self.x, self.w = (self.n, self.c, *self.size), (self.o, inner, *self.kernel)
        self.flip, self.bias = bool(rng.random() < 0.3), bool(rng.random() < 0.7)
        self.activation = str(rng.choice(list(ACTIVE)))
        self.words: Any = None
        if rng.random() < 0.15:
            self.words = "valid" if all(r <= s for r, s in zip(reach, self.size, strict=True)) else "same"
        if self.words == "same":
            self.stride = (1,) * dims

    def reads_nothing(self) -> bool:
        """Every place of the kernel stands over padding, wherever the window is: all gradients would be 0."""
        for n, s, k, d, p in axes_of(self):
            before = {"same": (k - 1) * d // 2, "valid": 0}.get(self.words, p)
            after = (k - 1) * d - before if self.words == "same" else before
            places = range(0, n + before + after - (k - 1) * d, s)
            if not any(0 <= at + i * d - before < n for at in places for i in range(k)):
                return True
        return False

    def options(self, *, ours: bool) -> dict[str, Any]:
        """Of theirs flip is no option."""
        stride, dilation, padding = (
            v[0] if self.dims == 1 else v for v in (self.stride, self.dilation, self.padding)
        )
        flip = {"flip": self.flip} if ours else {}
        plain = {"stride": stride, "dilation": dilation, "padding": self.words or padding}
        return {**plain, "groups": self.groups, **flip}

    def read(self, w: Any) -> Any:
        """Their kernel, turned where ours is read backwards."""
        return w.flip(*range(2, 2 + self.dims)) if self.flip else w

    def shapes(self) -> list[Any]:
        return [self.x, self.w, (self.o,)][: 3 if self.bias else 2]

    def __str__(self) -> str:
        return f"{self.x} {self.w} {self.options(ours=True)} {self.activation}"


def convolutions(dims: int) -> Iterator[Case]:
    rng = np.random.default_rng(dims)
    while True:
        g = Geometry(rng, dims)
        if g.reads_nothing():
            continue
        yield Case(
            str(g),
            g.shapes(),
            lambda x, w, b=None, g=g: (F.conv1d if g.dims == 1 else F.conv2d)(
                x, w, b, **g.options(ours=True), activation=g.activation
            ),
            lambda pt, x, w, b=None, g=g: ACTIVE[g.activation](
                pt, getattr(pt.nn.functional, f"conv{g.dims}d")(x, g.read(w), b, **g.options(ours=False))
            ),
        )


def transposes(dims: int) -> Iterator[Case]:
    rng = np.random.default_rng(10 + dims)
    while True:
        g = Geometry(rng, dims)
        if (
            g.words
            or g.reads_nothing()
            or any((s - 1) * t + (k - 1) * d + 1 <= 2 * p for s, t, k, d, p in axes_of(g))
        ):
            continue
        extra = tuple(int(rng.integers(0, max(s, d))) for s, d in zip(g.stride, g.dilation, strict=True))
        more = {"output_padding": extra[0] if dims == 1 else extra}
        shapes = [(g.n, g.o, *g.size), g.w, (g.c,)][: 3 if g.bias else 2]
        yield Case(
            f"transposed {g} {extra}",
            shapes,
            lambda x, w, b=None, g=g, more=more: (F.conv_transpose1d if g.dims == 1 else F.conv_transpose2d)(
                x, w, b, **g.options(ours=True), **more
            ),
            lambda pt, x, w, b=None, g=g, more=more: getattr(pt.nn.functional, f"conv_transpose{g.dims}d")(
                x, g.read(w), b, **g.options(ours=False), **more
            ),
        )


def axes_of(g: Geometry) -> Any:
    return zip(g.size, g.stride, g.kernel, g.dilation, g.padding, strict=True)


def pools() -> Iterator[Case]:
    rng = np.random.default_rng(20)
    names = ("identity", "relu", "leaky_relu", "sigmoid", "tanh")
    while True:
        g, act = Geometry(rng, 2), str(rng.choice(names))
        pool = tuple(int(p) for p in rng.integers(1, 4, 2))
        left = [(s + 2 * p - (k - 1) * d - 1) // t + 1 for s, t, k, d, p in axes_of(g)]
        if g.words or g.reads_nothing() or left[0] < pool[0] or left[1] < pool[1]:
            continue
        yield Case(
            f"pooled {g} {act} {pool}",
            g.shapes(),
            lambda x, w, b=None, g=g, pool=pool, act=act: F.conv2d_max_pool(
                x, w, b, **g.options(ours=True), pool=pool, activation=act
            ),
            lambda pt, x, w, b=None, g=g, pool=pool, act=act: pt.nn.functional.max_pool2d(
                ACTIVE[act](pt, pt.nn.functional.conv2d(x, g.read(w), b, **g.options(ours=False))), pool
            ),
        )


def drawn(cases: Iterator[Case], count: int) -> list[Any]:
    """All of them, those after the first 20 marked slow."""
    slow = pytest.mark.slow
    return [
        pytest.param(case, id=str(i), marks=slow if i >= 20 else ())
        for i, case in enumerate(islice(cases, count))
    ]


@pytest.mark.parametrize("case", drawn(convolutions(1), 320))
def test_conv1d(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", drawn(convolutions(2), 320))
def test_conv2d(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", drawn(transposes(1), 100))
def test_conv_transpose1d(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", drawn(transposes(2), 100))
def test_conv_transpose2d(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", drawn(pools(), 100))
def test_conv2d_max_pool(case: Case) -> None:
    check(case)
