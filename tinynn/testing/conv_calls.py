"""Calls of the convolution kernels: strides, paddings, dilations, groups, flip, every activation.

The sizes of a call are n images, o output channels and c input channels (of each group). The images are
small: what matters lies in the channels, which are last in memory, and at the borders.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from tinynn.backends import numpy_rung
from tinynn.backends.numpy_rung.activation import FORMULAS
from tinynn.testing.draw import DRAWERS, Arguments, Array, Draw, draws

# h, w, kh, kw, stride, padding, dilation, groups, flip; groups 0: one for each channel
GEOMETRY: tuple[tuple[Any, ...], ...] = (
    (5, 4, 3, 2, (1, 1), ((1, 1), (0, 1)), (1, 1), 1, False),
    (5, 4, 3, 2, (1, 1), ((1, 1), (0, 1)), (1, 1), 1, True),
    (6, 5, 3, 3, (2, 1), ((0, 0), (2, 0)), (1, 1), 1, False),
    (7, 6, 2, 3, (1, 2), ((0, 1), (3, 2)), (3, 2), 1, False),
    (5, 5, 3, 3, (1, 1), ((1, 1), (1, 1)), (1, 1), 2, False),
    (4, 5, 2, 3, (3, 2), ((2, 0), (1, 2)), (2, 1), 2, True),
    (5, 4, 3, 3, (1, 1), ((1, 1), (1, 1)), (1, 1), 0, False),
    (3, 2, 1, 1, (1, 1), ((0, 0), (0, 0)), (1, 1), 1, False),
    (4, 9, 2, 1, (2, 4), ((0, 0), (0, 0)), (1, 1), 1, False),  # the last column is never seen
)


def _options(geometry: tuple[Any, ...], groups: int, dims: int) -> dict[str, Any]:
    """The options as the kernels of that many dimensions take them; in one, those of the columns."""
    stride, padding, dilation, _, flip = geometry[4:]
    if dims == 1:
        stride, padding, dilation = stride[1], padding[1], dilation[1]
    return {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "flip": flip}


def _images(draw: Draw, *shape: int) -> Array:
    """Now channels first in memory, now channels last."""
    if draw.rng.random() < 0.5:
        return draw(*shape)
    n, c, *size = shape
    last = draw(n, *size, c)
    return last.transpose(0, last.ndim - 1, *range(1, last.ndim - 1))


def _cases(
    draw: Draw, sizes: tuple[int, int, int], dims: int
) -> Iterator[tuple[Array, Array, Array, dict[str, Any]]]:
    """x, w, b and the geometry."""
    n, o, c = sizes
    for geometry in GEOMETRY:
        groups = geometry[7] or max(c, 1)
        inner, outer = (c, o * groups) if geometry[7] else (min(c, 1), 2 * groups)
        size, kernel = geometry[2 - dims : 2], geometry[4 - dims : 4]
        x, w = _images(draw, n, inner * groups, *size), draw(outer, inner, *kernel)
        yield x, w, draw(outer), _options(geometry, groups, dims)


def _forward(draw: Draw, sizes: tuple[int, int, int], dims: int) -> Iterator[Arguments]:
    for x, w, b, options in _cases(draw, sizes, dims):
        yield (x, w, b, None), {**options, "activation": "identity", "alpha": None}
    x, w, b, options = next(_cases(draw, sizes, dims))
    yield (x, w, None, None), {**options, "activation": "relu", "alpha": None}
    for activation in FORMULAS:
        alpha = 0.25 if activation == "leaky_relu" else None
        for slope in draw.slope(activation, len(w)):
            yield (x, w, b, slope), {**options, "activation": activation, "alpha": alpha}


def _backward(draw: Draw, sizes: tuple[int, int, int], dims: int) -> Iterator[Arguments]:
    for (x, w, b, slope), options in _forward(draw, sizes, dims):
        y, kept = numpy_rung.KERNELS[f"conv{dims}d_forward"](x, w, b, slope, **options)
        arrays = (_images(draw, *y.shape), x, w, kept, slope)
        yield arrays, {**options, "needs": (True, True, b is not None, slope is not None)}
    for i, accumulate in product(range(3), [False, True]):
        needs = (*(j == i for j in range(3)), False)
        out = (None, draw(*w.shape), draw(len(w)), None)
        yield arrays, {**options, "needs": needs, "out": out, "accumulate": accumulate}


def _transpose(draw: Draw, sizes: tuple[int, int, int], dims: int) -> Iterator[Arguments]:
    for x, w, b, options in _cases(draw, sizes, dims):
        y, _ = numpy_rung.KERNELS[f"conv{dims}d_forward"](
            x, w, b, None, **options, activation="identity", alpha=None
        )
        size = x.shape[2] if dims == 1 else x.shape[2:]
        yield (_images(draw, *y.shape), w, draw(x.shape[1])), {**options, "size": size}
    yield (_images(draw, *y.shape), w, None), {**options, "size": size}


for _dims in (1, 2):
    DRAWERS[f"conv{_dims}d_forward"] = lambda draw, *sizes, d=_dims: _forward(draw, sizes, d)
    DRAWERS[f"conv{_dims}d_backward"] = lambda draw, *sizes, d=_dims: _backward(draw, sizes, d)
    DRAWERS[f"conv{_dims}d_transpose"] = lambda draw, *sizes, d=_dims: _transpose(draw, sizes, d)


@draws
def conv2d_pool_forward(draw: Draw, n: int, o: int, c: int) -> Iterator[Arguments]:
    pools = ((2, 2), (3, 1), (1, 2), (2, 3), (2, 2), (1, 1), (2, 1), (2, 3))
    activations = ("relu", "identity", "leaky_relu", "sigmoid", "tanh")
    cases = [case for case in _cases(draw, (n, o, c), 2) if case[0].shape[2] > 3]
    for i, (x, w, b, options) in enumerate(cases):
        pool, activation = pools[i], activations[i % 5]
        alpha = 0.25 if activation == "leaky_relu" else None
        options = {**options, "pool": pool, "activation": activation, "alpha": alpha}
        yield (x / 16, w, b if i % 3 else None), options  # not so large that tanh makes equals of different z


@draws
def conv2d_max_forward(draw: Draw, n: int, o: int, c: int) -> Iterator[Arguments]:
    activations = ("relu", "identity", "leaky_relu", "sigmoid", "elu")
    for i, (x, w, b, options) in enumerate(_cases(draw, (n, o, c), 2)):
        activation = activations[i % 5]
        options = {**options, "activation": activation, "alpha": None}
        yield (x / 16, w, b if i % 3 else None), options


@draws
def conv2d_max_backward(draw: Draw, n: int, o: int, c: int) -> Iterator[Arguments]:
    for (x, w, b), options in conv2d_max_forward(draw, n, o, c):
        y, arg = numpy_rung.KERNELS["conv2d_max_forward"](x, w, b, **options)
        arrays = (draw(*y.shape), x, w, y, arg)
        yield arrays, options
        yield arrays, {**options, "out": (None, draw(*w.shape), draw(len(w))), "accumulate": True}


@draws
def conv2d_pool_backward(draw: Draw, n: int, o: int, c: int) -> Iterator[Arguments]:
    for (x, w, b), options in conv2d_pool_forward(draw, n, o, c):
        y, arg = numpy_rung.KERNELS["conv2d_pool_forward"](x, w, b, **options)
        arrays = (_images(draw, *y.shape), x, w, y, arg)
        yield arrays, options
        yield arrays, {**options, "out": (None, draw(*w.shape), draw(len(w))), "accumulate": True}
