"""The roofline of this machine: no kernel computes faster than it can multiply, or than it can read.

A call of f FLOPs that moves b bytes takes at least max(f / peak, b / bandwidth(b)) seconds. Both are
measured here and now. What is small is read from a cache, so the bandwidth depends on how much it is.

Source: Williams, Waterman, Patterson, "Roofline: an insightful visual performance model" (2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from tinynn.backends import get_num_threads, native, set_num_threads

SIZES = tuple(1 << power for power in (15, 17, 19, 21, 23, 26))  # bytes: 32 KB, on one core L1, to 64 MB


@dataclass(frozen=True)
class Roofline:
    """What this machine does at most with so many threads.

    Attributes
    ----------
    threads : int
    flops : float
        FLOP/s of multiply-adds of float32.
    bandwidths : dict
        How many bytes are read again and again -> bytes/s.
    """

    threads: int
    flops: float
    bandwidths: dict[int, float]

    def bandwidth(self, nbytes: float) -> float:
        """Bytes/s when so many are read again and again: between those measured, on a line in log-log."""
        measured = np.log(list(self.bandwidths)), np.log(list(self.bandwidths.values()))
        return float(np.exp(np.interp(np.log(max(nbytes, 1)), *measured)))

    def seconds(self, flops: float, nbytes: float, dtype: str = "float32") -> float:
        """The least that a call can take. A vector holds half as many doubles."""
        peak = self.flops / (2 if dtype == "float64" else 1)
        return max(flops / peak, nbytes / self.bandwidth(nbytes))


@cache
def measured(threads: int) -> Roofline:
    """The roofline with so many threads, measured when first asked for; that takes half a second.

    Examples
    --------
    >>> roof = measured(1)
    >>> roof.flops > 1e8 and roof.bandwidth(4096) > 1e8
    True
    """
    before = get_num_threads()
    set_num_threads(threads)
    try:
        of = native.module()
        return Roofline(threads, of.peak_flops(), {size: of.read_bandwidth(size) for size in SIZES})
    finally:
        set_num_threads(before)
