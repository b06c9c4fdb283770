"""The losses and their gradients, as plain loops.

Letters   m rows (batch)   c classes   n elements;  i, j run over m (or n) and c
Contract  csrc/kernels.def, loss.  The checks: tinynn/_cython/border.py

A forward loop gives one loss per row or element; `reduced` leaves them, sums them, or divides their sum by
`count`. In a backward loop dy is one number, or one per row or element, and `step` is 0 or 1 accordingly; the
divisor is `count` for "mean" and else 1. Sums are kept in double. Comparisons let a NaN come through.
"""

import numpy as np

from formulas cimport floating, sigmoid
from libc.math cimport INFINITY, exp, fabs, log, log1p
from libc.stdint cimport int64_t

from tinynn._cython.border import labels_in_range, take, take_cotangent


def reduced(loss, reduction, double count):
    """The losses themselves, or their sum or mean as an array of shape ()."""
    if reduction == "none":
        return loss
    return np.array(total(loss.reshape(-1), count if reduction == "mean" else 1), loss.dtype)


def total(const floating[::1] loss, double divisor):
    cdef Py_ssize_t i
    cdef double s = 0
    for i in range(loss.shape[0]):
        s += loss[i]
    return s / divisor  # of C: the mean of nothing is NaN


# ---- cross-entropy: softmax and the loss in one --------------------------------------------------


def cross_entropy_forward(x, labels, weight, *, label_smoothing, reduction):
    """loss_i = -sum_j weight_j q_ij log p_ij; p = softmax(x), q_ij = (1 - s)[j = label_i] + s / c."""
    who = "cross_entropy_forward"
    x, weight = take(who, x=(x, "mc"), weight=(weight, "c?"))
    labels = labels_in_range(who, labels, *x.shape)
    loss, p = np.empty(len(x), x.dtype), np.empty_like(x)
    cross_entropy(x, labels, weight, label_smoothing, loss, p)
    return reduced(loss, reduction, weight_of_labels(p, labels, weight)), p


def cross_entropy(
    const floating[:, ::1] x,
    const int64_t[::1] labels,
    const floating[::1] weight,
    double smoothing,
    floating[::1] loss,
    floating[:, ::1] p,
):
    cdef Py_ssize_t i, j, c = x.shape[1]
    cdef double top, exps, log_sum, q, log_p, s
    cdef bint weighted = weight is not None
    with nogil:
        for i in range(x.shape[0]):
            top = -INFINITY
            for j in range(c):
                top = x[i, j] if x[i, j] > top else top
            exps = 0
            for j in range(c):
                exps += exp(x[i, j] - top)
            log_sum = log(exps)
            s = 0
            for j in range(c):
                log_p = x[i, j] - top - log_sum
                p[i, j] = <floating>exp(log_p)
                q = smoothing / c + (1 - smoothing if j == labels[i] else 0)
                if weighted:
                    q *= weight[j]
                if q != 0:  # 0 log 0 is 0
                    s -= q * log_p
            loss[i] = <floating>s


def cross_entropy_backward(dy, p, labels, weight, *, label_smoothing, reduction):
    """dx_ij = dy_i (p_ij sum_l weight_l q_il - weight_j q_ij); in the plain case dy (p - onehot)."""
    who = "cross_entropy_backward"
    p, weight = take(who, p=(p, "mc"), weight=(weight, "c?"))
    labels = labels_in_range(who, labels, *p.shape)
    dy, step = take_cotangent(who, dy, reduction, labels.shape, p.dtype)
    divisor = weight_of_labels(p, labels, weight) if reduction == "mean" else 1
    dx = np.empty_like(p)
    cross_entropy_gradient(p, labels, weight, label_smoothing, dy, step, divisor, dx)
    return dx


def cross_entropy_gradient(
    const floating[:, ::1] p,
    const int64_t[::1] labels,
    const floating[::1] weight,
    double smoothing,
    const floating[::1] dy,
    Py_ssize_t step,
    double divisor,
    floating[:, ::1] dx,
):
    cdef Py_ssize_t i, j, c = p.shape[1]
    cdef double d, q, all_q
    cdef bint weighted = weight is not None
    with nogil:
        for i in range(p.shape[0]):
            d = dy[i * step] / divisor
            all_q = 0
            for j in range(c):
                q = smoothing / c + (1 - smoothing if j == labels[i] else 0)
                all_q += q * weight[j] if weighted else q
            for j in range(c):
                q = smoothing / c + (1 - smoothing if j == labels[i] else 0)
                dx[i, j] = <floating>(d * (p[i, j] * all_q - (q * weight[j] if weighted else q)))


def weight_of_labels(const floating[:, ::1] p, const int64_t[::1] labels, const floating[::1] weight):
    """What "mean" divides by: the weights of the labels, or how many there are."""
    cdef Py_ssize_t i
    cdef double s = 0
    if weight is None:
        return labels.shape[0]
    for i in range(labels.shape[0]):
        s += weight[labels[i]]
    return s


# ---- multi-class hinge ---------------------------------------------------------------------------


def multiclass_hinge_forward(x, labels, *, margin, reduction):
    """loss_i = sum over j != label of max(0, x_j - x_label + margin). x (m, c)"""
    who = "multiclass_hinge_forward"
    (x,) = take(who, x=(x, "mc"))
    labels = labels_in_range(who, labels, *x.shape)
    loss = np.empty(len(x), x.dtype)
    multiclass_hinge(x, labels, margin, loss)
    return reduced(loss, reduction, len(x))


def multiclass_hinge(
    const floating[:, ::1] x, const int64_t[::1] labels, floating margin, floating[::1] loss
):
    cdef Py_ssize_t i, j
    cdef floating v
    cdef double s
    with nogil:
        for i in range(x.shape[0]):
            s = 0
            for j in range(x.shape[1]):
                v = x[i, j] - x[i, labels[i]] + margin
                if j != labels[i] and not v < 0:
                    s += v
            loss[i] = <floating>s


def multiclass_hinge_backward(dy, x, labels, *, margin, reduction):
    """dx_j = dy for every j inside the margin, dx_label = -dy times how many there are."""
    who = "multiclass_hinge_backward"
    (x,) = take(who, x=(x, "mc"))
    labels = labels_in_range(who, labels, *x.shape)
    dy, step = take_cotangent(who, dy, reduction, labels.shape, x.dtype)
    dx = np.zeros_like(x)
    multiclass_hinge_gradient(x, labels, margin, dy, step, len(x) if reduction == "mean" else 1, dx)
    return dx


def multiclass_hinge_gradient(
    const floating[:, ::1] x,
    const int64_t[::1] labels,
    floating margin,
    const floating[::1] dy,
    Py_ssize_t step,
    double divisor,
    floating[:, ::1] dx,
):
    cdef Py_ssize_t i, j
    cdef floating d
    with nogil:
        for i in range(x.shape[0]):
            d = <floating>(dy[i * step] / divisor)
            for j in range(x.shape[1]):
                if j != labels[i] and x[i, j] - x[i, labels[i]] + margin > 0:
                    dx[i, j] += d
                    dx[i, labels[i]] -= d


# ---- element by element: each loss beside its derivative -----------------------------------------

cdef enum Loss:
    BINARY_CROSS_ENTROPY
    HINGE
    MSE


cdef inline double value(Loss which, double x, double t) noexcept nogil:
    if which == BINARY_CROSS_ENTROPY:  # of a logit: -t log s - (1 - t) log(1 - s), s = sigmoid(x)
        return (0 if x < 0 else x) - x * t + log1p(exp(-fabs(x)))
    if which == HINGE:
        return 0 if 1 - t * x < 0 else 1 - t * x
    return (x - t) * (x - t)


cdef inline double derivative(Loss which, double x, double t) noexcept nogil:
    if which == BINARY_CROSS_ENTROPY:
        return sigmoid(x) - t
    if which == HINGE:
        return -t if 1 - t * x > 0 else 0
    return 2 * (x - t)


def values(Loss which, const floating[::1] x, const floating[::1] target, floating[::1] loss):
    cdef Py_ssize_t i
    with nogil:
        for i in range(x.shape[0]):
            loss[i] = <floating>value(which, x[i], target[i])


def derivatives(
    Loss which,
    const floating[::1] x,
    const floating[::1] target,
    const floating[::1] dy,
    Py_ssize_t step,
    double divisor,
    floating[::1] dx,
):
    cdef Py_ssize_t i
    with nogil:
        for i in range(x.shape[0]):
            dx[i] = <floating>(dy[i * step] / divisor * derivative(which, x[i], target[i]))


def elementwise_forward(who, Loss which, x, target, reduction):
    x, target = take(who, x=(x, "..."), target=(target, "..."))
    loss = np.empty_like(x)
    values(which, x.reshape(-1), target.reshape(-1), loss.reshape(-1))
    return reduced(loss, reduction, x.size)


def elementwise_backward(who, Loss which, dy, x, target, reduction):
    x, target = take(who, x=(x, "..."), target=(target, "..."))
    dy, step = take_cotangent(who, dy, reduction, x.shape, x.dtype)
    dx = np.empty_like(x)
    divisor = x.size if reduction == "mean" else 1
    derivatives(which, x.reshape(-1), target.reshape(-1), dy, step, divisor, dx.reshape(-1))
    return dx


def binary_cross_entropy_with_logits_forward(x, target, *, reduction):
    """loss = max(x, 0) - x t + log(1 + exp(-|x|)), which neither overflows nor takes log(0)."""
    return elementwise_forward(
        "binary_cross_entropy_with_logits_forward", BINARY_CROSS_ENTROPY, x, target, reduction
    )


def binary_cross_entropy_with_logits_backward(dy, x, target, *, reduction):
    """dx = dy (sigmoid(x) - t)"""
    return elementwise_backward(
        "binary_cross_entropy_with_logits_backward", BINARY_CROSS_ENTROPY, dy, x, target, reduction
    )


def hinge_forward(x, target, *, reduction):
    """loss = max(0, 1 - t x), t being -1 or +1."""
    return elementwise_forward("hinge_forward", HINGE, x, target, reduction)


def hinge_backward(dy, x, target, *, reduction):
    """dx = -dy t inside the margin, 0 on its edge and outside."""
    return elementwise_backward("hinge_backward", HINGE, dy, x, target, reduction)


def mse_forward(x, target, *, reduction):
    """loss = (x - t)^2"""
    return elementwise_forward("mse_forward", MSE, x, target, reduction)


def mse_backward(dy, x, target, *, reduction):
    """dx = 2 dy (x - t)"""
    return elementwise_backward("mse_backward", MSE, dy, x, target, reduction)
