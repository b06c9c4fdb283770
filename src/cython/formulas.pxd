# The activations, scalar by scalar: what stands in the innermost loop of linear.pyx and activation.pyx.
#
# A constant a is alpha for leaky_relu and elu, and the slope for prelu; the others do not read it.
# `derivative` reads what the forward pass kept: the input z for prelu, gelu and silu, else the output y.
# Comparisons are turned so that a NaN comes through: it must reach the loss, where somebody looks.

from libc.math cimport erfc, exp, expm1, fabs, log1p, tanh

ctypedef fused floating:
    float
    double

cdef enum Activation:  # in the order of tinynn/_cython/border.py
    IDENTITY
    RELU
    LEAKY_RELU
    PRELU
    SIGMOID
    TANH
    ELU
    GELU
    SILU
    SOFTPLUS


cdef inline double sigmoid(double z) noexcept nogil:
    """1 / (1 + exp(-z)); the exponent is never positive, so exp cannot overflow."""
    cdef double e = exp(-fabs(z))
    return (e if z < 0 else 1) / (1 + e)


cdef inline double normal_cdf(double z) noexcept nogil:
    """P(N(0, 1) <= z); by erfc, because 1 + erf loses every digit where z is very negative."""
    return 0.5 * erfc(-z * 0.70710678118654752440)  # 1 / sqrt 2


cdef inline double normal_pdf(double z) noexcept nogil:
    return 0.39894228040143267794 * exp(-0.5 * z * z)  # 1 / sqrt(2 pi)


cdef inline floating activate(Activation act, floating z, floating a) noexcept nogil:
    """y = act(z)"""
    if act == RELU:
        return 0 if z < 0 else z
    if act == LEAKY_RELU or act == PRELU:
        return z if z > 0 else a * z
    if act == SIGMOID:
        return <floating>sigmoid(z)
    if act == TANH:
        return <floating>tanh(z)
    if act == ELU:
        return z if z > 0 else <floating>(a * expm1(z))
    if act == GELU:
        return <floating>(z * normal_cdf(z))
    if act == SILU:
        return <floating>(z * sigmoid(z))
    if act == SOFTPLUS:
        return <floating>((0 if z < 0 else z) + log1p(exp(-fabs(z))))
    return z


cdef inline floating derivative(Activation act, floating kept, floating a) noexcept nogil:
    """dy/dz"""
    cdef double s
    if act == RELU:
        return 1 if kept > 0 else 0
    if act == LEAKY_RELU or act == PRELU:
        return 1 if kept > 0 else a
    if act == SIGMOID:
        return kept * (1 - kept)
    if act == TANH:
        return 1 - kept * kept
    if act == ELU:
        return 1 if kept > 0 else kept + a
    if act == GELU:
        return <floating>(normal_cdf(kept) + kept * normal_pdf(kept))
    if act == SILU:
        s = sigmoid(kept)
        return <floating>(s * (1 + kept * (1 - s)))
    if act == SOFTPLUS:
        return <floating>-expm1(-kept)
    return 1
