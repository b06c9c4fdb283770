"""What the reader of sources lets through, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tinynn.workshop import check_source, exercise
from tinynn.workshop.policy import objections, of_symbols

LINEAR = exercise("linear-dw")
MATMUL = replace(LINEAR, forbidden={"numpy": ("matmul", "dot", "einsum", "tensordot", "inner")})

FORBIDDEN = [
    ("numpy", "import tinynn", "line 1 imports tinynn"),
    ("numpy", "from tinynn.backends import kernels", "line 1 imports tinynn.backends"),
    ("numpy", "import os", "line 1 imports os"),
    ("numpy", "import numpy.ctypeslib", "imports numpy.ctypeslib"),
    ("numpy", "x = 1\nfrom numpy import load", "line 2 uses load"),
    ("numpy", "import numpy as np\nnp.ctypeslib", "line 2 uses ctypeslib"),
    ("numpy", "__import__('os').system('ls')", "uses __import__"),
    ("numpy", "().__class__.__base__.__subclasses__()", "uses __subclasses__"),
    ("numpy", "getattr(x, 'a' + 'b')", "uses getattr"),
    ("numpy", "eval('1')", "uses eval"),
    ("numpy", "open('/etc/passwd')", "uses open"),
    ("numpy", "np.lib.format.read_array", "uses lib"),
    ("cython", "import tinynn", "line 1 imports tinynn"),
    ("cython", "from scipy.linalg.cython_blas cimport dgemm", "imports scipy.linalg.cython_blas"),
    ("cython", "from posix.unistd cimport fork", "imports posix.unistd"),
    ("cython", "import numpy as np\na = np.dot(b, c)", "line 2 uses np.dot"),
    ("cython", "import numpy as np, os", "imports os"),
    ("cython", "from numpy import dot", "takes names out of numpy"),
    ("cython", 'cdef extern from "dlfcn.h":\n    pass', "line 1 uses extern"),
    ("cython", 'include "answer.pyx"', "uses include"),
    ("cython", "def f(a, b):\n    return a @ b", "line 2 uses @"),
    ("cpp", '#include "../answer.cpp"', "line 1 includes"),
    ("cpp", "#include </etc/passwd>", "line 1 includes"),
    ("cpp", "#include <dlfcn.h>", "<dlfcn.h>, which no kernel needs"),
    ("cpp", "#include MACRO", "includes MACRO"),
    ("cpp", '#include <cmath>\n%:include "a"', "line 2 includes"),
    ("cpp", 'void f() { asm("nop"); }', "uses asm"),
    ("cpp", "/* a\n b */ int x = system(0);", "line 2 uses system"),
    ("cpp", "__attribute__((constructor)) void f() {}", "uses constructor"),
    ("cpp", "x" * 300_000, "300000 characters"),
]


@pytest.mark.parametrize(
    ("language", "text", "words"), FORBIDDEN, ids=[f"{f[0]} {f[1][:30]!r}" for f in FORBIDDEN]
)
def test_what_is_not_allowed(language: str, text: str, words: str) -> None:
    found = objections(LINEAR, language, text)
    assert found
    assert words in found[0]


ALLOWED = [
    ("numpy", "import math\nimport numpy as np\nfrom numpy.typing import NDArray\nnp.einsum('ij->j', x) @ y"),
    ("numpy", "this is ( no Python"),  # Python will say so
    (
        "cython",
        "from libc.math cimport exp\nimport numpy as np\n\n@cython.cdivision(True)\ndef f(): np.empty(3)",
    ),
    ("cpp", '#include <cmath>\n#include <immintrin.h>\n// system, fork, asm\nconst char* s = "fork";'),
]


@pytest.mark.parametrize(("language", "text"), ALLOWED, ids=[a[0] for a in ALLOWED])
def test_what_is_allowed(language: str, text: str) -> None:
    assert objections(LINEAR, language, text) == []


@pytest.mark.parametrize(
    "call", ["np.matmul(dy.T, x)", "dy.T.dot(x)", "dy.T @ x", "np.einsum('mn,mk->nk', dy, x)"]
)
def test_numpys_own_kernel_where_the_exercise_forbids_it(call: str) -> None:
    text = f"import numpy as np\n\n\ndef linear_dw(dy, x, dw):\n    dw += {call}\n"
    assert objections(LINEAR, "numpy", text) == []
    assert "this exercise asks you to write" in objections(MATMUL, "numpy", text)[0]
    report = check_source(MATMUL, "numpy", text, 0)
    assert (report.passed, report.score) == (False, 0.0)
    assert (report.where or {})["stopped"] == "forbidden"


def test_symbols_that_a_kernel_may_need_and_others() -> None:
    usual = "__gmon_start__ _ITM_deregisterTMCloneTable __cxa_finalize expf tanh exp2 logf sqrt memset memcpy"
    more = "_Znwm _ZdlPvm malloc free aligned_alloc __stack_chk_fail puts printf sincosf fmaxf lrint pow"
    assert of_symbols(LINEAR, f"{usual} {more}".split()) == []
    for name in (
        "cblas_dgemm",
        "dlopen",
        "fork",
        "PyRun_SimpleString",
        "pthread_create",
        "mmap",
        "socket",
        "getenv",
    ):
        assert name in of_symbols(LINEAR, ["expf", name])[0]
    assert of_symbols(replace(LINEAR, threads=2), ["pthread_create"]) == []
