"""Activations, y = act(x), as plain loops.

Letters   m rows (batch)   c channels   n elements of a channel;  i, j, l run over m, c, n
          a[c] is the constant of the activation, the same for all channels but in prelu
Contract  csrc/kernels.def, activation.  The formulas: formulas.pxd.  The checks: tinynn/_cython/border.py
"""

import numpy as np

from formulas cimport Activation, activate, derivative, floating

from tinynn._cython.border import constant, gradients, take


def activation_forward(x, slope, *, activation, alpha):
    """y = act(x). x of any shape; for prelu (m, c, n) with slope (1,) or (c,)."""
    who = "activation_forward"
    (x,) = take(who, x=(x, "mcn" if activation == "prelu" else "..."))
    y = np.empty(x.shape, x.dtype)
    x3 = as_mcn(x)
    act, a = constant(who, activation, alpha, slope, x.dtype, x3.shape[1])
    forward(act, x3, a, as_mcn(y))
    return y


def forward(
    Activation act, const floating[:, :, ::1] x, const floating[::1] a, floating[:, :, ::1] y
):
    cdef Py_ssize_t i, j, l
    with nogil:
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                for l in range(x.shape[2]):
                    y[i, j, l] = activate(act, x[i, j, l], a[j])


def activation_backward(
    dy, kept, slope, *, activation, alpha, needs=(True, True), out=None, accumulate=False
):
    """dx = dy act'(kept); for prelu dslope_c = sum of dy x over the x <= 0 of channel c."""
    who = "activation_backward"
    letters = "mcn" if activation == "prelu" else "..."
    kept = dy if activation == "identity" else kept  # which keeps nothing, and reads nothing
    dy, kept = take(who, dy=(dy, letters), kept=(kept, letters))
    dy3, kept3 = as_mcn(dy), as_mcn(kept)
    act, a = constant(who, activation, alpha, slope, dy.dtype, dy3.shape[1])
    shapes = dy.shape, slope.shape if activation == "prelu" else None
    dx, dslope = gradients(who, needs, out, accumulate, dy.dtype, shapes)
    backward(act, dy3, kept3, a, None if dx is None else as_mcn(dx), dslope)
    return dx, dslope


def backward(
    Activation act,
    const floating[:, :, ::1] dy,
    const floating[:, :, ::1] kept,
    const floating[::1] a,
    floating[:, :, ::1] dx,
    floating[::1] dslope,
):
    cdef Py_ssize_t i, j, l, step
    cdef bint need_dx = dx is not None, need_dslope = dslope is not None
    step = 1 if need_dslope and dslope.shape[0] > 1 else 0  # one slope for all channels: stay on it
    with nogil:
        for i in range(dy.shape[0]):
            for j in range(dy.shape[1]):
                for l in range(dy.shape[2]):
                    if need_dx:
                        dx[i, j, l] = dy[i, j, l] * derivative(act, kept[i, j, l], a[j])
                    if need_dslope and not kept[i, j, l] > 0:
                        dslope[j * step] += dy[i, j, l] * kept[i, j, l]


def as_mcn(a):
    """Elements of any other shape than (m, c, n) are one row of one channel."""
    return a if a.ndim == 3 else a.reshape(1, 1, a.size)
