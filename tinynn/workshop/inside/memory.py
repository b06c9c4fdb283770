"""Arrays between forbidden pages.

    [forbidden] [canary ... array] [forbidden]     side "end": the first element too far dies
    [forbidden] [array ... canary] [forbidden]     side "start": so does the last one before

An input's pages are read-only while the kernel runs. The same name and length get the same memory at every
call: who remembers results by address remembers wrong ones. Where there is no mmap the arrays lie between
canaries alone.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

PAGE = mmap.PAGESIZE
GUARD = 16 * PAGE
CANARY = 0xA5
POSIX = os.name == "posix"


@dataclass
class Region:
    """The memory of one array."""

    base: int  # of the pages that may be touched
    pages: int  # their length in bytes
    address: int  # of the array
    size: int  # its length in bytes
    owner: Any = None  # what keeps the memory where there is no mmap
    name: str = ""
    shape: tuple[int, ...] = ()
    itemsize: int = 1
    protected: bool = False

    @property
    def low(self) -> int:
        return self.base - (GUARD if POSIX else 0)

    @property
    def high(self) -> int:
        return self.base + self.pages + (GUARD if POSIX else 0)


class Memory:
    """All regions, by name, length and side."""

    def __init__(self) -> None:
        self.regions: dict[tuple[str, int, str], Region] = {}
        if POSIX:
            self.libc = ctypes.CDLL(None, use_errno=True)
            self.libc.mmap.restype = ctypes.c_void_p
            self.libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
            self.libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)

    def take(
        self, name: str, data: bytes, shape: tuple[int, ...], itemsize: int, side: str, slot: str = ""
    ) -> Region:
        """Memory that holds `data`, with the canaries drawn anew; it may be written.

        Arrays that are to lie beside others of their name and length have a `slot` of their own.
        """
        key = slot + name, len(data), side
        if key not in self.regions:
            self.regions[key] = self._map(len(data), side)
        region = self.regions[key]
        region.name, region.shape, region.itemsize = name, shape, itemsize
        self.protect(region, False)
        ctypes.memset(region.base, CANARY, region.pages)
        ctypes.memmove(region.address, data, len(data))
        return region

    def _map(self, size: int, side: str) -> Region:
        pages = -(-max(size, 1) // PAGE) * PAGE
        if not POSIX:
            owner = ctypes.create_string_buffer(size + 2 * 64)
            base = ctypes.addressof(owner)
            return Region(base, size + 2 * 64, base + 64, size, owner)
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        whole = self.libc.mmap(None, pages + 2 * GUARD, 0, flags, -1, 0)
        if whole in (None, ctypes.c_void_p(-1).value):
            raise MemoryError("no memory for the arrays")
        base = whole + GUARD
        self.libc.mprotect(base, pages, mmap.PROT_READ | mmap.PROT_WRITE)
        return Region(base, pages, base + (pages - size if side == "end" else 0), size)

    def protect(self, region: Region, protected: bool) -> None:
        """Forbid or allow writing to it."""
        region.protected = protected
        if POSIX:
            allowed = mmap.PROT_READ | (0 if protected else mmap.PROT_WRITE)
            self.libc.mprotect(region.base, region.pages, allowed)

    def array(self, region: Region, dtype: str) -> Any:
        """The array as NumPy sees it."""
        block: Any = (ctypes.c_char * region.size).from_address(region.address)
        return np.frombuffer(block, dtype).reshape(region.shape)

    def contents(self, region: Region) -> bytes:
        return ctypes.string_at(region.address, region.size)

    def touched(self, region: Region) -> int | None:
        """The element, before the first or behind the last, whose place somebody wrote to; else None."""
        before, behind = (
            region.address - region.base,
            region.base + region.pages - region.address - region.size,
        )
        for offset, length in ((-before, before), (region.size, behind)):
            slack = ctypes.string_at(region.address + offset, length)
            wrong = [i for i, byte in enumerate(slack) if byte != CANARY] if slack.strip(b"\xa5") else []
            if wrong:
                nearest = wrong[-1] if offset < 0 else wrong[0]
                return (offset + nearest) // region.itemsize
        return None

    def place_of(self, address: int) -> dict[str, Any]:
        """What lies at an address: the array and the element, which may be outside of it."""
        for region in self.regions.values():
            if region.low <= address < region.high:
                element = (address - region.address) // region.itemsize
                inside = 0 <= address - region.address < region.size
                return {"array": region.name, "element": element, "inside": inside, "shape": region.shape}
        return {"address": hex(address)}
