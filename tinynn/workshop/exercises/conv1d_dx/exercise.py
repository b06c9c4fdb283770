"""conv1d-dx: dx[n, c, p stride + k] += sum over o of w[o, c, k] dy[n, o, p]."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, number, read, write
from tinynn.workshop.windows import (
    TWICE,
    kernel_1d,
    last_seen,
    one_alone,
    sees,
    sizes_1d,
    spread,
    stride_1d,
    without,
)

wrong = Rules()


def who(dy: Any, w: Any, dx: Any, stride: int, padding: int = 0) -> Any:
    """Which output sees which input, at which place of its window."""
    return sees(dy.shape[2], w.shape[2], dx.shape[2], stride, padding)


def oracle(dy: Any, w: Any, dx: Any, stride: int) -> None:
    dx[...] = spread(dy, w, who(dy, w, dx, stride))


@wrong("the kernel is read backwards: what went out through w[k] must come back through w[k]", "sign")
def backwards(dy: Any, w: Any, dx: Any, stride: int) -> None:
    oracle(dy, w[..., ::-1], dx, stride)


@wrong("the stride is forgotten: window p is sent back to p", "term")
def without_stride(dy: Any, w: Any, dx: Any, stride: int) -> None:
    oracle(dy, w, dx, 1)


@wrong("= for += where windows overlap: the last window overwrites the ones before", "sum")
def last_window(dy: Any, w: Any, dx: Any, stride: int) -> None:
    dx[...] = spread(dy, w, last_seen(who(dy, w, dx, stride)))


@wrong("= for += where windows overlap: the last place of the kernel overwrites the ones before", "sum")
def last_place(dy: Any, w: Any, dx: Any, stride: int) -> None:
    dx[...] = spread(dy, w, last_seen(who(dy, w, dx, stride), by_place=True))


@wrong(
    "= for += in the innermost loop: of overlapping windows and output channels the last one remains", "sum"
)
def last_of_all(dy: Any, w: Any, dx: Any, stride: int) -> None:
    dx[...] = spread(dy[:, -1:], w[-1:], last_seen(who(dy, w, dx, stride)))


@wrong("= for += over the output channels: each overwrites the one before", "sum")
def last_output(dy: Any, w: Any, dx: Any, stride: int) -> None:
    oracle(dy[:, -1:], w[-1:], dx, stride)


@wrong("the sum over the output channels is forgotten: only the first sends something back", "alone")
def first_output(dy: Any, w: Any, dx: Any, stride: int) -> None:
    oracle(dy[:, :1], w[:1], dx, stride)


@wrong("where windows overlap what comes back is averaged, not summed", "factor")
def averaged(dy: Any, w: Any, dx: Any, stride: int) -> None:
    s = who(dy, w, dx, stride)
    dx[...] = spread(dy, w, s / np.maximum(s.sum((0, 1)), 1))


@wrong("what no window has seen keeps the garbage that stood there: its gradient is 0", "sum")
def unseen_left(dy: Any, w: Any, dx: Any, stride: int) -> None:
    s = who(dy, w, dx, stride)
    seen = s.any((0, 1))
    dx[..., seen] = spread(dy, w, s)[..., seen]


@wrong("the last window sends nothing back", "end")
def short(dy: Any, w: Any, dx: Any, stride: int) -> None:
    dx[...] = spread(dy, w, without(who(dy, w, dx, stride), 0, -1))


@wrong("the first window sends nothing back", "end")
def late(dy: Any, w: Any, dx: Any, stride: int) -> None:
    dx[...] = spread(dy, w, without(who(dy, w, dx, stride), 0, 0))


@wrong("the last place of the kernel is left out", "end")
def short_kernel(dy: Any, w: Any, dx: Any, stride: int) -> None:
    dx[...] = spread(dy, w, without(who(dy, w, dx, stride), 1, -1))


@wrong("the first place of the kernel is left out", "end")
def late_kernel(dy: Any, w: Any, dx: Any, stride: int) -> None:
    dx[...] = spread(dy, w, without(who(dy, w, dx, stride), 1, 0))


@wrong("each window is sent back to its first element alone", "alone")
def first_element(dy: Any, w: Any, dx: Any, stride: int) -> None:
    s = who(dy, w, dx, stride)
    s[:, 1:] = 0
    dx[...] = spread(dy, w, s)


@wrong("every window is sent back one element too early", "shift")
def early(dy: Any, w: Any, dx: Any, stride: int) -> None:
    dx[...] = spread(dy, w, who(dy, w, dx, stride, 1))


@wrong(
    "the output channels are summed first and multiplied then: the product belongs inside the sum", "formula"
)
def product_of_sums(dy: Any, w: Any, dx: Any, stride: int) -> None:
    oracle(dy.sum(1, keepdims=True), w.sum(0, keepdims=True), dx, stride)


@wrong("every input channel receives the sum over all of them", "formula")
def channels_summed(dy: Any, w: Any, dx: Any, stride: int) -> None:
    oracle(dy, np.broadcast_to(w.sum(1, keepdims=True), w.shape), dx, stride)


@wrong("dy is left out: dx holds the sum of the weights that saw each element", "term")
def without_dy(dy: Any, w: Any, dx: Any, stride: int) -> None:
    oracle(np.ones_like(dy), w, dx, stride)


@wrong("w is read as if it lay (C, O, K) in memory: its strides are exchanged", "layout")
def w_strides(dy: Any, w: Any, dx: Any, stride: int) -> None:
    o, c, k = w.shape
    oracle(dy, w.reshape(c, o, k).swapaxes(0, 1), dx, stride)


@wrong("dy is read as if it lay (N, P, O) in memory: channels last", "layout")
def channels_last(dy: Any, w: Any, dx: Any, stride: int) -> None:
    n, o, p = dy.shape
    oracle(dy.reshape(n, p, o).swapaxes(1, 2), w, dx, stride)


def by_kernel(conv1d_backward: Any, dy: Any, w: Any, dx: Any, stride: int) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    options = kernel_1d(stride) | {"needs": (True, False, False, False)}
    dx[...] = conv1d_backward(dy, np.zeros_like(dx), w, None, None, **options)[0]


wrong.from_bank("conv1d_backward", by_kernel, TWICE)


EXERCISE = Exercise(
    place=130,
    title="the input gradient of a convolution: every window gives back to what it saw",
    function="conv1d_dx",
    arguments=(read("dy", "NOP"), read("w", "OCK"), write("dx", "NCL"), number("stride", "count")),
    oracle=oracle,
    rules=wrong,
    sums="OK",
    inputs=stride_1d,
    sizes=sizes_1d,
    edges=(Edge("one window alone has a gradient", one_alone("dy", "NOP", stride_1d)),),
    empty="N",
    forbidden={"numpy": ("convolve", "correlate")},
)
