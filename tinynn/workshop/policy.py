"""What a submission may use: its own loops, elementary mathematics, and of NumPy what the exercise allows.

Checked by reading the source, before anything is compiled, and for C++ again in the symbols of the library.
Who hides a call behind three layers of tricks can get past a reader of sources; the sandbox then still hides
tinynn's kernels and the answers, and a teacher still reads what is handed in.
"""

from __future__ import annotations

import ast
import io
import re
import token
import tokenize
from collections.abc import Iterable, Iterator

from tinynn.workshop.contract import Exercise

MOST_BYTES = 200_000
IMPORTS = {
    "numpy": {"numpy", "math", "__future__", "typing"},
    "cython": {"numpy", "math", "cython", "libc", "libcpp", "__future__"},
}
#: names that reach beyond arithmetic, in any language
NAMES = {
    *("eval", "exec", "compile", "open", "input", "__import__", "__builtins__", "globals", "locals", "vars"),
    *("getattr", "setattr", "delattr", "breakpoint", "memoryview", "ctypeslib", "ctypes", "load", "loadtxt"),
    *("fromfile", "tofile", "memmap", "genfromtxt", "save", "savez", "f2py", "testing", "lib", "tinynn"),
}
CYTHON_NUMPY = {  # scratch arrays and dtypes; the mathematics is the learner's
    *(
        "empty",
        "zeros",
        "ones",
        "full",
        "empty_like",
        "zeros_like",
        "asarray",
        "ascontiguousarray",
        "ndarray",
    ),
    *("float32", "float64", "intp", "int32", "int64", "uint8"),
}
CPP_NAMES = {
    *("asm", "__asm__", "__asm", "dlopen", "dlsym", "dlmopen", "system", "popen", "fork", "vfork", "syscall"),
    *("execve", "execl", "execv", "ptrace", "mprotect", "fopen", "ifstream", "ofstream", "fstream", "incbin"),
    *("constructor", "embed"),
}
CPP_SYMBOLS = re.compile(  # what a kernel may be linked with: libm, memory, the C++ runtime, printing
    r"_Z|__cxa_|__gxx_|_Unwind_|__stack_chk|__gmon_start__|_ITM_|__cxa|__tls_get_addr|_GLOBAL|__(mem|str)\w*_chk$"
    r"|(mem|str)\w+$|malloc$|calloc$|realloc$|free$|aligned_alloc$|posix_memalign$|abort$|__assert"
    r"|(printf|fprintf|puts|putchar|fputs|fputc|fwrite|fflush|stdout|stderr|__(f|s|sn)?printf_chk|snprintf)$"
)
CPP_SYSTEM = re.compile(r"_Z\w*(filesystem|basic_[iof]*file|stream\w*file)")
MATHS = re.compile(
    r"(__)?(a?(sin|cos|tan)h?|exp[2m]?1?|log1?[0p2]?|sqrt|pow|f?abs|fm(a|ax|in|od)|erfc?|ceil|floor|round|"
    r"l?l?r(ound|int)|nearbyint|trunc|copysign|hypot|cbrt|ldexp|frexp|modf|isnan|isinf|remainder|sincos)[fl]?(_finite)?$"
)
PTHREADS = re.compile(r"pthread_|sched_yield$|sysconf$")


def objections(exercise: Exercise, language: str, text: str) -> list[str]:
    """What the source uses and may not; empty where all is well."""
    if len(text) > MOST_BYTES:
        return [f"the file has {len(text)} characters; at most {MOST_BYTES} are read"]
    check = {"numpy": of_python, "cython": of_cython, "cpp": of_cpp}[language]
    banned = set(exercise.forbidden.get(language, ()))
    return list(dict.fromkeys(check(text, banned)))


def of_python(text: str, banned: set[str]) -> Iterator[str]:
    """By its syntax tree. A file that does not parse is left to Python, which explains it better."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        line = f"line {getattr(node, 'lineno', 0)}"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for module in modules:
                if module not in IMPORTS["numpy"] and module != "numpy.typing":
                    yield f"{line} imports {module}; allowed are numpy and math"
            names = [a.name for a in node.names] if isinstance(node, ast.ImportFrom) else []
        elif isinstance(node, ast.Attribute):
            names = [node.attr]
        elif isinstance(node, ast.Name):
            names = [node.id]
        elif isinstance(node, (ast.MatMult,)) and "matmul" in banned:
            yield "it uses @, the matrix product, which this exercise asks you to write"
            continue
        else:
            continue
        yield from of_names(names, banned, line)


def of_names(names: Iterable[str], banned: set[str], line: str) -> Iterator[str]:
    """Names that no submission may use, and those of the exercise."""
    for name in names:
        if name in banned:
            yield f"{line} uses {name}, which this exercise asks you to write yourself"
        elif name in NAMES or (name.startswith("__") and name.endswith("__") and name != "__name__"):
            yield f"{line} uses {name}, which no kernel needs"


def of_cython(text: str, banned: set[str]) -> Iterator[str]:
    """By its tokens: the names after `import` and `cimport`, what is taken from NumPy, and the words of C."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"\s*(?:from\s+([\w.]+)\s+)?c?import\s+(.*)", line):
            modules = [found[1]] if found[1] else [m.split(" as ")[0].strip() for m in found[2].split(",")]
            for module in modules:
                if module.partition(".")[0] not in IMPORTS["cython"]:
                    yield f"line {number} imports {module}; allowed are numpy, cython, math, libc and libcpp"
            if found[1] == "numpy":
                yield f"line {number} takes names out of numpy; write `import numpy as np`"
    before = ("", "")
    for t in tokens(text):
        if t.type == token.NAME:
            where = f"line {t.start[0]}"
            if t.string in ("extern", "include", "public", "api"):
                yield f"{where} uses {t.string}: a kernel brings in no other code"
            elif before == ("np", ".") or before == ("numpy", "."):
                if t.string not in CYTHON_NUMPY:
                    yield f"{where} uses np.{t.string}; allowed: {', '.join(sorted(CYTHON_NUMPY))}"
            else:
                yield from of_names([t.string], banned, where)
        elif t.string in ("@", "@=") and t.line.lstrip()[:1] != "@":
            yield f"line {t.start[0]} uses @, the matrix product; write its loops"
        before = (before[1], t.string) if t.string.strip() else before


def tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """Python's tokens, as far as it can read them: Cython's are the same but for a few."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError):
        return


def of_cpp(text: str, banned: set[str]) -> Iterator[str]:
    """By its words, without comments and strings."""
    code = re.sub(r"\\\r?\n", "", text)
    code = re.sub(
        r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"', lambda m: "\n" * m[0].count("\n"), code, flags=re.S
    )
    for number, line in enumerate(code.splitlines(), 1):
        if re.match(r"\s*(#|%:)\s*include", line) and not re.match(
            r"\s*#\s*include\s*<\w[\w.]*(/\w[\w.]*)*>\s*$", line
        ):
            yield f"line {number} includes {line.split('include', 1)[1].strip()}; allowed: <system headers>"
        if re.match(
            r"\s*#\s*include\s*<(dlfcn|unistd|sys/\w+|spawn|fstream|filesystem|signal|csignal)(\.h)?>", line
        ):
            yield f"line {number} includes {line.split('include', 1)[1].strip()}, which no kernel needs"
        for word in re.findall(r"[A-Za-z_]\w*", re.sub(r'"(?:\\.|[^"\\])*"', '""', line)):
            if word in CPP_NAMES or word in banned:
                yield f"line {number} uses {word}, which no kernel needs"


def of_symbols(exercise: Exercise, needs: Iterable[str]) -> list[str]:
    """What the library would be linked with at run time, beyond the mathematics of C and C++."""
    wrong = []
    for name in needs:
        known = CPP_SYMBOLS.match(name) or MATHS.match(name) or (exercise.threads and PTHREADS.match(name))
        if not known or CPP_SYSTEM.match(name):
            wrong.append(name)
    return (
        [f"it calls {', '.join(wrong)} from outside; a kernel calls nothing but the mathematics of C and C++"]
        if wrong
        else []
    )
