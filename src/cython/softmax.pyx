"""Softmax along the last axis and its logarithm, as plain loops.

Letters   m rows (batch)   c classes;  i, j run over them
Contract  csrc/kernels.def, softmax.  The checks: tinynn/_cython/border.py

The largest logit of a row is subtracted first: the result is the same, and exp cannot overflow.
Sums are kept in double: a row may be long, and it costs nothing.
"""

import numpy as np

from formulas cimport floating
from libc.math cimport INFINITY, exp, log

from tinynn._cython.border import take


cdef inline double largest(const floating[::1] row) noexcept nogil:
    cdef Py_ssize_t j
    cdef double top = -INFINITY
    for j in range(row.shape[0]):
        if row[j] > top:
            top = row[j]
    return top


def softmax_forward(x):
    """y_j = exp(x_j) / sum_i exp(x_i). x (m, c)"""
    (x,) = take("softmax_forward", x=(x, "mc"))
    y = np.empty_like(x)
    forward(x, y)
    return y


def forward(const floating[:, ::1] x, floating[:, ::1] y):
    cdef Py_ssize_t i, j
    cdef double top, total
    with nogil:
        for i in range(x.shape[0]):
            top = largest(x[i])
            total = 0
            for j in range(x.shape[1]):
                y[i, j] = <floating>exp(x[i, j] - top)
                total += y[i, j]
            for j in range(x.shape[1]):
                y[i, j] = <floating>(y[i, j] / total)


def softmax_backward(dy, y):
    """dx = y (dy - sum_j dy_j y_j). dy, y (m, c)"""
    dy, y = take("softmax_backward", dy=(dy, "mc"), y=(y, "mc"))
    dx = np.empty_like(y)
    backward(dy, y, dx)
    return dx


def backward(const floating[:, ::1] dy, const floating[:, ::1] y, floating[:, ::1] dx):
    cdef Py_ssize_t i, j
    cdef double dot
    with nogil:
        for i in range(y.shape[0]):
            dot = 0
            for j in range(y.shape[1]):
                dot += dy[i, j] * y[i, j]
            for j in range(y.shape[1]):
                dx[i, j] = <floating>(y[i, j] * (dy[i, j] - dot))


def log_softmax_forward(x):
    """y_j = x_j - log sum_i exp(x_i). x (m, c)"""
    (x,) = take("log_softmax_forward", x=(x, "mc"))
    y = np.empty_like(x)
    log_forward(x, y)
    return y


def log_forward(const floating[:, ::1] x, floating[:, ::1] y):
    cdef Py_ssize_t i, j
    cdef double top, total, log_total
    with nogil:
        for i in range(x.shape[0]):
            top = largest(x[i])
            total = 0
            for j in range(x.shape[1]):
                total += exp(x[i, j] - top)
            log_total = log(total)
            for j in range(x.shape[1]):
                y[i, j] = <floating>(x[i, j] - top - log_total)


def log_softmax_backward(dy, y):
    """dx = dy - exp(y) sum_j dy_j. dy, y (m, c)"""
    dy, y = take("log_softmax_backward", dy=(dy, "mc"), y=(y, "mc"))
    dx = np.empty_like(y)
    log_backward(dy, y, dx)
    return dx


def log_backward(const floating[:, ::1] dy, const floating[:, ::1] y, floating[:, ::1] dx):
    cdef Py_ssize_t i, j
    cdef double total
    with nogil:
        for i in range(y.shape[0]):
            total = 0
            for j in range(y.shape[1]):
                total += dy[i, j]
            for j in range(y.shape[1]):
                dx[i, j] = <floating>(dy[i, j] - exp(y[i, j]) * total)
