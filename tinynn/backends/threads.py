"""How many threads the native kernels may use."""

from __future__ import annotations

from tinynn.errors import ArgumentError


def set_num_threads(count: int) -> None:
    """Let the native kernels use `count` threads, the calling one included.

    The result of a computation does not depend on it. The NumPy rung follows its own BLAS
    (OPENBLAS_NUM_THREADS).
    """
    from tinynn.backends import native

    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 1024:
        raise ArgumentError(f"set_num_threads: got {count!r}; needed an integer in 1..1024")
    if native.module() is not None:
        native.module().set_num_threads(count)


def get_num_threads() -> int:
    """The number of threads the native kernels may use; 1 where they were not built."""
    from tinynn.backends import native

    return 1 if native.module() is None else int(native.module().num_threads())
