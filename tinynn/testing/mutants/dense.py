"""Wrong rules for linear, maxout, matmul and the activations.

linear_backward(dy, x, w, kept, slope, *, activation, alpha, needs, out, accumulate) -> (dx, dw, db, dslope)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.testing.mutants.bank import Decorator, Kernel, mutant

LINEAR = ("linear_backward", "linear")


def linear(mistake: str) -> Decorator:
    return mutant("linear_backward", mistake, "linear")


@linear("the activation's derivative is forgotten: dz = dy")
def no_mask(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dx, dw, db, _ = kernel(dy, x, w, None, None, **{**o, "activation": "identity"})
    return dx, dw, db, None if slope is None else np.ones_like(slope)


@linear("dx ignores the mask, dw does not")
def no_mask_in_dx(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    right = kernel(dy, x, w, kept, slope, **o)
    return no_mask(kernel, dy, x, w, kept, slope, **o)[0], *right[1:]


@linear("db ignores the mask")
def no_mask_in_db(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    right = kernel(dy, x, w, kept, slope, **o)
    return *right[:2], no_mask(kernel, dy, x, w, kept, slope, **o)[2], right[3]


@linear("the bias gradient is not summed: the last row alone")
def db_last_row(kernel: Kernel, dy: Any, x: Any, w: Any, *rest: Any, **o: Any) -> Any:
    dx, dw, db, ds = kernel(dy, x, w, *rest, **o)
    return dx, dw, None if db is None else _tail_rows(kernel, 1, dy, x, w, *rest, **o)[2], ds


@linear("the bias gradient is the mean over the batch, not the sum")
def db_mean(kernel: Kernel, dy: Any, x: Any, *rest: Any, **o: Any) -> Any:
    dx, dw, db, ds = kernel(dy, x, *rest, **o)
    return dx, dw, None if db is None else db / max(dy.shape[-2], 1), ds


@linear("the weight gradient is divided by the batch size")
def dw_mean(kernel: Kernel, dy: Any, x: Any, *rest: Any, **o: Any) -> Any:
    dx, dw, db, ds = kernel(dy, x, *rest, **o)
    return dx, None if dw is None else dw / max(dy.shape[-2], 1), db, ds


@linear("the last row of the batch is dropped")
def dropped_row(kernel: Kernel, dy: Any, x: Any, *rest: Any, **o: Any) -> Any:
    dx, dw, db, ds = kernel(dy, x, *rest, **o)
    short = np.array(dy)
    short[..., -1:, :] = 0
    _, dw, db, ds = kernel(short, x, *rest, **o)
    return dx, dw, db, ds


@linear("the vector tail is dropped: the last column of dx is never written")
def dropped_tail(kernel: Kernel, *args: Any, **o: Any) -> Any:
    dx, *others = kernel(*args, **o)
    if dx is not None:
        dx[..., -1] = 0
    return dx, *others


@linear("the vector tail is dropped: the last input's weights get no gradient")
def dropped_tail_dw(kernel: Kernel, *args: Any, **o: Any) -> Any:
    dx, dw, *others = kernel(*args, **o)
    if dw is not None:
        dw[..., -1] = 0
    return dx, dw, *others


@linear("= for +=: dw holds the last row's contribution only")
def overwritten_dw(kernel: Kernel, dy: Any, x: Any, w: Any, *rest: Any, **o: Any) -> Any:
    dx, dw, db, ds = kernel(dy, x, w, *rest, **o)
    return dx, None if dw is None else _tail_rows(kernel, 1, dy, x, w, *rest, **o)[1], db, ds


@linear("dx has the wrong sign")
def negative_dx(kernel: Kernel, *args: Any, **o: Any) -> Any:
    dx, *others = kernel(*args, **o)
    return None if dx is None else -dx, *others


@linear("the mask is taken from dy instead of the output")
def mask_of_dy(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return kernel(dy, x, w, kept if o["activation"] != "relu" else np.ascontiguousarray(dy), slope, **o)


@linear("the derivative is applied twice")
def masked_twice(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    if o["activation"] == "identity":
        return kernel(dy, x, w, kept, slope, **o)
    eye = np.eye(w.shape[-2], dtype=w.dtype)
    wide = np.broadcast_to(eye, (*w.shape[:-2], *eye.shape)).copy()
    dz = kernel(dy, np.zeros_like(dy), wide, kept, slope, **{**o, "needs": (True, False, False, False)})[0]
    return kernel(dz, x, w, kept, slope, **o)


@linear("every group uses the first group's weights")
def first_group(kernel: Kernel, dy: Any, x: Any, w: Any, *rest: Any, **o: Any) -> Any:
    same = w if w.ndim == 2 else np.broadcast_to(w[:1], w.shape).copy()
    return kernel(dy, x, same, *rest, **o)


@linear("dslope counts the positive side")
def dslope_everywhere(kernel: Kernel, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dx, dw, db, ds = kernel(dy, x, w, kept, slope, **o)
    if ds is not None:
        ds = (dy * kept).reshape(-1, dy.shape[-1]).sum(0)
        ds = ds if slope.size > 1 or dy.shape[-1] == 1 else ds.sum(keepdims=True)
    return dx, dw, db, ds


def _tail_rows(kernel: Kernel, rows: int, dy: Any, x: Any, w: Any, kept: Any, slope: Any, **o: Any) -> Any:
    """The right gradients of the last rows of the batch alone."""
    last = (..., slice(-rows, None), slice(None))
    parts = [None if a is None else np.ascontiguousarray(a[last]) for a in (dy, x, kept)]
    return kernel(parts[0], parts[1], w, parts[2], slope, **o)


def activation(mistake: str) -> Decorator:
    return mutant("activation_backward", mistake, "activation")


@activation("the derivative is forgotten: dx = dy")
def passed_through(kernel: Kernel, dy: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return np.array(dy), kernel(dy, kept, slope, **o)[1]


@activation("the derivative is read from x where y was kept (sigmoid'(y) for sigmoid'(x))")
def wrong_side(kernel: Kernel, dy: Any, kept: Any, slope: Any, **o: Any) -> Any:
    if o["activation"] not in ("sigmoid", "tanh"):
        return kernel(dy, kept, slope, **o)
    return kernel(dy, np.tanh(kept), slope, **o)


@activation("sigmoid' = y (1 + y)")
def sigmoid_sign(kernel: Kernel, dy: Any, kept: Any, slope: Any, **o: Any) -> Any:
    if o["activation"] != "sigmoid":
        return kernel(dy, kept, slope, **o)
    return dy * kept * (1 + kept), None


@activation("tanh' = 1 - y")
def tanh_not_squared(kernel: Kernel, dy: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return (dy * (1 - kept), None) if o["activation"] == "tanh" else kernel(dy, kept, slope, **o)


@activation("silu' lacks the term y (1 - sigmoid)")
def silu_half(kernel: Kernel, dy: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return (dy / (1 + np.exp(-kept)), None) if o["activation"] == "silu" else kernel(dy, kept, slope, **o)


@activation("the tail of the last vector is not written")
def activation_tail(kernel: Kernel, dy: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dx, ds = kernel(dy, kept, slope, **o)
    if dx is not None and dx.size:
        dx.reshape(-1)[-1] = 0
    return dx, ds


@activation("every channel uses the first channel's slope")
def first_slope(kernel: Kernel, dy: Any, kept: Any, slope: Any, **o: Any) -> Any:
    return kernel(dy, kept, None if slope is None else np.full_like(slope, slope[0]), **o)


@activation("the slope's gradient is not summed over the batch")
def slope_not_summed(kernel: Kernel, dy: Any, kept: Any, slope: Any, **o: Any) -> Any:
    dx, ds = kernel(dy, kept, slope, **o)
    return dx, ds if ds is None else kernel(dy[-1:], kept[-1:], slope, **o)[1]
