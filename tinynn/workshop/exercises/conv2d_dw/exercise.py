"""conv2d-dw: dw[o, c, i, j] += sum over n, p, q of dy[n, o, p, q] x[n, c, p s + i - pad, q s + j - pad]."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, add, number, read
from tinynn.workshop.windows import (
    TWICE,
    border,
    kernel_2d,
    one_alone,
    options_2d,
    sees,
    share,
    sizes_2d,
    without,
)

wrong = Rules()


def who(dy: Any, x: Any, dw: Any, stride: int, padding: int, rows: int = 0, columns: int = 0) -> Any:
    """Which output row sees which input row at which place, and the columns; moved up and left if asked."""
    up, left = padding + rows, padding + columns
    return (
        sees(dy.shape[2], dw.shape[2], x.shape[2], stride, up),
        sees(dy.shape[3], dw.shape[3], x.shape[3], stride, left),
    )


def oracle(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding))


@wrong("dw comes out backwards in both directions", "sign")
def backwards(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding))[..., ::-1, ::-1]


@wrong("the columns of dw come out backwards", "sign")
def columns_backwards(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding))[..., ::-1]


@wrong("the rows of dw come out backwards", "sign")
def rows_backwards(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding))[..., ::-1, :]


@wrong("rows and columns of dw are exchanged: it is written as if it lay (J, I) in memory", "layout")
def exchanged(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding)).swapaxes(2, 3).reshape(dw.shape)


@wrong("the stride is forgotten: window (p, q) is taken at (p, q)", "term")
def without_stride(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    oracle(dy, x, dw, 1, padding)


@wrong("the stride is used for the rows alone", "term")
def rows_alone(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, who(dy, x, dw, stride, padding)[0], who(dy, x, dw, 1, padding)[1])


@wrong("the padding is forgotten: every window is taken too late", "term")
def without_padding(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    oracle(dy, x, dw, stride, 0)


@wrong("the padding is forgotten above, not at the left", "term")
def without_top(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding, rows=-padding))


@wrong("the padding is forgotten at the left, not above", "term")
def without_left(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding, columns=-padding))


@wrong("the padding has the wrong sign: window (p, q) is taken at p stride + padding", "sign")
def other_side(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    oracle(dy, x, dw, stride, -padding)


@wrong("the padding repeats the border instead of being 0", "shift")
def repeated(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    rows = border(dy.shape[2], dw.shape[2], x.shape[2], stride, padding)
    columns = border(dy.shape[3], dw.shape[3], x.shape[3], stride, padding)
    dw += share(dy, x, rows, columns)


@wrong("the windows are not summed: only the first counts", "alone")
def first_window(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    rows, columns = who(dy, x, dw, stride, padding)
    rows[1:], columns[1:] = 0, 0
    dw += share(dy, x, rows, columns)


@wrong("= for += over the examples: each overwrites the one before", "sum")
def last_example(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    if len(x):
        dw[...] = share(dy[-1:], x[-1:], *who(dy, x, dw, stride, padding))


@wrong("= for += over the windows of all examples: only the last product remains", "sum")
def last_product(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    if len(x):
        rows, columns = who(dy, x, dw, stride, padding)
        rows[:-1], columns[:-1] = 0, 0
        dw[...] = share(dy[-1:], x[-1:], rows, columns)


@wrong("the first example alone: the batch is not summed", "alone")
def first_example(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    oracle(dy[:1], x[:1], dw, stride, padding)


@wrong("the last row of windows is left out of the sum", "end")
def short_rows(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    rows, columns = who(dy, x, dw, stride, padding)
    dw += share(dy, x, without(rows, 0, -1), columns)


@wrong("the last window of each row is left out of the sum", "end")
def short_columns(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    rows, columns = who(dy, x, dw, stride, padding)
    dw += share(dy, x, rows, without(columns, 0, -1))


@wrong("the mean over all windows of one example, not the sum", "factor")
def averaged(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding)) / (dy.shape[2] * dy.shape[3])


@wrong("the mean over all windows of all examples, not the sum", "factor")
def averaged_all(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding)) / max(len(dy) * dy.shape[2] * dy.shape[3], 1)


@wrong("the input channels are summed: each weight receives what belongs to all of them", "formula")
def channels_summed(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    oracle(dy, np.broadcast_to(x.sum(1, keepdims=True), x.shape), dw, stride, padding)


@wrong("the output channels are summed: each kernel receives what belongs to all of them", "formula")
def outputs_summed(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    oracle(np.broadcast_to(dy.sum(1, keepdims=True), dy.shape), x, dw, stride, padding)


@wrong("x is left out: dw holds the gradient of the bias", "term")
def without_x(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += dy.sum((0, 2, 3))[:, None, None, None]


@wrong("dy is left out: dw holds the sum of the inputs", "term")
def without_dy(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    oracle(np.ones_like(dy), x, dw, stride, padding)


@wrong("dw is written as if it lay (C, O, I, J) in memory: its strides are exchanged", "layout")
def dw_strides(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    dw += share(dy, x, *who(dy, x, dw, stride, padding)).swapaxes(0, 1).reshape(dw.shape)


@wrong("x is read as if it lay (N, H, W, C) in memory: channels last", "layout")
def channels_last(dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    n, c, h, width = x.shape
    oracle(dy, x.reshape(n, h, width, c).transpose(0, 3, 1, 2), dw, stride, padding)


def by_kernel(conv2d_backward: Any, dy: Any, x: Any, dw: Any, stride: int, padding: int) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    options = kernel_2d(dy, dw, x, stride, padding) | {"needs": (False, True, False, False)}
    dw += conv2d_backward(dy, x, np.zeros_like(dw), None, None, **options)[1]


wrong.from_bank("conv2d_backward", by_kernel, TWICE)


EXERCISE = Exercise(
    place=180,
    title="the weight gradient of a convolution of images",
    function="conv2d_dw",
    arguments=(
        read("dy", "NOPQ"),
        read("x", "NCHW"),
        add("dw", "OCIJ"),
        number("stride", "count"),
        number("padding", "count"),
    ),
    oracle=oracle,
    rules=wrong,
    sums="NPQ",
    inputs=options_2d,
    sizes=sizes_2d,
    edges=(Edge("one window alone has a gradient", one_alone("dy", "NOPQ", options_2d)),),
    empty="N",
    forbidden={"numpy": ("convolve", "correlate")},
)
