"""Calls of the kernels of pooling and of normalisation.

The sizes of a call are c channels, n images and the size of the plane, which is kept small: what matters
lies in the channels, which are last in memory, and at the borders.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinynn.backends import numpy_rung
from tinynn.testing.draw import DRAWERS, Arguments, Array, Draw, draws

# kernel, stride, padding, ceil_mode: tiles, overlaps, gaps, a window over the end, more than 256 places
WINDOWS: tuple[tuple[Any, ...], ...] = (
    ((2, 2), (2, 2), (0, 0), False),
    ((3, 2), (1, 1), (1, 1), False),
    ((2, 3), (3, 2), (1, 0), True),
    ((1, 3), (2, 4), (0, 1), True),
    ((18, 17), (5, 4), (9, 8), False),
)
SIZES = ((1, 1), (3, 2), (5, 9))  # of adaptive pools, smaller and larger than the plane


def _images(draw: Draw, c: int, n: int, size: int) -> Array:
    """Planes of at least 3 x 4, channels first in memory or last; half of the numbers have equals."""
    h = min(max(size, 3), 9)
    x = draw(min(n, 5), c, h, h + 1)
    x = np.where(draw(*x.shape) > 0, np.round(x), x).astype(x.dtype)
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1) if c % 2 else x


def _options(windows: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(("kernel", "stride", "padding"), windows, strict=False))


@draws
def max_pool2d_forward(draw: Draw, c: int, n: int, size: int) -> Iterator[Arguments]:
    for windows in WINDOWS:
        yield (_images(draw, c, n, size),), {**_options(windows), "ceil_mode": windows[3]}


@draws
def max_pool2d_backward(draw: Draw, c: int, n: int, size: int) -> Iterator[Arguments]:
    for (x,), options in max_pool2d_forward(draw, c, n, size):
        y, arg = numpy_rung.KERNELS["max_pool2d_forward"](x, **options)
        del options["ceil_mode"]
        yield (draw(*y.shape), arg), {"size": x.shape[2:], **options}


@draws
def avg_pool2d_forward(draw: Draw, c: int, n: int, size: int) -> Iterator[Arguments]:
    for i, ((x,), options) in enumerate(max_pool2d_forward(draw, c, n, size)):
        yield (x,), {**options, "count_include_pad": i % 2 == 0}
        yield (x,), {**options, "count_include_pad": i % 2 == 1}


@draws
def avg_pool2d_backward(draw: Draw, c: int, n: int, size: int) -> Iterator[Arguments]:
    for (x,), options in avg_pool2d_forward(draw, c, n, size):
        y = numpy_rung.KERNELS["avg_pool2d_forward"](x, **options)
        del options["ceil_mode"]
        yield (draw(*y.shape),), {"size": x.shape[2:], **options}


def _adaptive_forward(draw: Draw, c: int, n: int, size: int) -> Iterator[Arguments]:
    for out in SIZES:
        yield (_images(draw, c, n, size),), {"size": out}


DRAWERS["adaptive_max_pool2d_forward"] = DRAWERS["adaptive_avg_pool2d_forward"] = _adaptive_forward


@draws
def adaptive_max_pool2d_backward(draw: Draw, c: int, n: int, size: int) -> Iterator[Arguments]:
    for (x,), options in _adaptive_forward(draw, c, n, size):
        y, arg = numpy_rung.KERNELS["adaptive_max_pool2d_forward"](x, **options)
        yield (draw(*y.shape), arg), {"size": x.shape[2:]}


@draws
def adaptive_avg_pool2d_backward(draw: Draw, c: int, n: int, size: int) -> Iterator[Arguments]:
    for (x,), options in _adaptive_forward(draw, c, n, size):
        yield (draw(*x.shape[:2], *options["size"]),), {"size": x.shape[2:]}


# ---- norm ----------------------------------------------------------------------------------------


def _channels_last(x: Array) -> Array:
    return np.ascontiguousarray(x.transpose(0, 2, 1)).transpose(0, 2, 1)


@draws
def batch_norm_forward(draw: Draw, c: int, m: int, inner: int) -> Iterator[Arguments]:
    running = (draw(c), draw.positive(c))
    options = {"training": True, "momentum": 0.25, "eps": 0.01}
    yield (draw(m, c, inner), draw(c), draw(c), *running), options
    yield (_channels_last(draw(m, c, inner)), draw(c), draw(c), *running), options
    yield (draw(m, c, inner), None, None, None, None), {**options, "eps": 0.1}
    yield (draw(m, c, inner), draw(c), draw(c), *running), {**options, "training": False}
    yield (_channels_last(draw(m, c, inner)), None, draw(c), *running), {**options, "training": False}


@draws
def batch_norm_backward(draw: Draw, c: int, m: int, inner: int) -> Iterator[Arguments]:
    for (x, weight, bias, mean, var), options in batch_norm_forward(draw, c, m, inner):
        mean, var = (None if a is None else a.copy() for a in (mean, var))
        _y, *saved = numpy_rung.KERNELS["batch_norm_forward"](x, weight, bias, mean, var, **options)
        arrays = (draw(*x.shape), x, weight, *saved)
        training = {"training": options["training"]}
        yield arrays, training
        # dx lies as x does; that the loops of Cython write row-major alone is theirs to know.
        out = (np.full_like(x, 3) if x.flags.c_contiguous else None, draw(c), draw(c))
        yield arrays, {**training, "out": out, "accumulate": True}
        yield arrays, {**training, "out": out, "needs": (False, True, False)}


@draws
def layer_norm_forward(draw: Draw, m: int, k: int, _: int) -> Iterator[Arguments]:
    yield (draw(m, k), draw(k), draw(k)), {"eps": 0.01}
    yield (draw(m, k), None, None), {"eps": 0.1}


@draws
def layer_norm_backward(draw: Draw, m: int, k: int, _: int) -> Iterator[Arguments]:
    for (x, weight, bias), options in layer_norm_forward(draw, m, k, _):
        _y, *saved = numpy_rung.KERNELS["layer_norm_forward"](x, weight, bias, **options)
        arrays = (draw(m, k), x, weight, *saved)
        yield arrays, {}
        out = (draw(m, k), draw(k), draw(k))
        yield arrays, {"out": out, "accumulate": True}
        yield arrays, {"out": out, "needs": (False, True, False)}
