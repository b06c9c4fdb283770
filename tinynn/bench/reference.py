"""The losses that all sides must reach: the same steps in float64, nothing fused, nothing fast.

Dense nets are stepped by hand in NumPy, the others on tinynn's NumPy rung, which the tests hold to SciPy
and to finite differences.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from tinynn.backends import get_num_threads, set_num_threads, use_backend
from tinynn.bench.peers.numpy_peer import NumpyPeer
from tinynn.bench.peers.tinynn_peer import EagerPeer
from tinynn.bench.workloads import Workload


@cache
def reference_losses(workload: Workload) -> tuple[float, float]:
    """The loss before the first step, and that of the last of `workload.check_steps` more, in float64."""
    if workload.kind == "dense":
        return _losses(NumpyPeer(workload, 1, np.float64), workload)
    threads = get_num_threads()
    try:
        with use_backend("numpy"):
            return _losses(EagerPeer(workload, threads, np.float64), workload)
    finally:
        set_num_threads(threads)


def _losses(side: NumpyPeer | EagerPeer, workload: Workload) -> tuple[float, float]:
    return side.run(1), side.run(workload.check_steps)
