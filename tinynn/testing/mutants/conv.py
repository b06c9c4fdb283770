"""Wrong rules for convolution, its transpose and the fused max-pool.

conv2d_backward(dy, x, w, kept, slope, *, stride, padding, dilation, groups, flip, activation, alpha, needs,
out, accumulate) -> (dx, dw, db, dslope); conv1d_backward has the same with one axis less.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.backends.numpy_rung.activation import derivative
from tinynn.testing.mutants.bank import Decorator, Kernel, mutant


def conv(mistake: str) -> Decorator:
    """A mistake that both backward passes can have."""

    def add(rule: Kernel) -> Kernel:
        for dims in (1, 2):
            mutant(f"conv{dims}d_backward", mistake, f"conv{dims}d")(rule)
        return rule

    return add


def forward(mistake: str) -> Decorator:
    return mutant("conv2d_forward", mistake, "conv2d")


def pool(mistake: str) -> Decorator:
    return mutant("conv2d_pool_backward", mistake, "conv2d_max_pool")


# ---- what the mistakes are made of -----------------------------------------------------------------


def dz_of(dy: Any, kept: Any, slope: Any, o: Any) -> Any:
    """The gradient before the activation."""
    column = None if slope is None else slope.reshape(-1, *(1,) * (dy.ndim - 2))
    return dy * derivative(kept, o["activation"], o["alpha"], column)


def linear_part(kernel: Kernel, dz: Any, x: Any, w: Any, o: Any, **changed: Any) -> Any:
    """dx, dw, db from dz, with some options changed; if these leave more places, dz fills the first."""
    options = {**o, "activation": "identity", "alpha": None, **changed}
    options["needs"] = (True, True, True, False)
    dims = w.ndim - 2
    axes = zip(x.shape[2:], w.shape[2:], *(_per_axis(options, k, dims) for k in NAMES), strict=True)
    size = [(n + sum(p) - (k - 1) * d - 1) // s + 1 for n, k, s, p, d in axes]
    wide = np.zeros((*dz.shape[:2], *size), dz.dtype)
    part = tuple(slice(min(a, b)) for a, b in zip(size, dz.shape[2:], strict=True))
    wide[:, :, *part] = dz[:, :, *part]
    return kernel(wide, x, w, None, None, **options)[:3]


NAMES = ("stride", "padding", "dilation")


def _per_axis(options: Any, name: str, dims: int) -> Any:
    return (options[name],) if dims == 1 else options[name]


def instead(right: Any, **wrong: Any) -> Any:
    """The right results, but dx, dw or db as given; what is not needed stays None."""
    names = ("dx", "dw", "db", "dslope")
    return tuple(r if r is None else wrong.get(name, r) for name, r in zip(names, right, strict=False))


def ones_like_option(option: Any) -> Any:
    return 1 if isinstance(option, int) else (1,) * len(option)


def sides_swapped(padding: Any) -> Any:
    return padding[::-1] if isinstance(padding[0], int) else tuple(p[::-1] for p in padding)


def other_group(w: Any, groups: int) -> Any:
    """w with the kernels of the next group in the place of each."""
    return np.roll(w, len(w) // groups, axis=0) if groups > 1 else w


# ---- backward ---------------------------------------------------------------------------------------


@conv("dx reads the kernel in the order of the forward pass")
def dx_not_flipped(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dx = linear_part(kernel, dz_of(dy, kept, slope, o), x, w, o, flip=not o["flip"])[0]
    return instead(kernel(dy, x, w, kept, slope, **o), dx=dx)


@conv("dw comes out backwards")
def dw_flipped(kernel: Kernel, *args: Any, **o: Any) -> Any:
    right = kernel(*args, **o)
    if right[1] is None:
        return right
    return instead(right, dw=np.flip(right[1], tuple(range(2, right[1].ndim))).copy())


@conv("flip is ignored")
def flip_ignored(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return kernel(dy, x, w, kept, slope, **{**o, "flip": False})


@conv("the stride is ignored in dx")
def dx_without_stride(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    one = ones_like_option(o["stride"])
    dx = linear_part(kernel, dz_of(dy, kept, slope, o), x, w, o, stride=one)[0]
    return instead(kernel(dy, x, w, kept, slope, **o), dx=dx)


@conv("the stride is ignored in dw")
def dw_without_stride(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    one = ones_like_option(o["stride"])
    dw = linear_part(kernel, dz_of(dy, kept, slope, o), x, w, o, stride=one)[1]
    return instead(kernel(dy, x, w, kept, slope, **o), dw=dw)


@conv("the dilation is ignored in dx")
def dx_without_dilation(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    one = ones_like_option(o["dilation"])
    dx = linear_part(kernel, dz_of(dy, kept, slope, o), x, w, o, dilation=one)[0]
    return instead(kernel(dy, x, w, kept, slope, **o), dx=dx)


@conv("the dilation is ignored in dw")
def dw_without_dilation(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    one = ones_like_option(o["dilation"])
    dw = linear_part(kernel, dz_of(dy, kept, slope, o), x, w, o, dilation=one)[1]
    return instead(kernel(dy, x, w, kept, slope, **o), dw=dw)


@conv("the padding is ignored: dx is not shifted back")
def dx_without_padding(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return instead(
        kernel(dy, x, w, kept, slope, **o),
        dx=linear_part(kernel, dz_of(dy, kept, slope, o), x, w, o, padding=_all_after(o["padding"]))[0],
    )


@conv("the padding is ignored in dw")
def dw_without_padding(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return instead(
        kernel(dy, x, w, kept, slope, **o),
        dw=linear_part(kernel, dz_of(dy, kept, slope, o), x, w, o, padding=_all_after(o["padding"]))[1],
    )


def _all_after(padding: Any) -> Any:
    if isinstance(padding[0], int):
        return (0, sum(padding))
    return tuple((0, sum(p)) for p in padding)


@conv("the two sides of the padding are exchanged")
def padding_swapped(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return kernel(dy, x, w, kept, slope, **{**o, "padding": sides_swapped(o["padding"])})


@conv("the groups are mixed: dx through the kernels of the next group")
def dx_of_other_group(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dx = kernel(dy, x, other_group(w, o["groups"]), kept, slope, **o)[0]
    return instead(kernel(dy, x, w, kept, slope, **o), dx=dx)


@conv("the groups are mixed: dw from the inputs of the next group")
def dw_of_other_group(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    moved = np.roll(x, x.shape[1] // o["groups"], axis=1)
    dw = kernel(dy, moved, w, kept, slope, **o)[1]
    return instead(kernel(dy, x, w, kept, slope, **o), dw=dw)


@conv("the activation's derivative is forgotten")
def no_mask(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dx, dw, db = linear_part(kernel, dy, x, w, o)
    return instead(kernel(dy, x, w, kept, slope, **o), dx=dx, dw=dw, db=db)


@conv("dx ignores the activation's derivative, dw does not")
def no_mask_in_dx(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return instead(kernel(dy, x, w, kept, slope, **o), dx=linear_part(kernel, dy, x, w, o)[0])


@conv("db ignores the activation's derivative")
def no_mask_in_db(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return instead(kernel(dy, x, w, kept, slope, **o), db=linear_part(kernel, dy, x, w, o)[2])


@conv("the weight gradient of one image only")
def dw_of_one_image(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dw = linear_part(kernel, dz_of(dy, kept, slope, o)[-1:], x[-1:], w, o)[1]
    return instead(kernel(dy, x, w, kept, slope, **o), dw=dw)


@conv("= for +=: dw holds the contribution of the last position only")
def overwritten_dw(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    last = np.zeros_like(dy)
    last[..., -1] = dz_of(dy, kept, slope, o)[..., -1]
    return instead(kernel(dy, x, w, kept, slope, **o), dw=linear_part(kernel, last, x, w, o)[1])


@conv("= for +=: where windows overlap dx holds the last one only")
def overwritten_dx(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dz, dx = dz_of(dy, kept, slope, o), np.zeros(x.shape, x.dtype)
    for tap in np.ndindex(w.shape[2:]):
        alone = np.zeros_like(w)
        alone[:, :, *tap] = w[:, :, *tap]
        part = linear_part(kernel, dz, x, alone, o)[0]
        dx = np.where(part != 0, part, dx)
    return instead(kernel(dy, x, w, kept, slope, **o), dx=dx)


@conv("the bias gradient is not summed over the positions")
def db_of_one_place(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dz = dz_of(dy, kept, slope, o)
    db = dz.reshape(*dz.shape[:2], -1)[:, :, 0].sum(0)
    return instead(kernel(dy, x, w, kept, slope, **o), db=db)


@conv("the bias gradient is not summed over the images")
def db_of_one_image(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    db = linear_part(kernel, dz_of(dy, kept, slope, o)[-1:], x[-1:], w, o)[2]
    return instead(kernel(dy, x, w, kept, slope, **o), db=db)


@conv("the weight gradient is the mean over the positions, not the sum")
def dw_mean(kernel: Kernel, dy: Any, *rest: Any, **o: Any) -> Any:
    right = kernel(dy, *rest, **o)
    return instead(right, dw=None if right[1] is None else right[1] / max(dy[0, 0].size, 1))


@conv("the last row of the output is dropped")
def dropped_row(kernel: Kernel, dy: Any, *rest: Any, **o: Any) -> Any:
    short = np.array(dy)
    short[:, :, -1] = 0
    return instead(kernel(dy, *rest, **o), dw=kernel(short, *rest, **o)[1])


@conv("the vector tail is dropped: the last input channel receives nothing")
def dropped_channel(kernel: Kernel, *args: Any, **o: Any) -> Any:
    right = kernel(*args, **o)
    if right[0] is not None:
        right[0][:, -1] = 0
    return right


@conv("the border of dx is forgotten")
def dropped_border(kernel: Kernel, *args: Any, **o: Any) -> Any:
    right = kernel(*args, **o)
    if right[0] is not None:
        right[0][..., 0] = 0
    return right


@conv("the slope's gradient is not summed over the images")
def dslope_of_one_image(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    right = kernel(dy, x, w, kept, slope, **o)
    if slope is None:
        return right
    last = {**o, "needs": (False, False, False, True)}
    return instead(right, dslope=kernel(dy[-1:], x[-1:], w, kept[-1:], slope, **last)[3])


# ---- forward ----------------------------------------------------------------------------------------


@forward("the bias stands inside the window: it is added once for each place of the kernel")
def bias_in_window(kernel: Kernel, x: Any, w: Any, b: Any, slope: Any, **o: Any) -> Any:
    return kernel(x, w, None if b is None else b * w[0, 0].size, slope, **o)


@forward("flip is ignored")
def forward_not_flipped(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **{**o, "flip": False})


@forward("the kernel is always read backwards")
def forward_flipped(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **{**o, "flip": True})


@forward("the groups are mixed")
def forward_other_group(kernel: Kernel, x: Any, w: Any, *rest: Any, **o: Any) -> Any:
    return kernel(x, other_group(w, o["groups"]), *rest, **o)


@forward("the padding repeats the border instead of being 0")
def edge_padding(kernel: Kernel, x: Any, *rest: Any, **o: Any) -> Any:
    mode: Any = "edge" if x.size else "constant"
    wide = np.pad(x, ((0, 0), (0, 0), *o["padding"]), mode=mode)
    return kernel(wide, *rest, **{**o, "padding": ((0, 0), (0, 0))})


@forward("the padding of both sides comes after")
def padding_after(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **{**o, "padding": _all_after(o["padding"])})


@mutant("conv2d_transpose", "it is the convolution with a flipped kernel", "conv_transpose2d")
def transpose_flipped(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **{**o, "flip": not o["flip"]})


@mutant("conv2d_transpose", "the bias is added once for each window", "conv_transpose2d")
def transpose_bias(kernel: Kernel, x: Any, w: Any, b: Any, **o: Any) -> Any:
    return kernel(x, w, None if b is None else b * w[0, 0].size, **o)


@mutant("conv1d_transpose", "the padding is taken away at the end alone", "conv_transpose1d")
def transpose_padding(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **{**o, "padding": _all_after(o["padding"])})


# ---- the fused max-pool -----------------------------------------------------------------------------


@pool("the gradient goes to the first place of each window")
def first_place(kernel: Kernel, dy: Any, x: Any, w: Any, y: Any, arg: Any, **o: Any) -> Any:
    return kernel(dy, x, w, y, np.zeros_like(arg), **o)


@pool("the activation's derivative is forgotten")
def pool_no_mask(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **{**o, "activation": "identity", "alpha": None})


@pool("db counts every place of a window")
def pool_db(kernel: Kernel, *args: Any, **o: Any) -> Any:
    right = kernel(*args, **o)
    return instead(right, db=None if right[2] is None else right[2] * o["pool"][0] * o["pool"][1])


@pool("the gradient is shared among the places of a window")
def pool_mean(kernel: Kernel, dy: Any, *rest: Any, **o: Any) -> Any:
    return kernel(dy / (o["pool"][0] * o["pool"][1]), *rest, **o)


@pool("the weight gradient of one image only")
def pool_one_image(kernel: Kernel, dy: Any, x: Any, w: Any, y: Any, arg: Any, **o: Any) -> Any:
    right = kernel(dy, x, w, y, arg, **o)
    return instead(right, dw=kernel(dy[-1:], x[-1:], w, y[-1:], arg[-1:], **o)[1])


@mutant("conv2d_pool_forward", "the mean of each window instead of its maximum", "conv2d_max_pool")
def pool_averages(kernel: Kernel, x: Any, w: Any, b: Any, **o: Any) -> Any:
    y, arg = kernel(x, w, b, **o)
    return y / (o["pool"][0] * o["pool"][1]), arg


@mutant("conv2d_pool_forward", "the bias is added after the activation", "conv2d_max_pool")
def pool_bias_late(kernel: Kernel, x: Any, w: Any, b: Any, **o: Any) -> Any:
    y, arg = kernel(x, w, None, **o)
    return y if b is None else y + b[:, None, None], arg
