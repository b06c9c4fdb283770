"""conv1d-dw: dw[o, c, k] += sum over n, p of dy[n, o, p] x[n, c, p stride + k]."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, add, number, read
from tinynn.workshop.windows import TWICE, kernel_1d, one_alone, sees, share, sizes_1d, stride_1d, without

wrong = Rules()


def who(dy: Any, x: Any, dw: Any, stride: int, padding: int = 0) -> Any:
    """Which output sees which input, at which place of its window."""
    return sees(dy.shape[2], dw.shape[2], x.shape[2], stride, padding)


def oracle(dy: Any, x: Any, dw: Any, stride: int) -> None:
    dw += share(dy, x, who(dy, x, dw, stride))


@wrong("dw comes out backwards: what belongs to place k stands at K - 1 - k", "sign")
def backwards(dy: Any, x: Any, dw: Any, stride: int) -> None:
    dw += share(dy, x, who(dy, x, dw, stride))[..., ::-1]


@wrong("the stride is forgotten: window p is taken at p", "term")
def without_stride(dy: Any, x: Any, dw: Any, stride: int) -> None:
    oracle(dy, x, dw, 1)


@wrong("the windows are not summed: only the first counts", "alone")
def first_window(dy: Any, x: Any, dw: Any, stride: int) -> None:
    s = who(dy, x, dw, stride)
    s[1:] = 0
    dw += share(dy, x, s)


@wrong("= for += over the windows of all examples: only the last product remains", "sum")
def last_product(dy: Any, x: Any, dw: Any, stride: int) -> None:
    if len(x):
        s = who(dy, x, dw, stride)
        s[:-1] = 0
        dw[...] = share(dy[-1:], x[-1:], s)


@wrong("= for += over the examples: each overwrites the one before", "sum")
def last_example(dy: Any, x: Any, dw: Any, stride: int) -> None:
    if len(x):
        dw[...] = share(dy[-1:], x[-1:], who(dy, x, dw, stride))


@wrong("the first example alone: the batch is not summed", "alone")
def first_example(dy: Any, x: Any, dw: Any, stride: int) -> None:
    oracle(dy[:1], x[:1], dw, stride)


@wrong("the last window is left out of the sum", "end")
def short(dy: Any, x: Any, dw: Any, stride: int) -> None:
    dw += share(dy, x, without(who(dy, x, dw, stride), 0, -1))


@wrong("the first window is left out of the sum", "end")
def late(dy: Any, x: Any, dw: Any, stride: int) -> None:
    dw += share(dy, x, without(who(dy, x, dw, stride), 0, 0))


@wrong("the mean over all windows of all examples, not the sum", "factor")
def averaged(dy: Any, x: Any, dw: Any, stride: int) -> None:
    dw += share(dy, x, who(dy, x, dw, stride)) / max(len(x) * dy.shape[2], 1)


@wrong(
    "dy and x are summed first and multiplied then: the product belongs inside the sum over the windows",
    "formula",
)
def product_of_sums(dy: Any, x: Any, dw: Any, stride: int) -> None:
    seen = np.einsum("ncl,pkl->nck", x, who(dy, x, dw, stride).astype(x.dtype))
    dw += np.einsum("no,nck->ock", dy.sum(2), seen)


@wrong("k is forgotten: every place of the kernel takes the first element of the window", "alone")
def place_forgotten(dy: Any, x: Any, dw: Any, stride: int) -> None:
    s = who(dy, x, dw, stride)
    s[:] = s[:, :1].copy()
    dw += share(dy, x, s)


@wrong("every window is taken one element too early", "shift")
def early(dy: Any, x: Any, dw: Any, stride: int) -> None:
    dw += share(dy, x, who(dy, x, dw, stride, 1))


@wrong("the input channels are summed: each weight receives what belongs to all of them", "formula")
def channels_summed(dy: Any, x: Any, dw: Any, stride: int) -> None:
    oracle(dy, np.broadcast_to(x.sum(1, keepdims=True), x.shape), dw, stride)


@wrong("the output channels are summed: each kernel receives what belongs to all of them", "formula")
def outputs_summed(dy: Any, x: Any, dw: Any, stride: int) -> None:
    oracle(np.broadcast_to(dy.sum(1, keepdims=True), dy.shape), x, dw, stride)


@wrong("x is left out: dw holds the gradient of the bias", "term")
def without_x(dy: Any, x: Any, dw: Any, stride: int) -> None:
    oracle(dy, np.ones_like(x), dw, stride)


@wrong("dy is left out: dw holds the sum of the inputs", "term")
def without_dy(dy: Any, x: Any, dw: Any, stride: int) -> None:
    oracle(np.ones_like(dy), x, dw, stride)


@wrong("dw is written as if it lay (C, O, K) in memory: its strides are exchanged", "layout")
def dw_strides(dy: Any, x: Any, dw: Any, stride: int) -> None:
    dw += share(dy, x, who(dy, x, dw, stride)).swapaxes(0, 1).reshape(dw.shape)


@wrong("x is read as if it lay (N, L, C) in memory: channels last", "layout")
def channels_last(dy: Any, x: Any, dw: Any, stride: int) -> None:
    n, c, length = x.shape
    oracle(dy, x.reshape(n, length, c).swapaxes(1, 2), dw, stride)


@wrong("dy is read as if it lay (O, N, P) in memory: its strides are exchanged", "layout")
def dy_strides(dy: Any, x: Any, dw: Any, stride: int) -> None:
    n, o, p = dy.shape
    oracle(dy.reshape(o, n, p).swapaxes(0, 1), x, dw, stride)


def by_kernel(conv1d_backward: Any, dy: Any, x: Any, dw: Any, stride: int) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    options = kernel_1d(stride) | {"needs": (False, True, False, False)}
    dw += conv1d_backward(dy, x, np.zeros_like(dw), None, None, **options)[1]


wrong.from_bank("conv1d_backward", by_kernel, TWICE)


EXERCISE = Exercise(
    place=140,
    title="the weight gradient of a convolution: every weight sums over its uses",
    function="conv1d_dw",
    arguments=(read("dy", "NOP"), read("x", "NCL"), add("dw", "OCK"), number("stride", "count")),
    oracle=oracle,
    rules=wrong,
    sums="NP",
    inputs=stride_1d,
    sizes=sizes_1d,
    edges=(Edge("one window alone has a gradient", one_alone("dy", "NOP", stride_1d)),),
    empty="N",
    forbidden={"numpy": ("convolve", "correlate")},
)
