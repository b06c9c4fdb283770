"""Convolution as plain loops: one small kernel, used at every place of the image.

Letters   n images   c input channels   o output channels   h w rows and columns of the input
          p q row and column of the output   i j row and column of the kernel
          row, column: the place of the input that weight (i, j) sees from (p, q)
          a[o] is the constant of the activation: alpha, or the slope of prelu
Contract  csrc/kernels.def, conv.  The formulas: formulas.pxd.  The checks: tinynn/_cython/conv_shape.py

Both passes are the same seven loops, and they meet each use of a weight once: w[o,c,i,j] joins
x[n,c,row,column] to z[n,o,p,q]. What is done there is one line, the same sum read from another side:

    forward         z[n,o,p,q]        += w[o,c,i,j]        * x[n,c,row,column]
    backward to x   dx[n,c,row,column] += w[o,c,i,j]        * dz[n,o,p,q]
    backward to w   dw[o,c,i,j]        += x[n,c,row,column] * dz[n,o,p,q]

The transposed convolution is the second line on its own. One dimension is two with a single row. A flipped
kernel is read, and its gradient written, through a view that runs backwards: the loops need not know.
"""

import numpy as np

from formulas cimport IDENTITY, Activation, activate, derivative, floating

from tinynn._cython.border import KEEP_Z, constant, gradients, take
from tinynn._cython.conv_shape import as_read, geometry, need_channels, need_size, planes, size_of

cdef struct Geometry:  # in the order of tinynn/_cython/conv_shape.py
    Py_ssize_t h, w  # of the input
    Py_ssize_t stride_h, stride_w, top, left, dilation_h, dilation_w
    Py_ssize_t groups


def forward(
    Activation act,
    Geometry s,
    const floating[:, :, :, ::1] x,
    const floating[:, :, :, :] w,
    const floating[::1] b,
    const floating[::1] a,
    floating[:, :, :, ::1] y,
    floating[:, :, :, ::1] z,
):
    cdef Py_ssize_t n, o, p, q, c, i, j, row, column, first
    cdef Py_ssize_t c_group = w.shape[1], o_group = w.shape[0] // s.groups
    cdef floating total
    cdef bint has_b = b is not None, keep_z = z is not None
    with nogil:
        for n in range(y.shape[0]):
            for o in range(y.shape[1]):
                first = o // o_group * c_group  # of the channels that output o sees
                for p in range(y.shape[2]):
                    for q in range(y.shape[3]):
                        total = b[o] if has_b else 0
                        for c in range(c_group):
                            for i in range(w.shape[2]):
                                row = p * s.stride_h + i * s.dilation_h - s.top
                                if row < 0 or row >= s.h:
                                    continue  # in the padding, where x is 0
                                for j in range(w.shape[3]):
                                    column = q * s.stride_w + j * s.dilation_w - s.left
                                    if column < 0 or column >= s.w:
                                        continue
                                    total += w[o, c, i, j] * x[n, first + c, row, column]
                        if keep_z:
                            z[n, o, p, q] = total
                        y[n, o, p, q] = activate(act, total, a[o])


def backward(
    Activation act,
    Geometry s,
    const floating[:, :, :, ::1] dy,
    const floating[:, :, :, ::1] x,
    const floating[:, :, :, :] w,
    const floating[:, :, :, ::1] kept,
    const floating[::1] a,
    floating[:, :, :, ::1] dx,
    floating[:, :, :, :] dw,
    floating[::1] db,
    floating[::1] dslope,
):
    cdef Py_ssize_t n, o, p, q, c, i, j, row, column, first, step
    cdef Py_ssize_t c_group = w.shape[1], o_group = w.shape[0] // s.groups
    cdef floating dz
    cdef bint need_dx = dx is not None, need_dw = dw is not None
    cdef bint need_db = db is not None, need_dslope = dslope is not None
    step = 1 if need_dslope and dslope.shape[0] > 1 else 0  # one slope for all outputs: stay on it
    with nogil:
        for n in range(dy.shape[0]):
            for o in range(dy.shape[1]):
                first = o // o_group * c_group
                for p in range(dy.shape[2]):
                    for q in range(dy.shape[3]):
                        dz = dy[n, o, p, q] * derivative(act, kept[n, o, p, q], a[o])
                        if need_db:
                            db[o] += dz
                        if need_dslope and not kept[n, o, p, q] > 0:
                            dslope[o * step] += dy[n, o, p, q] * kept[n, o, p, q]
                        for c in range(c_group):
                            for i in range(w.shape[2]):
                                row = p * s.stride_h + i * s.dilation_h - s.top
                                if row < 0 or row >= s.h:
                                    continue
                                for j in range(w.shape[3]):
                                    column = q * s.stride_w + j * s.dilation_w - s.left
                                    if column < 0 or column >= s.w:
                                        continue
                                    if need_dx:
                                        dx[n, first + c, row, column] += w[o, c, i, j] * dz
                                    if need_dw:
                                        dw[o, c, i, j] += x[n, first + c, row, column] * dz


# ---- any number of dimensions: 1 or 2 --------------------------------------------------------------


def run_forward(who, dims, x, w, b, slope, flip, activation, alpha, **options):
    x, w, b = take(who, x=(x, "nchw"[: dims + 2]), w=(w, "okij"[: dims + 2]), b=(b, "o?"))
    s, places = geometry(who, x.shape[2:], w.shape, **options)
    need_channels(who, "x", x.shape[1], w.shape, s.groups)
    act, a = constant(who, activation, alpha, slope, x.dtype, len(w))
    y = np.empty((len(x), len(w), *places), x.dtype)
    z = np.empty_like(y) if activation in KEEP_Z else None
    forward(act, s._asdict(), planes(x), as_read(w, flip), b, a, planes(y), planes(z))
    kept = None if activation == "identity" else y if z is None else z
    return y, kept


def run_backward(
    who, dims, dy, x, w, kept, slope, flip, activation, alpha, needs, out, accumulate, **options
):
    kept = dy if activation == "identity" else kept  # which keeps nothing, and reads nothing
    image, output = "nchw"[: dims + 2], "nopq"[: dims + 2]
    dy, x, w, kept = take(
        who, dy=(dy, output), x=(x, image), w=(w, "okij"[: dims + 2]), kept=(kept, output)
    )
    s, places = geometry(who, x.shape[2:], w.shape, **options)
    need_channels(who, "x", x.shape[1], w.shape, s.groups)
    need_size(who, "dy", dy, places)
    act, a = constant(who, activation, alpha, slope, x.dtype, len(w))
    shapes = x.shape, w.shape, w.shape[:1], slope.shape if activation == "prelu" else None
    dx, dw, db, dslope = gradients(who, needs, out, accumulate, x.dtype, shapes)
    backward(
        act, s._asdict(), planes(dy), planes(x), as_read(w, flip), planes(kept), a,
        planes(dx), as_read(dw, flip), db, dslope,
    )  # fmt: skip
    return dx, dw, db, dslope


def run_transpose(who, dims, x, w, b, size, flip, **options):
    x, w, b = take(who, x=(x, "nopq"[: dims + 2]), w=(w, "okij"[: dims + 2]), b=(b, "c?"))
    size = size_of(who, size, dims)
    s, places = geometry(who, size, w.shape, **options)
    need_size(who, "x", x, places)
    c = w.shape[1] * s.groups
    if b is not None:
        need_channels(who, "b", len(b), w.shape, s.groups)
    y = np.zeros((len(x), c, *size), x.dtype)
    if b is not None:
        y += b.reshape(-1, *(1,) * dims)
    dz, a = planes(x), np.zeros(len(w), x.dtype)
    backward(IDENTITY, s._asdict(), dz, None, as_read(w, flip), dz, a, planes(y), None, None, None)
    return y


# ---- the kernels -----------------------------------------------------------------------------------


def conv1d_forward(x, w, b, slope, *, stride, padding, dilation, groups, flip, activation, alpha):
    """z[n,o,q] = b[o] + sum over c, j of w[o,c,j] x[n,c, q stride + j dilation - left], y = act(z)."""
    return run_forward(
        "conv1d_forward", 1, x, w, b, slope, flip, activation, alpha,
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip


def conv1d_backward(
    dy, x, w, kept, slope, *, stride, padding, dilation, groups, flip, activation, alpha,
    needs=(True,) * 4, out=None, accumulate=False,
):  # fmt: skip
    """dz = dy act'(kept); each product w x of the forward pass gives w dz to dx and x dz to dw."""
    return run_backward(
        "conv1d_backward", 1, dy, x, w, kept, slope, flip, activation, alpha, needs, out, accumulate,
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip


def conv1d_transpose(x, w, b, *, size, stride, padding, dilation, groups, flip):
    """The adjoint of conv1d_forward, plus b: what conv1d_backward sends to dx when dz is x."""
    return run_transpose(
        "conv1d_transpose", 1, x, w, b, size, flip,
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip


def conv2d_forward(x, w, b, slope, *, stride, padding, dilation, groups, flip, activation, alpha):
    """z[n,o,p,q] = b[o] + sum over c, i, j of w[o,c,i,j] x[n,c,row,column], y = act(z).

    row = p stride_h + i dilation_h - top, column alike; x is 0 outside.
    """
    return run_forward(
        "conv2d_forward", 2, x, w, b, slope, flip, activation, alpha,
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip


def conv2d_backward(
    dy, x, w, kept, slope, *, stride, padding, dilation, groups, flip, activation, alpha,
    needs=(True,) * 4, out=None, accumulate=False,
):  # fmt: skip
    """dz = dy act'(kept); each product w x of the forward pass gives w dz to dx and x dz to dw."""
    return run_backward(
        "conv2d_backward", 2, dy, x, w, kept, slope, flip, activation, alpha, needs, out, accumulate,
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip


def conv2d_transpose(x, w, b, *, size, stride, padding, dilation, groups, flip):
    """The adjoint of conv2d_forward, plus b: what conv2d_backward sends to dx when dz is x."""
    return run_transpose(
        "conv2d_transpose", 2, x, w, b, size, flip,
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip
