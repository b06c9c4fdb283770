"""The engine: it knows graphs, and never an op by name.

node.py     what a graph is made of
op.py       @op: how a function on arrays becomes a differentiable op
backward.py the backward pass
modes.py    no_grad, enable_grad
broadcast.py the gradient of broadcasting
gradcheck.py is this backward right? jacobian
"""

from tinynn.autograd.backward import backward
from tinynn.autograd.gradcheck import GradcheckError, gradcheck, jacobian
from tinynn.autograd.modes import enable_grad, is_grad_enabled, no_grad
from tinynn.autograd.node import Array, Backward, Gradients, Node, Variable
from tinynn.autograd.op import op

__all__ = [
    "Array",
    "Backward",
    "GradcheckError",
    "Gradients",
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
