"""tinynn: a neural-network engine for the CPU, readable from the Python call down to the vector instruction.

    import tinynn as tn
    from tinynn import nn, optim, data, functional as F

`import tinynn` imports NumPy alone; the other libraries are imported where they are first used.
"""

from tinynn import data, errors, functional, nn, optim
from tinynn._version import __version__
from tinynn.autograd import enable_grad, is_grad_enabled, no_grad
from tinynn.backends import get_num_threads, set_num_threads, use_backend, use_kernel
from tinynn.info import info
from tinynn.random import manual_seed
from tinynn.tensor import Tensor
from tinynn.train import evaluate, fit, load, predict, save

__all__ = [
    "Tensor",
    "__version__",
    "data",
    "enable_grad",
    "errors",
    "evaluate",
    "fit",
    "functional",
    "get_num_threads",
    "info",
    "is_grad_enabled",
    "load",
    "manual_seed",
    "nn",
    "no_grad",
    "optim",
    "predict",
    "save",
    "set_num_threads",
    "use_backend",
    "use_kernel",
]
