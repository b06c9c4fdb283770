"""Normalisation, per channel over the batch and per row over the features, as plain loops.

Letters   m images or rows   c channels   n elements of a channel   k features; i, j, l run over m, c or k, n
          h = (x - mean) rstd
Contract  csrc/kernels.def, norm.  The checks: tinynn/_cython/border.py

Sums are kept in double, and the variance is the mean square of x - mean, in a second pass: as a difference of
mean squares it would lose all its digits where the mean is large.
"""

import numpy as np

from formulas cimport floating
from libc.math cimport sqrt

from tinynn._cython.border import gradients, in_place, take


def batch_norm_forward(x, weight, bias, mean, var, *, training, momentum, eps):
    """y = weight (x - mean) / sqrt(var + eps) + bias; in training the running mean and var move, in place."""
    who = "batch_norm_forward"
    x, weight, bias, _mean, _var = take(
        who, x=(x, "mcn"), weight=(weight, "c?"), bias=(bias, "c?"), mean=(mean, "c?"), var=(var, "c?")
    )
    need_running(who, mean, var, training)
    c = x.shape[1]
    centre, rstd, count = np.zeros(c), np.zeros(c), x.shape[0] * x.shape[2]
    if training:
        moments(x, centre, rstd)  # for a while rstd holds the variance
        if mean is not None:
            with np.errstate(all="ignore"):
                mean += momentum * (centre - mean)
                var += momentum * (rstd * (count / max(count - 1, 1)) - var)
    else:
        centre[:], rstd[:] = mean, var
    with np.errstate(all="ignore"):
        rstd = 1 / np.sqrt(rstd + eps)
    y = np.empty_like(x)
    normalise(x, centre, rstd, or_ones(weight, x.dtype, c), or_zeros(bias, x.dtype, c), y)
    return y, centre.astype(x.dtype), rstd.astype(x.dtype)


def need_running(who, mean, var, training):
    if (mean is None) != (var is None) or (mean is None and not training):
        raise ValueError(f"{who}: mean is {mean} and var is {var}; needed both, or in training neither")
    if training and mean is not None:
        in_place(who, mean=mean, var=var)


def or_ones(weight, dtype, c):
    return np.ones(c, dtype) if weight is None else weight


def or_zeros(bias, dtype, c):
    return np.zeros(c, dtype) if bias is None else bias


def moments(const floating[:, :, ::1] x, double[::1] mean, double[::1] var):
    """The mean and the variance of every channel, divided by the count; of nothing NaN."""
    cdef Py_ssize_t i, j, l
    cdef double total, count = x.shape[0] * x.shape[2]
    with nogil:
        for j in range(x.shape[1]):
            total = 0
            for i in range(x.shape[0]):
                for l in range(x.shape[2]):
                    total += x[i, j, l]
            mean[j] = total / count
            total = 0
            for i in range(x.shape[0]):
                for l in range(x.shape[2]):
                    total += (x[i, j, l] - mean[j]) * (x[i, j, l] - mean[j])
            var[j] = total / count


def normalise(
    const floating[:, :, ::1] x,
    const double[::1] mean,
    const double[::1] rstd,
    const floating[::1] weight,
    const floating[::1] bias,
    floating[:, :, ::1] y,
):
    cdef Py_ssize_t i, j, l
    with nogil:
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                for l in range(x.shape[2]):
                    y[i, j, l] = <floating>((x[i, j, l] - mean[j]) * rstd[j] * weight[j] + bias[j])


def batch_norm_backward(
    dy, x, weight, saved_mean, saved_rstd, *, training, needs=(True, True, True), out=None, accumulate=False
):
    """dx = weight rstd (dy - mean of dy - h mean of dy h), in evaluation weight rstd dy."""
    who = "batch_norm_backward"
    dy, x, weight, mean, rstd = take(
        who,
        dy=(dy, "mcn"),
        x=(x, "mcn"),
        weight=(weight, "c?"),
        mean=(saved_mean, "c"),
        rstd=(saved_rstd, "c"),
    )
    c = x.shape[1]
    dx, dweight, dbias = gradients(who, needs, out, accumulate, x.dtype, (x.shape, (c,), (c,)))
    batch_backward(dy, x, mean, rstd, or_ones(weight, x.dtype, c), training, dx, dweight, dbias)
    return dx, dweight, dbias


def batch_backward(
    const floating[:, :, ::1] dy,
    const floating[:, :, ::1] x,
    const floating[::1] mean,
    const floating[::1] rstd,
    const floating[::1] weight,
    bint training,
    floating[:, :, ::1] dx,
    floating[::1] dweight,
    floating[::1] dbias,
):
    cdef Py_ssize_t i, j, l
    cdef double sum_dy, sum_dyh, g, h, count = x.shape[0] * x.shape[2]
    cdef bint need_dx = dx is not None, need_dweight = dweight is not None, need_dbias = dbias is not None
    with nogil:
        for j in range(x.shape[1]):
            sum_dy = sum_dyh = 0
            for i in range(x.shape[0]):
                for l in range(x.shape[2]):
                    sum_dy += dy[i, j, l]
                    sum_dyh += dy[i, j, l] * (<double>x[i, j, l] - mean[j]) * rstd[j]
            if need_dweight:
                dweight[j] += <floating>sum_dyh
            if need_dbias:
                dbias[j] += <floating>sum_dy
            if not need_dx:
                continue
            for i in range(x.shape[0]):
                for l in range(x.shape[2]):
                    g = dy[i, j, l]
                    if training:
                        h = (<double>x[i, j, l] - mean[j]) * rstd[j]
                        g = g - sum_dy / count - h * sum_dyh / count
                    dx[i, j, l] = <floating>(g * rstd[j] * weight[j])


def layer_norm_forward(x, weight, bias, *, eps):
    """y = weight (x - mean) / sqrt(var + eps) + bias, mean and var of the row. x (m, k)"""
    x, weight, bias = take("layer_norm_forward", x=(x, "mk"), weight=(weight, "k?"), bias=(bias, "k?"))
    m, k = x.shape
    y, mean, rstd = np.empty_like(x), np.empty(m, x.dtype), np.empty(m, x.dtype)
    layer_forward(x, or_ones(weight, x.dtype, k), or_zeros(bias, x.dtype, k), eps, y, mean, rstd)
    return y, mean, rstd


def layer_forward(
    const floating[:, ::1] x,
    const floating[::1] weight,
    const floating[::1] bias,
    double eps,
    floating[:, ::1] y,
    floating[::1] mean,
    floating[::1] rstd,
):
    cdef Py_ssize_t i, j
    cdef double centre, squares, scale, k = x.shape[1]
    with nogil:
        for i in range(x.shape[0]):
            centre = squares = 0
            for j in range(x.shape[1]):
                centre += x[i, j]
            centre = centre / k
            for j in range(x.shape[1]):
                squares += (x[i, j] - centre) * (x[i, j] - centre)
            scale = 1 / sqrt(squares / k + eps)
            for j in range(x.shape[1]):
                y[i, j] = <floating>((x[i, j] - centre) * scale * weight[j] + bias[j])
            mean[i] = <floating>centre
            rstd[i] = <floating>scale


def layer_norm_backward(
    dy, x, weight, mean, rstd, *, needs=(True, True, True), out=None, accumulate=False
):
    """g = dy weight; dx = rstd (g - mean of g - h mean of g h), dweight = sum dy h, dbias = sum dy."""
    who = "layer_norm_backward"
    dy, x, weight, mean, rstd = take(
        who, dy=(dy, "mk"), x=(x, "mk"), weight=(weight, "k?"), mean=(mean, "m"), rstd=(rstd, "m")
    )
    k = x.shape[1]
    dx, dweight, dbias = gradients(who, needs, out, accumulate, x.dtype, (x.shape, (k,), (k,)))
    layer_backward(dy, x, or_ones(weight, x.dtype, k), mean, rstd, dx, np.zeros((2, k)), dweight, dbias)
    return dx, dweight, dbias


def layer_backward(
    const floating[:, ::1] dy,
    const floating[:, ::1] x,
    const floating[::1] weight,
    const floating[::1] mean,
    const floating[::1] rstd,
    floating[:, ::1] dx,
    double[:, ::1] sums,
    floating[::1] dweight,
    floating[::1] dbias,
):
    cdef Py_ssize_t i, j
    cdef double mean_g, mean_gh, g, h, k = x.shape[1]
    cdef bint need_dx = dx is not None, need_dweight = dweight is not None, need_dbias = dbias is not None
    with nogil:
        for i in range(x.shape[0]):
            mean_g = mean_gh = 0
            for j in range(x.shape[1]):
                g = <double>dy[i, j] * weight[j]
                h = (<double>x[i, j] - mean[i]) * rstd[i]
                mean_g += g / k
                mean_gh += g * h / k
                sums[0, j] += dy[i, j] * h
                sums[1, j] += dy[i, j]
            if need_dx:
                for j in range(x.shape[1]):
                    g = <double>dy[i, j] * weight[j]
                    h = (<double>x[i, j] - mean[i]) * rstd[i]
                    dx[i, j] = <floating>(rstd[i] * (g - mean_g - h * mean_gh))
        for j in range(x.shape[1]):
            if need_dweight:
                dweight[j] += <floating>sums[0, j]
            if need_dbias:
                dbias[j] += <floating>sums[1, j]
