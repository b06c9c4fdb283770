"""Every array between two forbidden pages: a kernel that reads or writes one element too far dies at once.

NumPy lets a process replace the allocator of its arrays (NEP 49). This one gives each array pages of its own
and puts it right before a page that nobody may touch ("end"), or right behind one ("start"). Inputs, outputs
and what the border copies are then all guarded. As a program, on the target that TINYNN_TARGET names:

    python -m tinynn.testing.guard_pages end
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from tinynn.backends import numpy_rung, rung
from tinynn.testing.draw import KernelCall
from tinynn.testing.kernel_calls import calls

PAGE = mmap.PAGESIZE
SIZES = ((1, 1, 1), (5, 3, 7), (3, 16, 8), (17, 9, 33), (31, 15, 2), (33, 65, 17), (9, 130, 70))
SET_HANDLER = 304  # PyDataMem_SetHandler in NumPy's table of functions, since 1.22

malloc_type = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
calloc_type = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
realloc_type = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
free_type = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class Handler(ctypes.Structure):
    """PyDataMem_Handler of NumPy's ndarraytypes.h."""

    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", ctypes.c_void_p),
        ("malloc", malloc_type),
        ("calloc", calloc_type),
        ("realloc", realloc_type),
        ("free", free_type),
    )


class GuardedMemory:
    """The allocator: [forbidden page] pages [forbidden page] for each array."""

    def __init__(self, at_end: bool) -> None:
        self.at_end = at_end
        self.blocks: dict[int, tuple[int, int, int]] = {}  # address -> its mapping, and what was asked for
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.mmap.restype = ctypes.c_void_p
        self.libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
        self.libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        self.libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
        functions = (malloc_type(self.malloc), calloc_type(self.calloc), realloc_type(self.realloc))
        self.handler = Handler(b"tinynn guard pages", 1, None, *functions, free_type(self.free))

    def malloc(self, context: Any, size: int) -> int:
        inside = -(-max(size, 1) // PAGE) * PAGE
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        base: int = self.libc.mmap(None, inside + 2 * PAGE, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
        self.libc.mprotect(base, PAGE, 0)
        self.libc.mprotect(base + PAGE + inside, PAGE, 0)
        address = base + PAGE + (inside - size if self.at_end else 0)
        self.blocks[address] = base, inside + 2 * PAGE, size
        return address

    def calloc(self, context: Any, count: int, size: int) -> int:
        return self.malloc(context, count * size)  # fresh pages are zero

    def realloc(self, context: Any, old: int, size: int) -> int:
        new = self.malloc(context, size)
        ctypes.memmove(new, old, min(size, self.blocks[old][2]))
        self.free(context, old, 0)
        return new

    def free(self, context: Any, address: int, size: int) -> None:
        base, length, _ = self.blocks.pop(address)
        self.libc.munmap(base, length)

    def install(self) -> None:
        """From here on every array of this thread is guarded; the process must end with os._exit."""
        umath: Any = (
            sys.modules.get("numpy._core._multiarray_umath") or sys.modules["numpy.core._multiarray_umath"]
        )
        python = ctypes.pythonapi
        python.PyCapsule_GetPointer.restype = ctypes.c_void_p
        python.PyCapsule_GetPointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
        python.PyCapsule_New.restype = ctypes.py_object
        python.PyCapsule_New.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
        table = ctypes.cast(
            python.PyCapsule_GetPointer(umath._ARRAY_API, None), ctypes.POINTER(ctypes.c_void_p)
        )
        set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(table[SET_HANDLER])
        set_handler(python.PyCapsule_New(ctypes.addressof(self.handler), b"mem_handler", None))


def guarded_calls() -> Iterator[KernelCall]:
    """The calls of every kernel, at ragged sizes; of the many variants of a kernel each third."""
    for name in numpy_rung.KERNELS:
        for i, sizes in enumerate(SIZES):
            for dtype in ("float32", "float64"):
                yield from islice(calls(name, sizes, dtype), i % 3, None, 3 if i else 1)


def main(side: str) -> int:
    """Run all calls; prints how many."""
    memory = GuardedMemory(side == "end")
    native, results = rung("native"), 0
    drawn = [] if side == "beyond" else list(guarded_calls())
    memory.install()
    for call in drawn:  # `run` copies the inputs, so that they are guarded too
        results += sum(r is not None for r in call.run(native[call.name]))
    array = np.ones(5, np.float32)
    assert array.ctypes.data in memory.blocks, "the arrays were not guarded"
    if side == "beyond":  # the proof that the guard is awake
        ctypes.c_float.from_address(array.ctypes.data - 4).value += 1
    print(f"{len(drawn)} calls, {results} results, {side}", flush=True)
    return 0


if __name__ == "__main__":
    os._exit(main(sys.argv[1]))
