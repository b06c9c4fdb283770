"""conv2d-dx: dx[n, c, p s + i - pad, q s + j - pad] += sum over o of w[o, c, i, j] dy[n, o, p, q]."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, number, read, write
from tinynn.workshop.windows import (
    TWICE,
    border,
    kernel_2d,
    last_seen,
    one_alone,
    options_2d,
    sees,
    sizes_2d,
    spread,
    without,
)

wrong = Rules()


def who(dy: Any, w: Any, dx: Any, stride: int, padding: int, rows: int = 0, columns: int = 0) -> Any:
    """Which output row sees which input row at which place, and the columns; moved up and left if asked."""
    up, left = padding + rows, padding + columns
    return (
        sees(dy.shape[2], w.shape[2], dx.shape[2], stride, up),
        sees(dy.shape[3], w.shape[3], dx.shape[3], stride, left),
    )


def oracle(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    dx[...] = spread(dy, w, *who(dy, w, dx, stride, padding))


@wrong("the kernel is read backwards: what went out through w[i, j] must come back through w[i, j]", "sign")
def backwards(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    oracle(dy, w[..., ::-1, ::-1], dx, stride, padding)


@wrong("the kernel's columns are read backwards", "sign")
def columns_backwards(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    oracle(dy, w[..., ::-1], dx, stride, padding)


@wrong("the kernel's rows are read backwards", "sign")
def rows_backwards(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    oracle(dy, w[..., ::-1, :], dx, stride, padding)


@wrong("the kernel's rows and columns are exchanged: it is read as if it lay (J, I) in memory", "layout")
def exchanged(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    o, c, i, j = w.shape
    oracle(dy, w.reshape(o, c, j, i).swapaxes(2, 3), dx, stride, padding)


@wrong("the stride is forgotten: window (p, q) is sent back to (p, q)", "term")
def without_stride(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    oracle(dy, w, dx, 1, padding)


@wrong("the stride is used for the rows alone", "term")
def rows_alone(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    dx[...] = spread(dy, w, who(dy, w, dx, stride, padding)[0], who(dy, w, dx, 1, padding)[1])


@wrong("the padding is forgotten: dx is not shifted back", "term")
def without_padding(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    oracle(dy, w, dx, stride, 0)


@wrong("the padding is forgotten above, not at the left", "term")
def without_top(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    dx[...] = spread(dy, w, *who(dy, w, dx, stride, padding, rows=-padding))


@wrong("the padding is forgotten at the left, not above", "term")
def without_left(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    dx[...] = spread(dy, w, *who(dy, w, dx, stride, padding, columns=-padding))


@wrong("the padding has the wrong sign: dx is shifted the other way", "sign")
def other_side(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    oracle(dy, w, dx, stride, -padding)


@wrong("what falls into the padding is not dropped: it is added to the border", "shift")
def clipped(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    rows = border(dy.shape[2], w.shape[2], dx.shape[2], stride, padding)
    columns = border(dy.shape[3], w.shape[3], dx.shape[3], stride, padding)
    dx[...] = spread(dy, w, rows, columns)


@wrong("= for += where windows overlap: the last window overwrites the ones before", "sum")
def last_window(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    dx[...] = spread(dy, w, *(last_seen(s) for s in who(dy, w, dx, stride, padding)))


@wrong("= for += where windows overlap: the last place of the kernel overwrites the ones before", "sum")
def last_place(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    seen = who(dy, w, dx, stride, padding)
    dx[...] = spread(dy, w, *(last_seen(s, by_place=True) for s in seen))


@wrong("= for += over the output channels: each overwrites the one before", "sum")
def last_output(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    oracle(dy[:, -1:], w[-1:], dx, stride, padding)


@wrong("the sum over the output channels is forgotten: only the first sends something back", "alone")
def first_output(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    oracle(dy[:, :1], w[:1], dx, stride, padding)


@wrong("where windows overlap what comes back is averaged, not summed", "factor")
def averaged(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    seen = who(dy, w, dx, stride, padding)
    dx[...] = spread(dy, w, *(s / np.maximum(s.sum((0, 1)), 1) for s in seen))


@wrong("what no window has seen keeps the garbage that stood there: its gradient is 0", "sum")
def unseen_left(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    rows, columns = who(dy, w, dx, stride, padding)
    seen = np.outer(rows.any((0, 1)), columns.any((0, 1)))
    dx[..., seen] = spread(dy, w, rows, columns)[..., seen]


@wrong("the last row of windows sends nothing back", "end")
def short_rows(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    rows, columns = who(dy, w, dx, stride, padding)
    dx[...] = spread(dy, w, without(rows, 0, -1), columns)


@wrong("the last window of each row sends nothing back", "end")
def short_columns(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    rows, columns = who(dy, w, dx, stride, padding)
    dx[...] = spread(dy, w, rows, without(columns, 0, -1))


@wrong("the last row of the kernel is left out", "end")
def short_kernel(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    rows, columns = who(dy, w, dx, stride, padding)
    dx[...] = spread(dy, w, without(rows, 1, -1), columns)


@wrong(
    "the output channels are summed first and multiplied then: the product belongs inside the sum", "formula"
)
def product_of_sums(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    oracle(dy.sum(1, keepdims=True), w.sum(0, keepdims=True), dx, stride, padding)


@wrong("w is read as if it lay (C, O, I, J) in memory: its strides are exchanged", "layout")
def w_strides(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    o, c, i, j = w.shape
    oracle(dy, w.reshape(c, o, i, j).swapaxes(0, 1), dx, stride, padding)


@wrong("dy is read as if it lay (N, P, Q, O) in memory: channels last", "layout")
def channels_last(dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    n, o, p, q = dy.shape
    oracle(dy.reshape(n, p, q, o).transpose(0, 3, 1, 2), w, dx, stride, padding)


def by_kernel(conv2d_backward: Any, dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    options = kernel_2d(dy, w, dx, stride, padding) | {"needs": (True, False, False, False)}
    dx[...] = conv2d_backward(dy, np.zeros_like(dx), w, None, None, **options)[0]


wrong.from_bank("conv2d_backward", by_kernel, TWICE)


EXERCISE = Exercise(
    place=170,
    title="the input gradient of a convolution of images",
    function="conv2d_dx",
    arguments=(
        read("dy", "NOPQ"),
        read("w", "OCIJ"),
        write("dx", "NCHW"),
        number("stride", "count"),
        number("padding", "count"),
    ),
    oracle=oracle,
    rules=wrong,
    sums="OIJ",
    inputs=options_2d,
    sizes=sizes_2d,
    edges=(Edge("one window alone has a gradient", one_alone("dy", "NOPQ", options_2d)),),
    empty="N",
    forbidden={"numpy": ("convolve", "correlate")},
)
