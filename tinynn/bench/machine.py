"""Where it was measured, and how quiet it was there."""

from __future__ import annotations

import math
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np


def describe() -> dict[str, Any]:
    """Processor, cores, the load at this moment, versions."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _processor() -> str:
    """The name the processor gives itself; `platform` knows only its family on Linux."""
    lines = _read("/proc/cpuinfo").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def busy_seconds() -> float | None:
    """Seconds that all cores together worked for anybody, or were withheld, since the system started.

    The columns of /proc/stat (see proc(5)) are user, nice, system, idle, iowait, irq, softirq, steal; None
    where there is no such file.
    """
    ticks = [int(column) for column in _read("/proc/stat").partition("\n")[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK") if len(ticks) == 8 else None


def peak_megabytes() -> float:
    """The most memory that this process has held, in megabytes of 1e6 bytes; NaN where nobody knows.

    VmHWM of /proc/self/status (see proc(5)); getrusage would tell that of the process we were forked from.
    """
    for line in _read("/proc/self/status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return math.nan


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
