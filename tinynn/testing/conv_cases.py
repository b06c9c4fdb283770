"""The rows of convolution. Oracle: scipy.signal.correlate, one output channel after the other.

Sizes are (n, c, o, h, w): images, channels in and out of each group, and the plane. Kernels are given by row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import signal

from tinynn import functional as F
from tinynn.testing.case import ACTIVATION_ORACLES, KINKED, OpCase, Rng

Array = Any
Inputs = Callable[..., tuple[Array, ...]]
PLANES = ((2, 3, 4, 5, 4), (1, 1, 1, 4, 5), (3, 9, 8, 7, 6), (1, 17, 3, 5, 9), (2, 2, 33, 6, 5))
LINES = ((2, 3, 4, 7), (1, 1, 1, 5), (3, 9, 8, 12), (1, 17, 3, 33), (2, 2, 33, 8))


def images(*kernel: int, groups: int = 1, more: Callable[[int], tuple[int, ...]] = lambda o: (o,)) -> Inputs:
    """x, w and arrays of the sizes that `more` makes of the number of output channels."""

    def draw(rng: Rng, n: int, c: int, o: int, *size: int) -> tuple[Array, ...]:
        x, w = rng.normal(size=(n, c * groups, *size)), rng.normal(size=(o * groups, c, *kernel))
        return (x, w, *(rng.normal(size=k) for k in more(o * groups)))

    return draw


# ---- oracles -------------------------------------------------------------------------------------


def sides(padding: Any, kernel: tuple[int, ...], dilation: tuple[int, ...]) -> list[tuple[int, int]]:
    """Padding as np.pad takes it."""
    if padding == "valid":
        return [(0, 0)] * len(kernel)
    if padding == "same":
        return [((k - 1) * d // 2, -(-(k - 1) * d // 2)) for k, d in zip(kernel, dilation, strict=True)]
    pairs = padding if isinstance(padding, tuple) else (padding,) * len(kernel)
    if len(kernel) == 1 and isinstance(padding, tuple) and len(padding) == 2:
        pairs = (padding,)
    return [p if isinstance(p, tuple) else (p, p) for p in pairs]


def per_axis(option: Any, dims: int) -> tuple[int, ...]:
    return option if isinstance(option, tuple) else (option,) * dims


def convolved(
    x: Array,
    w: Array,
    b: Any = None,
    *rest: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool = False,
) -> Array:
    """One output channel of one image at a time, of a kernel with zeros between its places."""
    kernel, dims = w.shape[2:], w.ndim - 2
    dilation, stride = per_axis(dilation, dims), per_axis(stride, dims)
    wide = np.zeros((*w.shape[:2], *((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))))
    wide[:, :, *(slice(None, None, d) for d in dilation)] = np.flip(w, tuple(range(2, w.ndim))) if flip else w
    x = np.pad(x, ((0, 0), (0, 0), *sides(padding, kernel, dilation)))
    c, o = w.shape[1], len(w) // groups
    y = [
        [signal.correlate(one[k // o * c :][:c], wide[k], "valid", "direct")[0] for k in range(len(w))]
        for one in x
    ]
    left = tuple(s - k + 1 for s, k in zip(x.shape[2:], wide.shape[2:], strict=True))
    z = np.reshape(y, (len(x), len(w), *left))[:, :, *(slice(None, None, s) for s in stride)]
    return z if b is None else z + np.reshape(b, (-1, *(1,) * dims))


def transposed(
    x: Array,
    w: Array,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    **same: Any,
) -> Array:
    """The transpose of the matrix of `convolved`, column by column from images with a single 1."""
    dims, kernel = w.ndim - 2, w.shape[2:]
    steps, wide, extra = per_axis(stride, dims), per_axis(dilation, dims), per_axis(output_padding, dims)
    axes = zip(x.shape[2:], kernel, steps, wide, sides(padding, kernel, wide), extra, strict=True)
    size = [(n - 1) * s - sum(p) + (k - 1) * d + 1 + e for n, k, s, d, p, e in axes]
    c = w.shape[1] * same.get("groups", 1)
    count = c * int(np.prod(size))
    units = np.eye(count).reshape(count, c, *size)
    matrix = convolved(units, w, stride=stride, padding=padding, dilation=dilation, **same)
    matrix = matrix[:, :, *map(slice, x.shape[2:])]  # output_padding may have made room for more
    y = (x.reshape(len(x), matrix[0].size) @ matrix.reshape(count, -1).T).reshape(len(x), c, *size)
    return y if b is None else y + np.reshape(b, (-1, *(1,) * dims))


def windows(z: Array, pool: tuple[int, int]) -> Array:
    """(n, o, p, q) as (n, o, P, Q, places of a window)."""
    n, o, p, q = z.shape
    p, q = p // pool[0], q // pool[1]
    z = z[:, :, : p * pool[0], : q * pool[1]].reshape(n, o, p, pool[0], q, pool[1])
    return z.swapaxes(3, 4).reshape(n, o, p, q, pool[0] * pool[1])


# ---- rows ----------------------------------------------------------------------------------------

# what -> kernel and options; in one dimension those of the columns
PLACES: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "plain": ((3, 2), {}),
    "same": ((3, 4), {"padding": "same"}),
    "valid": ((2, 3), {"padding": "valid"}),
    "one place": ((1, 1), {}),
    "stride": ((3, 2), {"stride": (2, 3), "padding": 1}),
    "sides": ((2, 3), {"padding": ((0, 2), (3, 1))}),
    "dilation": ((2, 3), {"dilation": (3, 2), "padding": (1, 2)}),
    "groups": ((3, 3), {"groups": 2, "padding": 1}),
    "flip": ((3, 2), {"flip": True, "stride": (1, 2), "padding": 1, "dilation": (1, 2)}),
    "flip, groups": ((2, 2), {"flip": True, "groups": 3, "padding": "same"}),
}
BACK: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "plain": ((2, 3), {}),
    "stride": ((3, 2), {"stride": (2, 3), "output_padding": (1, 2)}),
    "padding, dilation": ((3, 2), {"padding": (1, 2), "dilation": (2, 3), "stride": (2, 1)}),
    "groups, flip": ((2, 3), {"groups": 2, "flip": True, "padding": ((1, 0), (0, 1))}),
    "longer": ((2, 3), {"dilation": (3, 4), "stride": (1, 2), "output_padding": (2, 3), "padding": 1}),
}
EMPTY = (0, 3, 2, 5, 6)


def in_dims(
    dims: int, place: tuple[tuple[int, ...], dict[str, Any]]
) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Kernel and options of that many axes."""
    kernel, options = place
    if dims == 2:
        return kernel, options
    return kernel[1:], {k: v[1] if isinstance(v, tuple) else v for k, v in options.items()}


def conv_row(dims: int, what: str) -> OpCase:
    kernel, options = in_dims(dims, PLACES[what])
    call: Any = F.conv1d if dims == 1 else F.conv2d
    return OpCase(
        f"conv{dims}d",
        lambda x, w, b: call(x, w, b, **options),
        images(*kernel, groups=options.get("groups", 1)),
        lambda x, w, b: convolved(x, w, b, **options),
        LINES if dims == 1 else PLANES,
        variant=what,
        empty=EMPTY[: dims + 3],
        linear_in=(0, 1, 2),
        reduces=lambda x, w, b: (w[0].size + 1, convolved(np.abs(x), np.abs(w), np.abs(b), **options)),
    )


HERE: dict[str, Any] = {"stride": (2, 1), "padding": ((1, 0), (1, 1))}


def active_row(act: str) -> OpCase:
    oracle = ACTIVATION_ORACLES[act]
    return OpCase(
        "conv2d",
        lambda x, w, b: F.conv2d(x, w, b, **HERE, activation=act),
        images(3, 2),
        lambda x, w, b: oracle(convolved(x, w, b, **HERE)),
        PLANES,
        variant=act,
        empty=EMPTY,
        kink=(lambda *a: convolved(*a, **HERE)) if act in KINKED else None,
        rtol=1e-4,
        atol=1e-5,
    )


def prelu_row(dims: int, what: str, more: Callable[[int], tuple[int, ...]]) -> OpCase:
    call: Any = F.conv1d if dims == 1 else F.conv2d

    def oracle(x: Array, w: Array, b: Array, s: Array) -> Array:
        z = convolved(x, w, b)
        return np.where(z > 0, 1, s.reshape(-1, *(1,) * dims)) * z

    return OpCase(
        f"conv{dims}d",
        lambda x, w, b, s: call(x, w, b, s, activation="prelu"),
        images(*(2, 3)[:dims], more=more),
        oracle,
        LINES if dims == 1 else PLANES,
        variant=what,
        empty=EMPTY[: dims + 3],
        kink=convolved,
        rtol=1e-4,
        atol=1e-5,
    )


def transposed_row(dims: int, what: str) -> OpCase:
    kernel, options = in_dims(dims, BACK[what])
    groups = options.get("groups", 1)
    call: Any = F.conv_transpose1d if dims == 1 else F.conv_transpose2d

    def inputs(rng: Rng, n: int, c: int, o: int, *size: int) -> tuple[Array, ...]:
        shapes = (n, o * groups, *size), (o * groups, c, *kernel), (c * groups,)
        return tuple(rng.normal(size=s) for s in shapes)

    lines, planes = (
        ((2, 3, 4, 6), (1, 1, 1, 4), (1, 9, 8, 7)),
        ((2, 3, 2, 3, 4), (1, 1, 1, 4, 5), (1, 8, 9, 3, 3)),
    )
    return OpCase(
        f"conv_transpose{dims}d",
        lambda x, w, b: call(x, w, b, **options),
        inputs,
        lambda x, w, b: transposed(x, w, b, **options),
        lines if dims == 1 else planes,
        variant=what,
        empty=EMPTY[: dims + 3],
        linear_in=(0, 1, 2),
        reduces=lambda x, w, b: (w[:, 0].size + 1, transposed(np.abs(x), np.abs(w), np.abs(b), **options)),
    )


def pooled_row(act: str, pool: tuple[int, int], **options: Any) -> OpCase:
    oracle = ACTIVATION_ORACLES[act]

    def kinks(*arrays: Array) -> Array:
        """Where two of a window are equal, and where the largest is 0."""
        z = np.sort(windows(convolved(*arrays, **options), pool), axis=-1)
        return np.concatenate([np.diff(z[..., -2:]).reshape(-1), z[..., -1].reshape(-1)])

    return OpCase(
        "conv2d_max_pool",
        lambda *a: F.conv2d_max_pool(*a, pool=pool, activation=act, **options),
        images(3, 2, groups=options.get("groups", 1)),
        lambda *a: oracle(windows(convolved(*a, **options), pool)).max(axis=-1),
        ((2, 3, 4, 5, 6), (1, 1, 1, 4, 5), (2, 8, 9, 7, 6)),
        variant=f"{act}, {pool}",
        empty=EMPTY,
        kink=kinks,
        rtol=1e-4,
        atol=1e-5,
    )


CONV: list[OpCase] = [
    *(conv_row(dims, what) for dims in (1, 2) for what in PLACES),
    *(active_row(act) for act in ACTIVATION_ORACLES),
    OpCase("conv1d", lambda x, w, b: F.conv1d(x, w, b, padding=1, activation="tanh"), images(3),
           lambda x, w, b: np.tanh(convolved(x, w, b, padding=1)), LINES, "tanh", empty=EMPTY[:4],
           rtol=1e-4, atol=1e-5),
    OpCase("conv2d", lambda x, w: F.conv2d(x, w, padding=1), images(2, 2, more=lambda o: ()),
           lambda x, w: convolved(x, w, padding=1), PLANES, "no bias", empty=EMPTY, linear_in=(0, 1),
           reduces=lambda x, w: (w[0].size, convolved(np.abs(x), np.abs(w), padding=1))),
    prelu_row(1, "prelu, one slope", lambda o: (o, 1)),
    prelu_row(2, "prelu", lambda o: (o, o)),
    *(transposed_row(dims, what) for dims in (1, 2) for what in BACK),
    pooled_row("relu", (2, 2), padding=1),
    pooled_row("identity", (3, 1), stride=(1, 2), padding=(1, 0)),
    pooled_row("leaky_relu", (1, 2), groups=2),
    pooled_row("sigmoid", (2, 1), dilation=(1, 2), padding=1),
    pooled_row("tanh", (1, 3), flip=True, padding=1),
]  # fmt: skip
