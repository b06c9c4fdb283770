"""The rows of the table for pooling and normalisation; op_cases.py puts them with the others.

The oracles go window by window over slices, with what lies beyond the borders left out, not padded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.testing.case import OpCase, Rng, normal

Array = Any
LINES = ((2, 3, 7), (1, 1, 4), (2, 17, 9), (1, 8, 16))  # (n, c, l)
PLANES = ((2, 3, 5, 4), (1, 1, 4, 4), (2, 17, 3, 6), (1, 8, 7, 5))  # (n, c, h, w)


def spans(h: int, k: int, s: int, p: int, ceil_mode: bool) -> list[tuple[int, int, int]]:
    """Along one axis: where every window begins and ends on the plane, and its length with padding."""
    found = []
    for begin in range(-p, h + p, s):
        inside = begin + k <= h + p
        if not inside and (not ceil_mode or begin >= h or (begin > -p and begin - s + k >= h + p)):
            break
        found.append((max(begin, 0), min(begin + k, h), min(begin + k, h + p) - begin))
    return found


def windows(x: Array, kernel: Any, stride: Any, padding: Any, ceil_mode: bool) -> Iterator[Any]:
    """(output index, window, its size with padding) for x (n, c, h, w)."""
    rows, columns = (
        list(enumerate(spans(h, k, s, p, ceil_mode)))
        for h, k, s, p in zip(x.shape[2:], kernel, stride, padding, strict=True)
    )
    for (i, (a, b, high)), (j, (c, d, wide)) in product(rows, columns):
        yield (i, j), x[:, :, a:b, c:d], high * wide


def slicing(over: Callable[[Array, int], Array], axes: int, k: Any, s: Any, p: Any, ceil_mode: bool) -> Any:
    """The oracle that takes over(window, size with padding) of every window."""

    def oracle(x: Array) -> Array:
        images = x if axes == 2 else x[:, :, None]  # a line is a plane of one row
        kernel, stride, padding = (
            v if isinstance(v, tuple) else (v if axes == 2 else row, v)
            for v, row in zip((k, s, p), (1, 1, 0), strict=True)
        )
        over_each = windows(images, kernel, stride, padding, ceil_mode)
        found = {at: over(window, size) for at, window, size in over_each}
        oh, ow = (max(at[axis] for at in found) + 1 for axis in (0, 1))
        y = np.stack([found[i, j] for i, j in product(range(oh), range(ow))], -1)
        return y.reshape(*x.shape[:2], *((oh, ow) if axes == 2 else (ow,)))

    return oracle


def largest(window: Array, size: int) -> Array:
    return window.max(axis=(2, 3))


def mean(window: Array, size: int) -> Array:
    return window.mean(axis=(2, 3))


def mean_with_padding(window: Array, size: int) -> Array:
    return window.sum(axis=(2, 3)) / size


def distinct(rng: Rng, *size: int) -> tuple[Array]:
    """Numbers in random order, no two closer than 1 / 8: no tie within any window."""
    return (rng.permutation(np.prod(size)).reshape(size) / 8 + rng.uniform(0, 0.01, size),)


# kernel_size, stride, padding, ceil_mode
POOLS_1D: tuple[tuple[Any, ...], ...] = ((2, 2, 0, False), (3, 1, 1, False), (3, 2, 1, True), (2, 3, 0, True))
POOLS_2D: tuple[tuple[Any, ...], ...] = (
    (2, 2, 0, False),
    (3, 1, 1, False),
    ((3, 2), (2, 3), (1, 0), True),
    (2, (3, 1), (0, 1), False),
)


def pool_rows(axes: int, sizes: Any, shapes: Any) -> list[OpCase]:
    """Maximum and mean, with and without the padding counted."""
    k, s, p, ceil_mode = sizes
    what = f"{k}, stride {s}, padding {p}{', ceil' if ceil_mode else ''}"
    largest_of, mean_of = getattr(F, f"max_pool{axes}d"), getattr(F, f"avg_pool{axes}d")
    empty = (0, *shapes[0][1:])
    letters = "abcd"[: axes + 2]
    rows = [
        OpCase(f"max_pool{axes}d", lambda x: largest_of(x, *sizes), distinct,
               slicing(largest, axes, *sizes), shapes, what, empty=empty),
        OpCase(f"avg_pool{axes}d", lambda x: mean_of(x, *sizes), normal(letters),
               slicing(mean_with_padding, axes, *sizes), shapes, what, empty=empty, linear_in=(0,)),
    ]  # fmt: skip
    if p != 0:
        rows.append(
            OpCase(f"avg_pool{axes}d", lambda x: mean_of(x, *sizes, False), normal(letters),
                   slicing(mean, axes, *sizes), shapes, f"{what}, not counted", linear_in=(0,))
        )  # fmt: skip
    return rows


def adaptive_oracle(over: Any, size: tuple[int, ...]) -> Any:
    """over(part) of every part, cut from i h / o rounded down to (i + 1) h / o rounded up."""

    def oracle(x: Array) -> Array:
        y = np.empty((*x.shape[:2], *size))
        for at in np.ndindex(*size):
            parts = [
                slice(int(np.floor(i * h / o)), int(np.ceil((i + 1) * h / o)))
                for i, h, o in zip(at, x.shape[2:], size, strict=True)
            ]
            y[(..., *at)] = over(x[(..., *parts)], axis=tuple(range(2, x.ndim)))
        return y

    return oracle


def adaptive_rows(axes: int, size: tuple[int, ...], shapes: Any) -> list[OpCase]:
    asked: Any = size if axes == 2 else size[0]
    largest_of, mean_of = getattr(F, f"adaptive_max_pool{axes}d"), getattr(F, f"adaptive_avg_pool{axes}d")
    return [
        OpCase(f"adaptive_max_pool{axes}d", lambda x: largest_of(x, asked), distinct,
               adaptive_oracle(np.max, size), shapes, f"to {asked}", empty=(0, *shapes[0][1:])),
        OpCase(f"adaptive_avg_pool{axes}d", lambda x: mean_of(x, asked),
               normal("abcd"[: axes + 2]), adaptive_oracle(np.mean, size), shapes, f"to {asked}",
               empty=(0, *shapes[0][1:]), linear_in=(0,)),
    ]  # fmt: skip


def behind(x: Array) -> tuple[int, ...]:
    return tuple(range(2, x.ndim))


POOLS: list[OpCase] = [
    *(row for sizes in POOLS_1D for row in pool_rows(1, sizes, LINES)),
    *(row for sizes in POOLS_2D for row in pool_rows(2, sizes, PLANES)),
    *(row for size in ((1,), (3,), (11,)) for row in adaptive_rows(1, size, LINES)),
    *(row for size in ((1, 1), (2, 3), (6, 4)) for row in adaptive_rows(2, size, PLANES)),
    *(
        row
        for shapes in (LINES, PLANES)
        for row in (
            OpCase("global_max_pool", F.global_max_pool, distinct, lambda x: x.max(axis=behind(x)), shapes,
                   f"{len(shapes[0]) - 2}-D", empty=(0, *shapes[0][1:])),
            OpCase("global_avg_pool", F.global_avg_pool, normal("abcd"[: len(shapes[0])]),
                   lambda x: x.mean(axis=behind(x)), shapes, f"{len(shapes[0]) - 2}-D",
                   empty=(0, *shapes[0][1:]), linear_in=(0,), atol=1e-5),
        )
    ),
]  # fmt: skip


# ---- norm ----------------------------------------------------------------------------------------
def spread_over(x: Array, per_channel: Array) -> Array:
    return per_channel.reshape(-1, *[1] * (x.ndim - 2))


def batch_norm_oracle(x: Array, weight: Any = 1.0, bias: Any = 0.0) -> Array:
    axes = (0, *behind(x))
    h = (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + 0.1)
    return h if np.isscalar(weight) else h * spread_over(x, weight) + spread_over(x, bias)


def in_training(x: Any, weight: Any = None, bias: Any = None) -> Any:
    return F.batch_norm(x, None, None, weight, bias, training=True, eps=0.1)


def with_statistics(shape: str) -> Any:
    def draw(rng: Rng, *size: int) -> tuple[Array, ...]:
        x, weight, bias = normal(shape, "b", "b")(rng, *size)
        return x, rng.normal(size=size[1]), rng.uniform(0.5, 2, size[1]), weight, bias

    return draw


def evaluated(x: Array, mean: Array, var: Array, weight: Array, bias: Array) -> Array:
    scale = spread_over(x, weight / np.sqrt(var + 0.1))
    return (x - spread_over(x, mean)) * scale + spread_over(x, bias)


def layer_norm_oracle(x: Array, weight: Any = 1.0, bias: Any = 0.0, axes: int = 1) -> Array:
    over = tuple(range(-axes, 0))
    h = (x - x.mean(axis=over, keepdims=True)) / np.sqrt(x.var(axis=over, keepdims=True) + 0.1)
    return h * weight + bias


FEATURES = ((3, 7), (2, 1), (33, 17), (9, 16))
ROWS = ((3, 7), (1, 2), (33, 17), (9, 100))
LOOSE: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5}

NORMS: list[OpCase] = [
    *(
        row
        for shape, shapes in (("ab", FEATURES), ("abc", LINES), ("abcd", PLANES))
        for row in (
            OpCase("batch_norm", in_training, normal(shape, "b", "b"), batch_norm_oracle, shapes,
                   f"training, {len(shape)} axes", **LOOSE),
            OpCase("batch_norm", lambda x, *rest: F.batch_norm(x, *rest, eps=0.1), with_statistics(shape),
                   evaluated, shapes, f"evaluation, {len(shape)} axes", empty=(0, *shapes[0][1:]),
                   grad=(0, 3, 4), linear_in=(0,), **LOOSE),
        )
    ),
    OpCase("batch_norm", in_training, normal("abc"), batch_norm_oracle, LINES, "not affine", **LOOSE),
    OpCase("layer_norm", lambda x, w, b: F.layer_norm(x, x.shape[-1], w, b, eps=0.1), normal("ab", "b", "b"),
           layer_norm_oracle, ROWS, empty=(0, 3), **LOOSE),
    OpCase("layer_norm", lambda x: F.layer_norm(x, x.shape[-1:], eps=0.1), normal("abc"), layer_norm_oracle,
           LINES, "not affine", empty=(0, 2, 3), **LOOSE),
    OpCase("layer_norm", lambda x, w, b: F.layer_norm(x, x.shape[-2:], w, b, eps=0.1),
           normal("abc", "bc", "bc"), lambda x, w, b: layer_norm_oracle(x, w, b, 2), LINES, "two axes",
           **LOOSE),
]  # fmt: skip
