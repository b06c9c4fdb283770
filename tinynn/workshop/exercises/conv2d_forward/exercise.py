"""conv2d-forward: y = b + sum over c, i, j of w[o, c, i, j] x[n, c, p s + i - pad, q s + j - pad]."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, number, read, write
from tinynn.workshop.windows import border, gather, kernel_2d, one_alone, options_2d, sees, sizes_2d, without

wrong = Rules()


def who(x: Any, w: Any, y: Any, stride: int, padding: int, rows: int = 0, columns: int = 0) -> Any:
    """Which output row sees which input row at which place, and the columns; moved up and left if asked."""
    up, left = padding + rows, padding + columns
    return (
        sees(y.shape[2], w.shape[2], x.shape[2], stride, up),
        sees(y.shape[3], w.shape[3], x.shape[3], stride, left),
    )


def by(x: Any, w: Any, b: Any, y: Any, rows: Any, columns: Any) -> None:
    """The exercise for any windows."""
    y[...] = gather(x, w, rows, columns) + b[:, None, None]


def oracle(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    by(x, w, b, y, *who(x, w, y, stride, padding))


@wrong("the kernel is read backwards: w[I - 1 - i, J - 1 - j] stands where w[i, j] belongs", "sign")
def backwards(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, w[..., ::-1, ::-1], b, y, stride, padding)


@wrong("the kernel's columns are read backwards", "sign")
def columns_backwards(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, w[..., ::-1], b, y, stride, padding)


@wrong("the kernel's rows are read backwards", "sign")
def rows_backwards(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, w[..., ::-1, :], b, y, stride, padding)


@wrong("the kernel's rows and columns are exchanged: it is read as if it lay (J, I) in memory", "layout")
def exchanged(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    o, c, i, j = w.shape
    oracle(x, w.reshape(o, c, j, i).swapaxes(2, 3), b, y, stride, padding)


@wrong("the stride is forgotten: window (p, q) begins at (p, q)", "term")
def without_stride(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, w, b, y, 1, padding)


@wrong("the stride is used for the rows alone: window (p, q) begins at column q", "term")
def rows_alone(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    by(x, w, b, y, who(x, w, y, stride, padding)[0], who(x, w, y, 1, padding)[1])


@wrong("the stride is used for the columns alone: window (p, q) begins at row p", "term")
def columns_alone(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    by(x, w, b, y, who(x, w, y, 1, padding)[0], who(x, w, y, stride, padding)[1])


@wrong("the padding is forgotten: all of it comes after the end, and the windows are shifted", "term")
def without_padding(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, w, b, y, stride, 0)


@wrong("the padding is forgotten above, not at the left", "term")
def without_top(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    by(x, w, b, y, *who(x, w, y, stride, padding, rows=-padding))


@wrong("the padding is forgotten at the left, not above", "term")
def without_left(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    by(x, w, b, y, *who(x, w, y, stride, padding, columns=-padding))


@wrong("the padding has the wrong sign: window (p, q) begins at p stride + padding", "sign")
def other_side(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, w, b, y, stride, -padding)


@wrong(
    "the padding is multiplied by the stride: (p - padding) stride stands for p stride - padding", "factor"
)
def padding_times_stride(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, w, b, y, stride, padding * stride)


@wrong("the padding repeats the border instead of being 0", "shift")
def repeated(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    rows = border(y.shape[2], w.shape[2], x.shape[2], stride, padding)
    columns = border(y.shape[3], w.shape[3], x.shape[3], stride, padding)
    by(x, w, b, y, rows, columns)


@wrong("the sum over the channels is forgotten: only the first input channel counts", "alone")
def first_channel(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x[:, :1], w[:, :1], b, y, stride, padding)


@wrong("= for += over the channels: each input channel overwrites the one before", "sum")
def last_channel(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    by(x[:, -1:], w[:, -1:], 0 * b, y, *who(x, w, y, stride, padding))


@wrong("the channels are summed first and multiplied then: the product belongs inside the sum", "formula")
def product_of_sums(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x.sum(1, keepdims=True), w.sum(1, keepdims=True), b, y, stride, padding)


@wrong("the last row of the kernel is left out of the sum", "end")
def short_rows(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    rows, columns = who(x, w, y, stride, padding)
    by(x, w, b, y, without(rows, 1, -1), columns)


@wrong("the last column of the kernel is left out of the sum", "end")
def short_columns(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    rows, columns = who(x, w, y, stride, padding)
    by(x, w, b, y, rows, without(columns, 1, -1))


@wrong("the bias is forgotten", "term")
def without_bias(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, w, 0 * b, y, stride, padding)


@wrong("the bias is added once for each input channel", "factor")
def bias_in_channel(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, w, b * w.shape[1], y, stride, padding)


@wrong("the kernel of the first output channel is used for all", "alone")
def first_kernel(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    oracle(x, np.broadcast_to(w[:1], w.shape), b, y, stride, padding)


@wrong("w is read as if it lay (C, O, I, J) in memory: its strides are exchanged", "layout")
def w_strides(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    o, c, i, j = w.shape
    oracle(x, w.reshape(c, o, i, j).swapaxes(0, 1), b, y, stride, padding)


@wrong("x is read as if it lay (N, H, W, C) in memory: channels last", "layout")
def channels_last(x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    n, c, h, width = x.shape
    oracle(x.reshape(n, h, width, c).transpose(0, 3, 1, 2), w, b, y, stride, padding)


def by_kernel(conv2d_forward: Any, x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    options = kernel_2d(y, w, x, stride, padding)
    z = conv2d_forward(x, w, b, None, **options)[0]
    y[...] = z[:, :, : y.shape[2], : y.shape[3]]


REPEATED = ("the padding of both sides comes after", "the padding repeats the border instead of being 0")
wrong.from_bank("conv2d_forward", by_kernel, *REPEATED)  # ours, in other words


EXERCISE = Exercise(
    place=160,
    title="convolution of images, with stride and padding",
    function="conv2d_forward",
    arguments=(
        read("x", "NCHW"),
        read("w", "OCIJ"),
        read("b", "O"),
        write("y", "NOPQ"),
        number("stride", "count"),
        number("padding", "count"),
    ),
    oracle=oracle,
    rules=wrong,
    sums="CIJ",
    inputs=options_2d,
    sizes=sizes_2d,
    edges=(Edge("a single 1 in every channel of x", one_alone("x", "NCHW", options_2d)),),
    empty="N",
    forbidden={"numpy": ("convolve", "correlate")},
)
