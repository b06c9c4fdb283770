"""Layers, containers, losses, initialisers, gradient clipping."""

from tinynn.nn import init, utils
from tinynn.nn.activation import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from tinynn.nn.containers import ModuleList, Sequential
from tinynn.nn.conv import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
from tinynn.nn.hyper import HyperLinear
from tinynn.nn.linear import Linear, Maxout
from tinynn.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, HingeLoss, MSELoss, MultiClassHingeLoss
from tinynn.nn.module import Module
from tinynn.nn.norm import BatchNorm1d, BatchNorm2d, LayerNorm
from tinynn.nn.parameter import Parameter
from tinynn.nn.parametrize import Parametrization, SharedWeight, parametrize, remove_parametrization
from tinynn.nn.pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AvgPool1d,
    AvgPool2d,
    GlobalAvgPool1d,
    GlobalAvgPool2d,
    GlobalMaxPool1d,
    GlobalMaxPool2d,
    MaxPool1d,
    MaxPool2d,
)
from tinynn.nn.random import Dropout, GaussianNoise
from tinynn.nn.shape import Flatten, Identity

__all__ = [
    "ELU",
    "GELU",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "GlobalAvgPool1d",
    "GlobalAvgPool2d",
    "GlobalMaxPool1d",
    "GlobalMaxPool2d",
    "HingeLoss",
    "HyperLinear",
    "Identity",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "Maxout",
    "Module",
    "ModuleList",
    "MultiClassHingeLoss",
    "PReLU",
    "Parameter",
    "Parametrization",
    "ReLU",
    "Sequential",
    "SharedWeight",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "init",
    "parametrize",
    "remove_parametrization",
    "utils",
]
