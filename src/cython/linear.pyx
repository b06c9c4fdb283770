"""The linear layer, y = act(x w^T + b), and maxout, as plain loops.

Letters   g matrices   m rows (batch)   n outputs   k inputs   p pieces of maxout
          h, i, j, l run over g, m, n, k
          a[n] is the constant of the activation: alpha, or the slope of prelu
Contract  csrc/kernels.def, linear.  The formulas: formulas.pxd.  The checks: tinynn/_cython/border.py

The matrix product alone, by BLAS instead of loops, is in linear_blas.pyx.
"""

import numpy as np

from formulas cimport Activation, activate, derivative, floating
from libc.stdint cimport uint8_t

from tinynn._cython.border import KEEP_Z, constant, gradients, take, with_g


def linear_forward(x, w, b, slope, *, activation, alpha):
    """z = x w^T + b, y = act(z). x (m, k), w (n, k), b (n,) or None, or each with a leading g."""
    who = "linear_forward"
    x3, w3, b2 = take(who, g=True, x=(x, "gmk"), w=(w, "gnk"), b=(b, "gn?"))
    shape = x3.shape[0], x3.shape[1], w3.shape[1]
    act, a = constant(who, activation, alpha, slope, x.dtype, w3.shape[1])
    y = np.empty(shape if x.ndim == 3 else shape[1:], x.dtype)
    z = np.empty_like(y) if activation in KEEP_Z else None
    forward(act, x3, w3, b2, a, with_g(y, 3), with_g(z, 3))
    kept = None if activation == "identity" else y if z is None else z
    return y, kept


def forward(
    Activation act,
    const floating[:, :, ::1] x,
    const floating[:, :, ::1] w,
    const floating[:, ::1] b,
    const floating[::1] a,
    floating[:, :, ::1] y,
    floating[:, :, ::1] z,
):
    cdef Py_ssize_t h, i, j, l
    cdef floating total
    cdef bint has_b = b is not None, keep_z = z is not None
    with nogil:
        for h in range(x.shape[0]):
            for i in range(x.shape[1]):
                for j in range(w.shape[1]):
                    total = b[h, j] if has_b else 0
                    for l in range(x.shape[2]):
                        total += x[h, i, l] * w[h, j, l]
                    if keep_z:
                        z[h, i, j] = total
                    y[h, i, j] = activate(act, total, a[j])


def linear_backward(
    dy, x, w, kept, slope, *, activation, alpha, needs=(True,) * 4, out=None, accumulate=False
):
    """dz = dy act'(kept); dx = dz w, dw = dz^T x, db = sum_m dz; prelu: dslope = sum of dy z where z <= 0."""
    who = "linear_backward"
    kept = dy if activation == "identity" else kept  # which keeps nothing, and reads nothing
    dy3, x3, w3, kept3 = take(
        who, g=True, dy=(dy, "gmn"), x=(x, "gmk"), w=(w, "gnk"), kept=(kept, "gmn")
    )
    act, a = constant(who, activation, alpha, slope, x.dtype, w3.shape[1])
    bias = w3.shape[:2] if w.ndim == 3 else w3.shape[1:2]
    shapes = x.shape, w.shape, bias, slope.shape if activation == "prelu" else None
    dx, dw, db, dslope = gradients(who, needs, out, accumulate, x.dtype, shapes)
    backward(act, dy3, x3, w3, kept3, a, with_g(dx, 3), with_g(dw, 3), with_g(db, 2), dslope)
    return dx, dw, db, dslope


def backward(
    Activation act,
    const floating[:, :, ::1] dy,
    const floating[:, :, ::1] x,
    const floating[:, :, ::1] w,
    const floating[:, :, ::1] kept,
    const floating[::1] a,
    floating[:, :, ::1] dx,
    floating[:, :, ::1] dw,
    floating[:, ::1] db,
    floating[::1] dslope,
):
    cdef Py_ssize_t h, i, j, l, step
    cdef floating dz
    cdef bint need_dx = dx is not None, need_dw = dw is not None
    cdef bint need_db = db is not None, need_dslope = dslope is not None
    step = 1 if need_dslope and dslope.shape[0] > 1 else 0  # one slope for all outputs: stay on it
    with nogil:
        for h in range(dy.shape[0]):
            for i in range(dy.shape[1]):
                for j in range(dy.shape[2]):
                    dz = dy[h, i, j] * derivative(act, kept[h, i, j], a[j])
                    if need_db:
                        db[h, j] += dz
                    if need_dslope and not kept[h, i, j] > 0:
                        dslope[j * step] += dy[h, i, j] * kept[h, i, j]
                    if need_dx:
                        for l in range(x.shape[2]):
                            dx[h, i, l] += dz * w[h, j, l]
                    if need_dw:
                        for l in range(x.shape[2]):
                            dw[h, j, l] += dz * x[h, i, l]


def maxout_forward(x, w, b):
    """y = max over p of (x w_p^T + b_p), arg = the first p that reaches it. w (p, n, k), b (p, n) or None."""
    x, w, b = take("maxout_forward", x=(x, "mk"), w=(w, "pnk"), b=(b, "pn?"))
    if not 1 <= w.shape[0] <= 256:
        raise ValueError(f"maxout_forward: w has {w.shape[0]} pieces; needed 1 to 256")
    y = np.empty((x.shape[0], w.shape[1]), x.dtype)
    arg = np.empty(y.shape, np.uint8)
    pieces_forward(x, w, b, y, arg)
    return y, arg


def pieces_forward(
    const floating[:, ::1] x,
    const floating[:, :, ::1] w,
    const floating[:, ::1] b,
    floating[:, ::1] y,
    uint8_t[:, ::1] arg,
):
    cdef Py_ssize_t p, i, j, l
    cdef floating total
    cdef bint has_b = b is not None
    with nogil:
        for i in range(x.shape[0]):
            for j in range(w.shape[1]):
                for p in range(w.shape[0]):
                    total = b[p, j] if has_b else 0
                    for l in range(x.shape[1]):
                        total += x[i, l] * w[p, j, l]
                    if p == 0 or total > y[i, j] or (total != total and y[i, j] == y[i, j]):  # a NaN wins
                        y[i, j] = total
                        arg[i, j] = <uint8_t>p


def maxout_backward(dy, x, w, arg, *, needs=(True,) * 3, out=None, accumulate=False):
    """Only the winning piece of each output receives gradient: as linear_backward, with w_arg for w."""
    who = "maxout_backward"
    dy, x, w = take(who, dy=(dy, "mn"), x=(x, "mk"), w=(w, "pnk"))
    if arg.dtype != np.uint8 or arg.shape != dy.shape or (arg.size and arg.max() >= len(w)):
        raise ValueError(f"{who}: arg must be uint8 {dy.shape} below {len(w)}, as maxout_forward returns it")
    dx, dw, db = gradients(who, needs, out, accumulate, x.dtype, (x.shape, w.shape, w.shape[:2]))
    pieces_backward(dy, x, w, np.ascontiguousarray(arg), dx, dw, db)
    return dx, dw, db


def pieces_backward(
    const floating[:, ::1] dy,
    const floating[:, ::1] x,
    const floating[:, :, ::1] w,
    const uint8_t[:, ::1] arg,
    floating[:, ::1] dx,
    floating[:, :, ::1] dw,
    floating[:, ::1] db,
):
    cdef Py_ssize_t p, i, j, l
    cdef bint need_dx = dx is not None, need_dw = dw is not None, need_db = db is not None
    with nogil:
        for i in range(dy.shape[0]):
            for j in range(dy.shape[1]):
                p = arg[i, j]
                if need_db:
                    db[p, j] += dy[i, j]
                if need_dx:
                    for l in range(x.shape[1]):
                        dx[i, l] += dy[i, j] * w[p, j, l]
                if need_dw:
                    for l in range(x.shape[1]):
                        dw[p, j, l] += dy[i, j] * x[i, l]
