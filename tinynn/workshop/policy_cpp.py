"""Reading C++ by its words, and its library by the symbols that it would be linked with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tinynn.workshop.contract import Exercise


def names(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


CPP_NAMES = names("""
    asm __asm__ __asm dlopen dlsym dlmopen system popen fork vfork syscall execve execl execv ptrace
    mprotect fopen ifstream ofstream fstream incbin constructor
""")
SYSTEM_HEADER = re.compile(r"\s*(#|%:)\s*include\s*<\w[\w.]*(/\w[\w.]*)*>\s*$")
CLOSED_HEADER = re.compile(
    r"\s*(#|%:)\s*include\s*<(dlfcn|unistd|sys/\w+|spawn|fstream|filesystem|signal|csignal)(\.h)?>"
)
#: <math.h> of C17 and what glibc adds, without the suffixes f and l
MATHS = names("""
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh drem erf erfc exp exp10 exp2
    expm1 fabs fdim finite floor fma fmax fmin fmod frexp gamma hypot ilogb isinf isnan j0 j1 jn ldexp
    lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nextdown
    nexttoward nextup pow pow10 remainder remquo rint round roundeven scalb scalbln scalbn significand
    sin sincos sinh sqrt tan tanh tgamma trunc y0 y1 yn abs labs llabs fpclassify signbit issignaling
""")
COMPLEX = frozenset(f"c{name}" for name in MATHS | {"abs", "arg", "proj", "real", "imag", "onj"})
#: what a kernel may be linked with besides: memory, sorting, numbers as text, printing, the runtime of C++
RUNTIME = re.compile(
    r"_Z|__cxa_|__gxx_|__dynamic_cast$|_Unwind_|__stack_chk|__gmon_start__$|_ITM_|__tls_get_addr$"
    r"|_GLOBAL|__dso_handle$"
    r"|__(libc_single_threaded|once_proxy|errno_location|assert\w*)$"
    r"|(__)?pthread_(mutex|cond|once|key|getspecific|setspecific|self|equal|rwlock)\w*$|sched_yield$"
    r"|(__)?(w?mem(?!fd)|str|wcs|stp)\w+$|b(cmp|copy|zero|search)$|qsort(_r)?$"
    r"|l?l?div$|s?rand(_r)?$|fe\w+(except|round|env)$"
    r"|(malloc|calloc|realloc|free|aligned_alloc|posix_memalign|abort)$|ato[fil]l?$|__isoc\d\d_\w+$"
    r"|(is|to|isw|tow)(alnum|alpha|digit|lower|upper|space|punct|xdigit)$|__ctype_\w+_loc$"
    r"|(__)?v?(f|s|sn)?printf(_chk)?$|(puts|putchar|fputs|fputc|fwrite|fflush|stdout|stderr)$"
    r"|__[a-z]+([hsdtx][fci]){1,2}\d?$"  # libgcc: arithmetic that the processor has no instruction for
)
FILES = re.compile(r"_Z\w*(filesystem|basic_(i|o)?f(ile|stream)|stream\w*file)")
PTHREADS = re.compile(r"pthread_|sysconf$")


def of_cpp(text: str, banned: frozenset[str]) -> Iterator[str]:
    """What the source uses and may not, without comments and strings."""
    code = re.sub(r"\\\r?\n", "", text)
    code = re.sub(
        r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"', lambda m: "\n" * m[0].count("\n"), code, flags=re.S
    )
    for number, line in enumerate(code.splitlines(), 1):
        if found := re.match(r"\s*(?:#|%:)\s*(include|embed)(.*)", line):
            what = found[2].strip()
            if found[1] == "embed":
                yield f"line {number} embeds {what}: a kernel brings in no other file"
            elif not SYSTEM_HEADER.match(line):
                yield f"line {number} includes {what}; allowed: <system headers>"
            elif CLOSED_HEADER.match(line):
                yield f"line {number} includes {what}, which no kernel needs"
        for word in re.findall(r"[A-Za-z_]\w*", re.sub(r'"(?:\\.|[^"\\])*"', '""', line)):
            if word in CPP_NAMES or word in banned:
                yield f"line {number} uses {word}, which no kernel needs"


def of_symbols(exercise: Exercise, needs: Iterable[str]) -> list[str]:
    """What the library would be linked with at run time, beyond the mathematics of C and C++."""
    wrong = []
    for name in needs:
        known = RUNTIME.match(name) or is_maths(name) or (exercise.threads and PTHREADS.match(name))
        if not known or FILES.match(name):
            wrong.append(name)
    return (
        [f"it calls {', '.join(wrong)} from outside; a kernel calls nothing but the mathematics of C and C++"]
        if wrong
        else []
    )


def is_maths(name: str) -> bool:
    """atan2f, lgamma_r, __expl_finite, __signbitf128, csqrt: of <math.h> or <complex.h>, for any type."""
    plain = re.sub(r"(_r|_finite)$", "", name.removeprefix("__"))
    return bool({plain, re.sub(r"(l|f|f\d+x?)(_r)?$", "", plain)} & (MATHS | COMPLEX))
