"""The engine: it knows graphs, and never an op by name.

node.py     what a graph is made of
op.py       @op: how a function on arrays becomes a differentiable op
backward.py the backward pass
hooks.py    to look at a gradient on its way, or change it
modes.py    no_grad, enable_grad
broadcast.py what broadcasting repeats, in terms of shapes
gradcheck.py is this backward right? jacobian
"""

from tinynn.autograd.backward import backward
from tinynn.autograd.gradcheck import gradcheck, jacobian
from tinynn.autograd.hooks import Handle
from tinynn.autograd.modes import enable_grad, is_grad_enabled, no_grad
from tinynn.autograd.node import Array, Backward, Gradients, Node, Variable
from tinynn.autograd.op import op
from tinynn.errors import GradcheckError

__all__ = [
    "Array",
    "Backward",
    "GradcheckError",
    "Gradients",
    "Handle",
    "Node",
    "Variable",
    "backward",
    "enable_grad",
    "gradcheck",
    "is_grad_enabled",
    "jacobian",
    "no_grad",
    "op",
]
