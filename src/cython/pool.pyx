"""Pooling, the maximum or the mean of every window of a plane, as plain loops.

Letters   n images   c channels   h, w the plane, of which a, b is a place   i, j the window
Windows   rows and columns come as (3, o): origin with padding, begin, end; see tinynn/_cython/windows.py
Contract  csrc/kernels.def, pool.  The checks: tinynn/_cython/border.py
"""

import numpy as np

from formulas cimport floating
from libc.stdint cimport int32_t, int64_t, uint8_t

from tinynn._cython.border import take, take_places
from tinynn._cython.windows import adaptive, counts, output_size, places_for, sliding

ctypedef fused Place:
    uint8_t
    int32_t


def max_pool2d_forward(x, *, kernel, stride, padding, ceil_mode):
    """y = the largest of each window, arg its place: row * kw + column, the first of equals."""
    who = "max_pool2d_forward"
    (x,) = take(who, x=(x, "nchw"))
    out = output_size(who, x.shape[2:], kernel, stride, padding, ceil_mode)
    rows, columns = sliding(who, out, x.shape[2:], kernel, stride, padding)
    y = np.empty((*x.shape[:2], *out), x.dtype)
    arg, kw = places_for(rows, columns, y.shape, kernel)
    max_forward(x, rows, columns, kw, y, arg)
    return y, arg


def adaptive_max_pool2d_forward(x, *, size):
    """The same for windows that divide the plane in size parts."""
    who = "adaptive_max_pool2d_forward"
    (x,) = take(who, x=(x, "nchw"))
    rows, columns = adaptive(who, size, x.shape[2:])
    y = np.empty((*x.shape[:2], *size), x.dtype)
    arg, kw = places_for(rows, columns, y.shape)
    max_forward(x, rows, columns, kw, y, arg)
    return y, arg


def max_forward(
    const floating[:, :, :, ::1] x,
    const int64_t[:, ::1] rows,
    const int64_t[:, ::1] columns,
    Py_ssize_t kw,
    floating[:, :, :, ::1] y,
    Place[:, :, :, ::1] arg,
):
    cdef Py_ssize_t n, c, i, j, a, b, place
    cdef floating best
    with nogil:
        for n in range(y.shape[0]):
            for c in range(y.shape[1]):
                for i in range(y.shape[2]):
                    for j in range(y.shape[3]):
                        best = x[n, c, rows[1, i], columns[1, j]]
                        place = (rows[1, i] - rows[0, i]) * kw + columns[1, j] - columns[0, j]
                        for a in range(rows[1, i], rows[2, i]):
                            for b in range(columns[1, j], columns[2, j]):
                                # A NaN wins, and no number wins against it.
                                if x[n, c, a, b] > best or (x[n, c, a, b] != x[n, c, a, b] and best == best):
                                    best = x[n, c, a, b]
                                    place = (a - rows[0, i]) * kw + b - columns[0, j]
                        y[n, c, i, j] = best
                        arg[n, c, i, j] = <Place>place


def max_pool2d_backward(dy, arg, *, size, kernel, stride, padding):
    """dx receives dy at the place that won."""
    who = "max_pool2d_backward"
    (dy,) = take(who, dy=(dy, "nchw"))
    rows, columns = sliding(who, dy.shape[2:], size, kernel, stride, padding)
    return spread_to_winners(who, dy, arg, rows, columns, size, kernel)


def adaptive_max_pool2d_backward(dy, arg, *, size):
    """dx receives dy at the place that won."""
    who = "adaptive_max_pool2d_backward"
    (dy,) = take(who, dy=(dy, "nchw"))
    rows, columns = adaptive(who, dy.shape[2:], size)
    return spread_to_winners(who, dy, arg, rows, columns, size, None)


def spread_to_winners(who, dy, arg, rows, columns, size, kernel):
    like, kw = places_for(rows, columns, dy.shape, kernel)
    dx = np.zeros((*dy.shape[:2], *size), dy.dtype)
    max_backward(dy, take_places(who, arg, like), rows, columns, kw, dx)
    return dx


def max_backward(
    const floating[:, :, :, ::1] dy,
    const Place[:, :, :, ::1] arg,
    const int64_t[:, ::1] rows,
    const int64_t[:, ::1] columns,
    Py_ssize_t kw,
    floating[:, :, :, ::1] dx,
):
    cdef Py_ssize_t n, c, i, j, a, b
    with nogil:
        for n in range(dy.shape[0]):
            for c in range(dy.shape[1]):
                for i in range(dy.shape[2]):
                    for j in range(dy.shape[3]):
                        a = rows[0, i] + arg[n, c, i, j] // kw
                        b = columns[0, j] + arg[n, c, i, j] % kw
                        if rows[1, i] <= a < rows[2, i] and columns[1, j] <= b < columns[2, j]:
                            dx[n, c, a, b] += dy[n, c, i, j]


def avg_pool2d_forward(x, *, kernel, stride, padding, ceil_mode, count_include_pad):
    """y = the sum of each window / how many they are."""
    who = "avg_pool2d_forward"
    (x,) = take(who, x=(x, "nchw"))
    out = output_size(who, x.shape[2:], kernel, stride, padding, ceil_mode)
    rows, columns = sliding(who, out, x.shape[2:], kernel, stride, padding)
    y = np.empty((*x.shape[:2], *out), x.dtype)
    count = counts(rows, columns, x.shape[2:], kernel, padding if count_include_pad else None)
    avg_forward(x, rows, columns, count, y)
    return y


def adaptive_avg_pool2d_forward(x, *, size):
    """The same for windows that divide the plane in size parts."""
    who = "adaptive_avg_pool2d_forward"
    (x,) = take(who, x=(x, "nchw"))
    rows, columns = adaptive(who, size, x.shape[2:])
    y = np.empty((*x.shape[:2], *size), x.dtype)
    avg_forward(x, rows, columns, counts(rows, columns, x.shape[2:]), y)
    return y


def avg_forward(
    const floating[:, :, :, ::1] x,
    const int64_t[:, ::1] rows,
    const int64_t[:, ::1] columns,
    const double[:, ::1] count,
    floating[:, :, :, ::1] y,
):
    cdef Py_ssize_t n, c, i, j, a, b
    cdef double total
    with nogil:
        for n in range(y.shape[0]):
            for c in range(y.shape[1]):
                for i in range(y.shape[2]):
                    for j in range(y.shape[3]):
                        total = 0
                        for a in range(rows[1, i], rows[2, i]):
                            for b in range(columns[1, j], columns[2, j]):
                                total += x[n, c, a, b]
                        y[n, c, i, j] = <floating>(total / count[i, j])


def avg_pool2d_backward(dy, *, size, kernel, stride, padding, count_include_pad):
    """dx = the sum of dy / how many they are, over the windows it lies in."""
    who = "avg_pool2d_backward"
    (dy,) = take(who, dy=(dy, "nchw"))
    rows, columns = sliding(who, dy.shape[2:], size, kernel, stride, padding)
    dx = np.zeros((*dy.shape[:2], *size), dy.dtype)
    count = counts(rows, columns, size, kernel, padding if count_include_pad else None)
    avg_backward(dy, rows, columns, count, dx)
    return dx


def adaptive_avg_pool2d_backward(dy, *, size):
    """The same for windows that divide the plane."""
    who = "adaptive_avg_pool2d_backward"
    (dy,) = take(who, dy=(dy, "nchw"))
    rows, columns = adaptive(who, dy.shape[2:], size)
    dx = np.zeros((*dy.shape[:2], *size), dy.dtype)
    avg_backward(dy, rows, columns, counts(rows, columns, size), dx)
    return dx


def avg_backward(
    const floating[:, :, :, ::1] dy,
    const int64_t[:, ::1] rows,
    const int64_t[:, ::1] columns,
    const double[:, ::1] count,
    floating[:, :, :, ::1] dx,
):
    cdef Py_ssize_t n, c, i, j, a, b
    cdef floating share
    with nogil:
        for n in range(dy.shape[0]):
            for c in range(dy.shape[1]):
                for i in range(dy.shape[2]):
                    for j in range(dy.shape[3]):
                        share = <floating>(dy[n, c, i, j] / count[i, j])
                        for a in range(rows[1, i], rows[2, i]):
                            for b in range(columns[1, j], columns[2, j]):
                                dx[n, c, a, b] += share
