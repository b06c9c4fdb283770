"""Three rungs, one contract: the same kernels in NumPy, in Cython and in C++.

`kernels.<name>(...)` calls the one in force. registry.py chooses; numpy_rung/ is the oracle and the
place to read a kernel first; cython_rung and native are thin adapters of the compiled modules.
"""

from tinynn.backends.registry import (
    BACKENDS,
    available_backends,
    current_backend,
    kernels,
    native_alone,
    rung,
    use_backend,
    use_kernel,
    watch_kernels,
)
from tinynn.backends.threads import get_num_threads, set_num_threads

__all__ = [
    "BACKENDS",
    "available_backends",
    "current_backend",
    "get_num_threads",
    "kernels",
    "native_alone",
    "rung",
    "set_num_threads",
    "use_backend",
    "use_kernel",
    "watch_kernels",
]
