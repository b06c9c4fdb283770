"""conv1d-forward: y[n, o, p] = b[o] + sum over c, k of w[o, c, k] x[n, c, p stride + k]."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, number, read, write
from tinynn.workshop.windows import gather, one_alone, sees, sizes_1d, stride_1d, without

wrong = Rules()


def who(x: Any, w: Any, y: Any, stride: int, padding: int = 0) -> Any:
    """Which output sees which input, at which place of its window."""
    return sees(y.shape[2], w.shape[2], x.shape[2], stride, padding)


def oracle(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    y[...] = gather(x, w, who(x, w, y, stride)) + b[:, None]


@wrong("the kernel is read backwards: w[K - 1 - k] stands where w[k] belongs", "sign")
def backwards(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x, w[..., ::-1], b, y, stride)


@wrong("the stride is forgotten: window p begins at p", "term")
def without_stride(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x, w, b, y, 1)


@wrong("the windows are centred on p stride, as if there were padding: here they begin there", "shift")
def centred(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    y[...] = gather(x, w, who(x, w, y, stride, w.shape[2] // 2)) + b[:, None]


@wrong("every window begins one element too early", "shift")
def early(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    y[...] = gather(x, w, who(x, w, y, stride, 1)) + b[:, None]


@wrong("the sum over the channels is forgotten: only the first input channel counts", "alone")
def first_channel(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x[:, :1], w[:, :1], b, y, stride)


@wrong("= for += over the channels: each input channel overwrites the one before", "sum")
def last_channel(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    y[...] = gather(x[:, -1:], w[:, -1:], who(x, w, y, stride))


@wrong("= for += inside the innermost loop: the last product is all that remains", "sum")
def last_product(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    s = who(x, w, y, stride)
    s[:, :-1] = 0
    y[...] = gather(x[:, -1:], w[:, -1:], s)


@wrong("the last place of the kernel is left out of the sum", "end")
def short_kernel(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    y[...] = gather(x, w, without(who(x, w, y, stride), 1, -1)) + b[:, None]


@wrong("the first place of the kernel is left out of the sum", "end")
def late_kernel(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    y[...] = gather(x, w, without(who(x, w, y, stride), 1, 0)) + b[:, None]


@wrong("the bias is forgotten", "term")
def without_bias(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x, w, 0 * b, y, stride)


@wrong("the bias stands inside the window: it is added once for each place of the kernel", "factor")
def bias_in_window(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x, w, b * w.shape[2], y, stride)


@wrong("the bias is added once for each input channel", "factor")
def bias_in_channel(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x, w, b * w.shape[1], y, stride)


@wrong("the bias is added once for each channel and each place of the kernel", "factor")
def bias_in_both(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x, w, b * w[0].size, y, stride)


@wrong("the bias of the first output channel is added to all", "alone")
def first_bias(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x, w, np.full_like(b, b[0]), y, stride)


@wrong("the channels are summed first and multiplied then: the product belongs inside the sum", "formula")
def product_of_sums(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x.sum(1, keepdims=True), w.sum(1, keepdims=True), b, y, stride)


@wrong("the kernel of the first output channel is used for all", "alone")
def first_kernel(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x, np.broadcast_to(w[:1], w.shape), b, y, stride)


@wrong("each window is averaged, not summed", "factor")
def averaged(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    oracle(x, w / w.shape[2], b, y, stride)


@wrong("w is read as if it lay (C, O, K) in memory: its strides are exchanged", "layout")
def w_strides(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    o, c, k = w.shape
    oracle(x, w.reshape(c, o, k).swapaxes(0, 1), b, y, stride)


@wrong("w is read as if it lay (O, K, C) in memory: its strides are exchanged", "layout")
def w_inner_strides(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    o, c, k = w.shape
    oracle(x, w.reshape(o, k, c).swapaxes(1, 2), b, y, stride)


@wrong("x is read as if it lay (N, L, C) in memory: channels last", "layout")
def channels_last(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    n, c, length = x.shape
    oracle(x.reshape(n, length, c).swapaxes(1, 2), w, b, y, stride)


@wrong("the first example is used for all", "alone")
def first_example(x: Any, w: Any, b: Any, y: Any, stride: int) -> None:
    if len(x):
        oracle(np.broadcast_to(x[:1], x.shape), w, b, y, stride)


EXERCISE = Exercise(
    place=120,
    title="one small kernel at every place: convolution in one dimension",
    function="conv1d_forward",
    arguments=(
        read("x", "NCL"),
        read("w", "OCK"),
        read("b", "O"),
        write("y", "NOP"),
        number("stride", "count"),
    ),
    oracle=oracle,
    rules=wrong,
    sums="CK",
    inputs=stride_1d,
    sizes=sizes_1d,
    edges=(Edge("a single 1 in every channel of x", one_alone("x", "NCL", stride_1d)),),
    empty="N",
    forbidden={"numpy": ("convolve", "correlate")},
)
