"""Calls of every kernel of the catalogue, for tests that compare one rung with another.

`calls(name, ...)` draws the arguments of a kernel for the sizes given, once per activation, reduction, op and
so on; `KernelCall.run(kernel)` gives everything that the kernel returns or changes. What a backward
kernel needs of the forward pass comes from the NumPy rung.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from tinynn.backends import numpy_rung
from tinynn.backends.numpy_rung.activation import FORMULAS
from tinynn.backends.numpy_rung.elementwise import BINARY, UNARY
from tinynn.testing import conv_calls as conv_calls  # enters its kernels among DRAWERS
from tinynn.testing import pool_calls as pool_calls  # likewise
from tinynn.testing.draw import DRAWERS, Arguments, Array, Draw, KernelCall
from tinynn.testing.draw import draws as _draws

REDUCTIONS = ("none", "mean", "sum")


def calls(name: str, sizes: tuple[int, int, int], dtype: DTypeLike = "float32") -> Iterator[KernelCall]:
    """The calls of one kernel; `sizes` are m, n and k, or whatever three sizes the kernel has."""
    draw = Draw(dtype, zlib.crc32(f"{name} {sizes}".encode()))
    for arrays, options in DRAWERS[name](draw, *sizes):
        yield KernelCall(name, arrays, options)


# ---- linear --------------------------------------------------------------------------------------


@_draws
def linear_forward(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for activation, g in product(FORMULAS, [(), (2,)]):
        for slope in draw.slope(activation, n):
            options = {"activation": activation, "alpha": 0.25 if activation == "leaky_relu" else None}
            yield (draw(*g, m, k), draw(*g, n, k), draw(*g, n), slope), options
    yield (draw(m, k), draw(n, k), None, None), {"activation": "relu", "alpha": None}


@_draws
def linear_backward(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for (x, w, b, slope), options in linear_forward(draw, m, n, k):
        y, kept = numpy_rung.KERNELS["linear_forward"](x, w, b, slope, **options)
        arrays = (draw(*y.shape), x, w, kept, slope)
        yield arrays, {**options, "needs": (True, True, b is not None, slope is not None)}
    shapes = [x.shape, w.shape, w.shape[:-1]]
    for i, accumulate in product(range(3), [False, True]):
        needs = (*(j == i for j in range(3)), False)
        out = (*(draw(*shape) for shape in shapes), None)
        yield arrays, {**options, "needs": needs, "out": out, "accumulate": accumulate}


@_draws
def maxout_forward(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for pieces in (1, 3):
        yield (draw(m, k), draw(pieces, n, k), draw(pieces, n)), {}
    yield (draw(m, k), draw(2, n, k), None), {}


@_draws
def maxout_backward(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for (x, w, b), _ in maxout_forward(draw, m, n, k):
        _y, arg = numpy_rung.KERNELS["maxout_forward"](x, w, b)
        arrays = (draw(m, n), x, w, arg)
        yield arrays, {}
        out = (draw(*x.shape), draw(*w.shape), draw(*w.shape[:2]))
        yield arrays, {"out": out, "accumulate": True}
        yield arrays, {"out": out, "needs": (False, True, False)}


@_draws
def matmul(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for g, transpose_a, transpose_b in product([(), (3,)], [False, True], [False, True]):
        a = draw(*g, k, m) if transpose_a else draw(*g, m, k)
        b = draw(*g, n, k) if transpose_b else draw(*g, k, n)
        yield (a, b), {"transpose_a": transpose_a, "transpose_b": transpose_b}


# ---- activation ----------------------------------------------------------------------------------


@_draws
def activation_forward(draw: Draw, m: int, c: int, inner: int) -> Iterator[Arguments]:
    for activation in FORMULAS:
        for slope in draw.slope(activation, c):
            yield (draw(m, c, inner), slope), {"activation": activation, "alpha": None}
    yield (draw(m, c), None), {"activation": "elu", "alpha": 0.5}
    yield (draw(), None), {"activation": "tanh", "alpha": None}


@_draws
def activation_backward(draw: Draw, m: int, c: int, inner: int) -> Iterator[Arguments]:
    for (x, slope), options in activation_forward(draw, m, c, inner):
        y = numpy_rung.KERNELS["activation_forward"](x, slope, **options)
        kept = {"y": y, "z": x, None: None}[FORMULAS[options["activation"]].keeps]
        arrays = (draw(*x.shape), kept, slope)
        yield arrays, {**options, "needs": (True, slope is not None)}
        out = (draw(*x.shape), None if slope is None else draw(*slope.shape))
        yield arrays, {**options, "out": out, "accumulate": True, "needs": (True, slope is not None)}


# ---- softmax and loss ----------------------------------------------------------------------------


def _rows(draw: Draw, m: int, c: int, _: int) -> Iterator[Arguments]:
    yield (draw(m, c),), {}
    yield (draw(m, c) * 1000,), {}


def _two_rows(draw: Draw, m: int, c: int, _: int) -> Iterator[Arguments]:
    x = draw(m, c)
    yield (draw(m, c), numpy_rung.KERNELS["softmax_forward"](x)), {}


DRAWERS["softmax_forward"] = DRAWERS["log_softmax_forward"] = _rows
DRAWERS["softmax_backward"] = _two_rows


@_draws
def log_softmax_backward(draw: Draw, m: int, c: int, _: int) -> Iterator[Arguments]:
    yield (draw(m, c), numpy_rung.KERNELS["log_softmax_forward"](draw(m, c))), {}


@_draws
def cross_entropy_forward(draw: Draw, m: int, c: int, _: int) -> Iterator[Arguments]:
    c = max(c, 1)
    for reduction, smoothing, weighted in product(REDUCTIONS, [0.0, 0.1], [False, True]):
        weight = draw.positive(c) if weighted else None
        options = {"label_smoothing": smoothing, "reduction": reduction}
        yield (draw(m, c), draw.integers(m, c), weight), options


@_draws
def cross_entropy_backward(draw: Draw, m: int, c: int, k: int) -> Iterator[Arguments]:
    for (x, labels, weight), options in cross_entropy_forward(draw, m, c, k):
        p = numpy_rung.KERNELS["softmax_forward"](x)
        yield (_cotangent(draw, options, m), p, labels, weight), options


@_draws
def multiclass_hinge_forward(draw: Draw, m: int, c: int, _: int) -> Iterator[Arguments]:
    c = max(c, 1)
    for reduction, margin in product(REDUCTIONS, [1.0, 0.3]):
        yield (draw(m, c), draw.integers(m, c)), {"margin": margin, "reduction": reduction}


@_draws
def multiclass_hinge_backward(draw: Draw, m: int, c: int, k: int) -> Iterator[Arguments]:
    for (x, labels), options in multiclass_hinge_forward(draw, m, c, k):
        yield (_cotangent(draw, options, m), x, labels), options


def _cotangent(draw: Draw, options: dict[str, Any], *shape: int) -> Array:
    return draw(*(shape if options["reduction"] == "none" else ()))


def _loss_forward(draw: Draw, m: int, n: int, _: int) -> Iterator[Arguments]:
    for reduction in REDUCTIONS:
        signs = np.sign(draw(m, n) + 0.25).astype(draw.dtype)  # fits all three losses
        yield (draw(m, n), signs), {"reduction": reduction}


def _loss_backward(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for (x, target), options in _loss_forward(draw, m, n, k):
        yield (_cotangent(draw, options, m, n), x, target), options


for _loss in ("binary_cross_entropy_with_logits", "hinge", "mse"):
    DRAWERS[f"{_loss}_forward"] = _loss_forward
    DRAWERS[f"{_loss}_backward"] = _loss_backward


# ---- reduce, elementwise, gather -----------------------------------------------------------------


@_draws
def reduce_sum(draw: Draw, outer: int, r: int, inner: int) -> Iterator[Arguments]:
    yield (draw(outer, r, inner),), {}
    yield (draw(outer, r, inner),), {"scale": 0.125}


@_draws
def reduce_sum_backward(draw: Draw, outer: int, r: int, inner: int) -> Iterator[Arguments]:
    yield (draw(outer, inner), r), {"scale": 0.125}


@_draws
def reduce_max(draw: Draw, outer: int, r: int, inner: int) -> Iterator[Arguments]:
    x = draw(outer, max(r, 1), inner)
    yield (x,), {}
    yield (np.round(x),), {}  # with ties


@_draws
def reduce_max_backward(draw: Draw, outer: int, r: int, inner: int) -> Iterator[Arguments]:
    r = max(r, 1)
    yield (draw(outer, inner), draw.integers(outer * inner, r).reshape(outer, inner), r), {}


@_draws
def squared_norm(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    yield (draw(m, n, k),), {}


@_draws
def unary_forward(draw: Draw, m: int, n: int, _: int) -> Iterator[Arguments]:
    for op in UNARY:
        x = draw.positive(m, n) if op in ("log", "sqrt", "reciprocal", "pow") else draw(m, n)
        yield (x,), {"op": op, **{"pow": {"p": 1.5}, "clip": {"p": -0.5, "q": 0.5}}.get(op, {})}


@_draws
def unary_backward(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for (x,), options in unary_forward(draw, m, n, k):
        yield (draw(m, n), x, numpy_rung.KERNELS["unary_forward"](x, **options)), options


@_draws
def binary_forward(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    shapes = [((m, n), (m, n)), ((m, n), (n,)), ((m, 1), (1, n)), ((m, 1, k), (n, 1)), ((), (m, n))]
    for op, (a, b) in product(BINARY, shapes):
        yield (draw.positive(*a), draw.positive(*b)), {"op": op}
    for op in ("maximum", "minimum"):
        yield (np.round(draw(m, n)), np.round(draw(m, n))), {"op": op}  # with ties


@_draws
def binary_backward(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for (a, b), options in binary_forward(draw, m, n, k):
        dy = draw(*np.broadcast_shapes(a.shape, b.shape))
        yield (dy, a, b), options
        yield (dy, a, b), {**options, "needs": (False, True)}


@_draws
def where_forward(draw: Draw, m: int, n: int, _: int) -> Iterator[Arguments]:
    yield (draw(m, n) > 0, draw(m, n), draw(m, n)), {}


@_draws
def gather_rows(draw: Draw, rows: int, d: int, n: int) -> Iterator[Arguments]:
    rows = max(rows, 1)
    yield (draw(rows, d), draw.integers(n, rows)), {}


@_draws
def scatter_add_rows(draw: Draw, rows: int, d: int, n: int) -> Iterator[Arguments]:
    rows = max(rows, 1)
    yield (draw(n, d), draw.integers(n, rows), rows), {}


@_draws
def gather_images(draw: Draw, rows: int, c: int, n: int) -> Iterator[Arguments]:
    rows = max(rows, 1)
    images = draw.rng.integers(0, 256, (rows, c, 5), dtype=np.uint8)
    dtype = {"dtype": draw.dtype.name}
    yield (images, draw.integers(n, rows), None, None), dtype
    yield (images, draw.integers(n, rows), draw(c), draw.positive(c)), dtype


@_draws
def gather_crops(draw: Draw, n: int, h: int, w: int) -> Iterator[Arguments]:
    h, w = max(h, 1), max(w, 1)
    images = draw.rng.integers(0, 256, (3, 2, h, w), dtype=np.uint8)
    limit = [h, w, 1, h, w]
    place = draw.rng.integers(np.subtract(1, [h, w, 1, 4, 4]), np.add(limit, [0, 0, 1, 0, 0]), (n, 5))
    options = {"hole": 3, "dtype": draw.dtype.name}
    yield (images, draw.integers(n, 3), place, None, None), options
    yield (images, draw.integers(n, 3), place, draw(2), draw.positive(2)), options


@_draws
def copy(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    x = draw(m, n, k)
    yield (x,), {}
    yield (x.transpose(2, 0, 1),), {}
    yield (x[:, ::-2],), {}
    yield (np.broadcast_to(x[:, :1], (m, max(n, 1), k)) if n else x,), {}


# ---- random and optim ----------------------------------------------------------------------------


@_draws
def philox_uniform(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    dtype = draw.dtype.name
    yield ((m, n),), {"seed": 7, "offset": k, "dtype": dtype}
    yield ((m * n,),), {"seed": 2**64 - 1, "offset": 2**64 - 2, "low": -2.0, "high": 3.0, "dtype": dtype}


@_draws
def philox_normal(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    dtype = draw.dtype.name
    yield ((m, n),), {"seed": 7, "offset": k, "dtype": dtype}
    yield ((m * n,),), {"seed": 2**40 + 1, "offset": 2**32 - 1, "mean": 1.0, "std": 0.5, "dtype": dtype}


@_draws
def dropout(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for p in (0.0, 0.3, 1.0):
        yield (draw(m, n),), {"p": p, "seed": 3, "offset": k}


@_draws
def sgd_step(draw: Draw, m: int, n: int, _: int) -> Iterator[Arguments]:
    for momentum, weight_decay, nesterov in product([None, 0.9], [0.0, 0.1], [False, True]):
        v = None if momentum is None else draw(m, n)
        options = {"momentum": momentum or 0.0, "weight_decay": weight_decay, "nesterov": nesterov}
        yield (draw(m, n), draw(m, n), v), {"lr": 0.1, **options}


@_draws
def adam_step(draw: Draw, m: int, n: int, _: int) -> Iterator[Arguments]:
    for weight_decay, decoupled, step in product([0.0, 0.1], [False, True], [1, 10]):
        rates = {"lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
        options = {"weight_decay": weight_decay, "decoupled": decoupled, "step": step}
        yield (draw(m, n), draw(m, n), draw(m, n), draw.positive(m, n)), {**rates, **options}


@_draws
def rmsprop_step(draw: Draw, m: int, n: int, _: int) -> Iterator[Arguments]:
    for momentum, weight_decay in product([None, 0.9], [0.0, 0.1]):
        v = None if momentum is None else draw(m, n)
        rates = {"lr": 0.01, "alpha": 0.9, "eps": 1e-8}
        options = {"weight_decay": weight_decay, "momentum": momentum or 0.0}
        yield (draw(m, n), draw(m, n), draw.positive(m, n), v), {**rates, **options}


@_draws
def adagrad_step(draw: Draw, m: int, n: int, _: int) -> Iterator[Arguments]:
    for weight_decay in (0.0, 0.1):
        options = {"lr": 0.1, "eps": 1e-8, "weight_decay": weight_decay}
        yield (draw(m, n), draw(m, n), draw.positive(m, n)), options


@_draws
def sgd_steps(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    for _, options in sgd_step(draw, m, n, k):
        shapes = [(m, n), (n,), (k, m)][: 3 if options["nesterov"] else 1]
        v = tuple(draw(*s) if options["momentum"] else None for s in shapes)
        yield (tuple(draw(*s) for s in shapes), tuple(draw(*s) for s in shapes), v), options


@_draws
def adam_steps(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    shapes = [(m, n), (n,), (k, m)]
    for _, options in adam_step(draw, m, n, k):
        w, g, mean = (tuple(draw(*s) for s in shapes) for _ in range(3))
        yield (w, g, mean, tuple(draw.positive(*s) for s in shapes)), options


# ---- fused ---------------------------------------------------------------------------------------


@_draws
def chain_cross_entropy(draw: Draw, m: int, c: int, k: int) -> Iterator[Arguments]:
    c = max(c, 1)
    options = {"alpha": None, "label_smoothing": 0.0, "reduction": "mean"}
    for activation, widths in product(["relu", "tanh", "gelu", "identity"], [(k, c), (k, 2, 7, c)]):
        w = tuple(draw(n, i) for i, n in pairwise(widths))
        b = tuple(draw(n) for n in widths[1:])
        yield (draw(m, k), draw.integers(m, c), w, b), {**options, "activation": activation}
    plain = {**options, "activation": "elu", "alpha": 0.5, "label_smoothing": 0.1, "reduction": "sum"}
    yield (draw(m, k), draw.integers(m, c), w, (None, b[1], None)), plain
    for smoothing in (0.0, 0.1):
        yield (draw(m, c), draw.integers(m, c), (), ()), {**plain, "label_smoothing": smoothing}


@_draws
def linear_backward_sgd(draw: Draw, m: int, n: int, k: int) -> Iterator[Arguments]:
    rule = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": False}
    for activation in ("relu", "tanh", "gelu", "identity"):
        x, w, b = draw(m, k), draw(n, k), draw(n)
        options = {"activation": activation, "alpha": None}
        y, kept = numpy_rung.KERNELS["linear_forward"](x, w, b, None, **options)
        yield (draw(*y.shape), x, w, b, kept, draw(n, k), draw(n)), {**options, **rule}
    plain = {**options, "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0, "nesterov": False}
    yield (draw(m, n), x, w, b, None, None, None), plain
    yield (draw(m, n), x, w, None, None, draw(n, k), None), {**options, **rule, "nesterov": True}
