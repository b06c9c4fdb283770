"""tinynn: a neural-network engine for the CPU, readable from the Python call down to the vector instruction.

    import tinynn as tn
    from tinynn import nn, optim, data, functional as F

`import tinynn` imports NumPy alone; the other libraries are imported where they are first used.
"""

from tinynn import data, errors, functional, nn, optim
from tinynn._version import __version__
from tinynn.autograd import enable_grad, is_grad_enabled, no_grad
from tinynn.autograd.gradcheck import gradcheck, jacobian
from tinynn.backends import get_num_threads, set_num_threads, use_backend, use_kernel
from tinynn.compile import CompiledStep, Ensemble, compile
from tinynn.creation import (
    arange,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    rand,
    randint,
    randn,
    randperm,
    tensor,
    zeros,
    zeros_like,
)
from tinynn.display import trace
from tinynn.info import info
from tinynn.random import Generator, manual_seed
from tinynn.tensor import Tensor
from tinynn.train import evaluate, fit, load, predict, save

__all__ = [
    "CompiledStep",
    "Ensemble",
    "Generator",
    "Tensor",
    "__version__",
    "arange",
    "compile",
    "data",
    "enable_grad",
    "errors",
    "evaluate",
    "eye",
    "fit",
    "from_dlpack",
    "from_numpy",
    "full",
    "full_like",
    "functional",
    "get_num_threads",
    "gradcheck",
    "info",
    "is_grad_enabled",
    "jacobian",
    "linspace",
    "load",
    "manual_seed",
    "nn",
    "no_grad",
    "ones",
    "ones_like",
    "optim",
    "predict",
    "rand",
    "randint",
    "randn",
    "randperm",
    "save",
    "set_num_threads",
    "tensor",
    "trace",
    "use_backend",
    "use_kernel",
    "zeros",
    "zeros_like",
]
