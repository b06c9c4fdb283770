"""What the reader of sources lets through, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tinynn.workshop import check_source, exercise
from tinynn.workshop.policy import objections
from tinynn.workshop.policy_cpp import of_symbols

LINEAR = exercise("linear-dw")
MATMUL = replace(LINEAR, forbidden=exercise("matmul-blocked").forbidden)

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
    ("numpy", "def f(input):\n    return [eval for eval in input], eval('1')", "line 2 uses eval"),
    ("numpy", "def f(a):\n    read = open\n    return read(a)", "line 2 uses open"),
    ("numpy", "import numpy as np\nq = np\nq.load('x')", "line 2 gives numpy another name"),
    ("numpy", "import numpy.lib.stride_tricks as s, numpy as n\nn.lib.format", "line 2 uses lib.format"),
    ("numpy", "import collections\ncollections._sys.modules", "line 2 uses collections._sys"),
    ("numpy", "import collections.abc\ncollections.abc.sys.modules", "line 2 uses collections.abc.sys"),
    ("numpy", "from typing import sys", "line 1 uses typing.sys"),
    ("numpy", "from numpy import *", "line 1 imports all names of numpy"),
    ("numpy", "match x:\n    case object(__class__=c): pass", "uses __class__"),
    ("cython", "import numpy as n\nn.matmul(b, c)", "line 1 brings numpy under another name"),
    ("cython", "cimport numpy as np", "line 1 brings numpy under another name"),
    ("cython", "import numpy as np\nq = np\nq.linalg", "line 2 gives np another name"),
    ("cython", "import numpy as np\nnp.asarray(a).dot(b)", "line 2 uses dot"),
    ("cython", "x = 1; import os", "line 1 imports os"),
    ("cython", "import collections\ncollections._sys", "brings collections as a whole"),
    ("cython", "x = 1LL\nf = eval", "line 2 uses eval"),
    ("cython", "f(a\n@ b)", "line 2 uses @"),
    ("cython", "from libc.stdlib cimport system", "uses system"),
    ("cython", "x = f'{eval(1)}'", "uses eval"),
    ("cpp", "const int x[] = {\n#embed </etc/passwd>\n};", "line 2 embeds"),
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
    # names that mean something elsewhere, and are here but names
    ("numpy", "def f(input, load, dot):\n    save = [open for open in input]\n    return save, load, dot"),
    ("numpy", "import numpy as np\nnp.lib.stride_tricks.sliding_window_view(x, 3)"),
    ("numpy", "from numpy.lib.stride_tricks import sliding_window_view as w\nw(x, 3)"),
    (
        "numpy",
        "from collections import deque\nimport heapq, itertools\nheapq.heappop(itertools.chain(deque()))",
    ),
    ("numpy", "from __future__ import annotations\nfrom functools import reduce\nfrom math import *"),
    ("numpy", "import collections.abc\nimport numpy.typing\ndef f(x: numpy.typing.NDArray): pass"),
    ("numpy", "import numpy as np\nx.load, x.lib, np.add.at(x, i, y), np.linalg.norm(x)"),
    (
        "cython",
        "cdef int lib = 1, api = 2, load = 3\ndef f(input, open):\n    save = lib + api * load  # eval('1')",
    ),
    ("cython", "from collections import deque\nimport numpy as np\ncdef public int include = 3"),
    ("cython", "x = <double?>y + 1LL; s = 'import os'\n@cython.cdivision(True)\ndef f(): pass"),
    ("cpp", "double embed = 1; // #embed"),
]


@pytest.mark.parametrize(("language", "text"), ALLOWED, ids=[f"{a[0]} {a[1][:30]!r}" for a in ALLOWED])
def test_what_is_allowed(language: str, text: str) -> None:
    assert objections(LINEAR, language, text) == []


PRODUCTS = [
    "np.matmul(dy.T, x)",
    "dy.T.dot(x)",
    "dy.T @ x",
    "np.einsum('mn,mk->nk', dy, x)",
    "np.linalg.multi_dot([dy.T, x])",
    "np.matrix(dy.T) * np.matrix(x)",
    "np.asarray(np.asmatrix(dy.T) * np.asmatrix(x))",
    "np.vecdot(dy.T[:, None], x.T[None])",
    "np.matvec(dy.T, x.T).T",
    "np.kron(dy, x)",
    "np.cov(dy, x)",
    "np.linalg.solve(np.linalg.inv(dy.T), x)",
    "np.ndarray.dot(dy.T, x)",
    "np.polynomial.Polynomial(dy[0]) * 1",
]


@pytest.mark.parametrize("call", PRODUCTS)
def test_numpys_own_kernel_where_the_exercise_forbids_it(call: str) -> None:
    text = f"import numpy as np\n\n\ndef linear_dw(dy, x, dw):\n    dw += {call}\n"
    assert objections(LINEAR, "numpy", text) == []
    assert "this exercise a" in objections(MATMUL, "numpy", text)[0]
    report = check_source(MATMUL, "numpy", text, 0)
    assert (report.passed, report.score) == (False, 0.0)
    assert report.where == {"stopped": "forbidden", "line": 5}


def test_a_product_brought_by_an_import_is_one_too() -> None:
    for text in (
        "from numpy.linalg import multi_dot",
        "from numpy import dot",
        "from numpy import kron as sum",
    ):
        assert objections(MATMUL, "numpy", text), text
    loops = "import numpy as np\ndef f(a, b, c):\n    dot = inner = np.zeros_like(c)\n"
    more = "    for l in range(len(b)): dot += np.multiply.outer(a[:, l], b[l])\n    np.add.reduce(inner)"
    assert objections(MATMUL, "numpy", loops + more) == []


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
