"""Layers, containers and initialisers."""

from tinynn.nn import init
from tinynn.nn.containers import ModuleList, Sequential
from tinynn.nn.linear import Linear
from tinynn.nn.module import Module, Parameter
from tinynn.nn.shape import Flatten

__all__ = ["Flatten", "Linear", "Module", "ModuleList", "Parameter", "Sequential", "init"]
