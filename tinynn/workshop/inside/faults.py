"""A segmentation fault says where it happened before the process ends.

The handler is Python, called through ctypes in the middle of the fault: it looks the address up among the
arrays, writes one frame and ends the process. Where the layout of the C structures is not known there is
none, and the parent learns from the exit code alone.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
from collections.abc import Callable
from typing import Any

HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
SA_SIGINFO = {"linux": 4, "darwin": 0x40}
SI_ADDR = {"linux": 16, "darwin": 24}  # where siginfo_t holds the address
_kept: list[Any] = []  # the callback must outlive this function


class LinuxAction(ctypes.Structure):
    """struct sigaction of glibc and musl."""

    _fields_ = (
        ("handler", HANDLER),
        ("mask", ctypes.c_uint64 * 16),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


class DarwinAction(ctypes.Structure):
    """struct sigaction of macOS."""

    _fields_ = (("handler", HANDLER), ("mask", ctypes.c_uint32), ("flags", ctypes.c_int))


def on_fault(report: Callable[[int, bool | None], None]) -> None:
    """Call `report(address, whether it was a write)` at a segmentation fault, then end."""
    if sys.platform not in SA_SIGINFO:
        return

    def handle(number: int, info: int, context: int) -> None:
        address = ctypes.c_uint64.from_address(info + SI_ADDR[sys.platform]).value
        try:
            report(address, was_write(context))
        finally:
            os._exit(128 + number)

    action_type = LinuxAction if sys.platform == "linux" else DarwinAction
    action = action_type(handler=HANDLER(handle), flags=SA_SIGINFO[sys.platform])
    _kept.append(action)
    for number in (signal.SIGSEGV, signal.SIGBUS):
        ctypes.CDLL(None).sigaction(int(number), ctypes.byref(action), None)


def was_write(context: int) -> bool | None:
    """Whether the access was a write: bit 1 of the error code that x86-64 leaves; None elsewhere."""
    if sys.platform == "linux" and platform.machine() == "x86_64":
        return bool(ctypes.c_uint64.from_address(context + 40 + 19 * 8).value & 2)
    return None
