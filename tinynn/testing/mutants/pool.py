"""Wrong rules for pooling: the wrong place, the wrong count, windows in the wrong place.

The right kernel is called `right` here: `kernel` is an option of pools.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.testing.mutants.bank import Decorator, Kernel, mutant


def max_pool(mistake: str) -> Decorator:
    return mutant("max_pool2d_backward", mistake, "max_pool2d", "max_pool1d")


def avg_pool(mistake: str) -> Decorator:
    return mutant("avg_pool2d_backward", mistake, "avg_pool2d", "avg_pool1d")


def winners(arg: Any, kernel: Any, stride: Any, padding: Any, size: Any) -> tuple[Any, ...]:
    """The index into dx of every winner; what would lie beyond the plane is moved to its border."""
    n, c, i, j = np.indices(arg.shape)
    rows = i * stride[0] - padding[0] + arg // kernel[1]
    columns = j * stride[1] - padding[1] + arg % kernel[1]
    return n, c, np.clip(rows, 0, size[0] - 1), np.clip(columns, 0, size[1] - 1)


def scattered(dy: Any, place: tuple[Any, ...], size: Any) -> Any:
    dx = np.zeros((*dy.shape[:2], *size), dy.dtype)
    np.add.at(dx, place, dy)
    return dx


@max_pool("arg is off by one row of the window")
def off_by_one_row(right: Kernel, dy: Any, arg: Any, **o: Any) -> Any:
    kh, kw = o["kernel"]
    wrong = (arg.astype(int) + kw) % (kh * kw) if kh > 1 else (arg.astype(int) + 1) % kw
    return right(dy, wrong.astype(arg.dtype), **o)


@max_pool("the kernel size is taken for the stride")
def kernel_for_stride(right: Kernel, dy: Any, arg: Any, **o: Any) -> Any:
    return scattered(dy, winners(arg, o["kernel"], o["kernel"], o["padding"], o["size"]), o["size"])


@max_pool("the padding is forgotten")
def padding_forgotten(right: Kernel, dy: Any, arg: Any, **o: Any) -> Any:
    return scattered(dy, winners(arg, o["kernel"], o["stride"], (0, 0), o["size"]), o["size"])


@max_pool("= for +=: a number that wins two windows keeps the last gradient")
def last_window(right: Kernel, dy: Any, arg: Any, **o: Any) -> Any:
    dx = np.zeros((*dy.shape[:2], *o["size"]), dy.dtype)
    dx[winners(arg, o["kernel"], o["stride"], o["padding"], o["size"])] = dy
    return dx


@max_pool("the gradient goes to every place of the window, not only to the largest")
def to_all_places(right: Kernel, dy: Any, arg: Any, **o: Any) -> Any:
    places = range(o["kernel"][0] * o["kernel"][1])
    return sum(right(dy, np.full_like(arg, place), **o) for place in places)


@max_pool("rows and columns of the window are exchanged")
def exchanged(right: Kernel, dy: Any, arg: Any, **o: Any) -> Any:
    kh, kw = o["kernel"]
    return right(dy, (arg % kw * kw % (kh * kw) + arg // kw).astype(arg.dtype), **o)


@mutant("max_pool2d_forward", "of equals the last wins, not the first", "max_pool2d")
def last_of_equals(right: Kernel, x: Any, **o: Any) -> Any:
    y, _ = right(x, **o)
    ramp = np.arange(x.shape[2] * x.shape[3], dtype=x.dtype).reshape(x.shape[2:])
    return y, right(x + 1e-6 * ramp, **o)[1]


@mutant("max_pool2d_forward", "padding is 0, and wins against negative numbers", "max_pool2d", "max_pool1d")
def padding_wins(right: Kernel, x: Any, **o: Any) -> Any:
    y, arg = right(x, **o)
    return (np.maximum(y, 0) if max(o["padding"]) else y), arg


@mutant("max_pool2d_forward", "every window is empty but for numbers above 0", "max_pool2d")
def begun_with_zero(right: Kernel, x: Any, **o: Any) -> Any:
    y, arg = right(x, **o)
    return np.maximum(y, 0), arg


@avg_pool("padding is counted although it must not be")
def padding_counted(right: Kernel, dy: Any, **o: Any) -> Any:
    return right(dy, **{**o, "count_include_pad": True})


@avg_pool("padding is not counted although it must be")
def padding_not_counted(right: Kernel, dy: Any, **o: Any) -> Any:
    return right(dy, **{**o, "count_include_pad": False})


@avg_pool("not divided by the size of the window")
def sum_for_mean(right: Kernel, dy: Any, **o: Any) -> Any:
    return right(dy, **o) * (o["kernel"][0] * o["kernel"][1])


@avg_pool("divided by the size of the window in one direction alone")
def one_direction(right: Kernel, dy: Any, **o: Any) -> Any:
    return right(dy, **o) * max(o["kernel"])


@avg_pool("the last row of dx is dropped")
def last_row(right: Kernel, dy: Any, **o: Any) -> Any:
    dx = right(dy, **o)
    dx[:, :, -1] = 0
    return dx


@mutant(
    "adaptive_avg_pool2d_backward",
    "divided by h w / (oh ow), not by the size of the window",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool1d",
)
def mean_window(right: Kernel, dy: Any, *, size: Any) -> Any:
    dx = np.zeros((*dy.shape[:2], *size), dy.dtype)
    (oh, ow), (h, w) = dy.shape[2:], size
    for i, j in np.ndindex(oh, ow):
        part = slice(i * h // oh, -(-(i + 1) * h // oh)), slice(j * w // ow, -(-(j + 1) * w // ow))
        dx[(..., *part)] += dy[:, :, i, j, None, None] * (oh * ow / (h * w))
    return dx


@mutant("adaptive_avg_pool2d_backward", "rows shared by windows count once", "adaptive_avg_pool2d")
def shared_once(right: Kernel, dy: Any, *, size: Any) -> Any:
    dx = np.zeros((*dy.shape[:2], *size), dy.dtype)
    (oh, ow), (h, w) = dy.shape[2:], size
    for i, j in np.ndindex(oh, ow):
        part = slice(i * h // oh, -(-(i + 1) * h // oh)), slice(j * w // ow, -(-(j + 1) * w // ow))
        dx[(..., *part)] = dy[:, :, i, j, None, None] / np.ones(size)[part].size
    return dx


@mutant(
    "adaptive_max_pool2d_backward",
    "the gradient goes to the next place",
    "adaptive_max_pool2d",
    "adaptive_max_pool1d",
)
def next_place(right: Kernel, dy: Any, arg: Any, *, size: Any) -> Any:
    return right(dy, (arg + 1).astype(arg.dtype), size=size)
