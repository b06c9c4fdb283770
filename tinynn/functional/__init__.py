"""Ops as functions: shape checks, forward, backward, nothing else."""

from tinynn.functional.activation import (
    activation,
    elu,
    gelu,
    leaky_relu,
    prelu,
    relu,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from tinynn.functional.linear import linear
from tinynn.functional.loss import cross_entropy
from tinynn.functional.shape import flatten, reshape

__all__ = [
    "activation",
    "cross_entropy",
    "elu",
    "flatten",
    "gelu",
    "leaky_relu",
    "linear",
    "prelu",
    "relu",
    "reshape",
    "sigmoid",
    "silu",
    "softplus",
    "tanh",
]
