"""The native build: one static library per instruction set, `tinynn._native`, and one Cython module per stem.

Everything declarative is in pyproject.toml. What cannot be built is left out: without a working C++
compiler tinynn installs all the same, runs on its NumPy rung, and `tinynn info` says so. Only
`setup.py build_ext --inplace`, the command of somebody who edits the kernels, fails where a file does.
"""

import os
import platform
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build_clib import build_clib
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import CCompilerError, CompileError, ExecError, LibError, LinkError, PlatformError
from setuptools.modified import newer_group

ROOT = Path(__file__).parent
os.chdir(ROOT)
MACHINE = platform.machine().lower()
X86 = MACHINE in ("x86_64", "amd64")
MSVC = sys.platform == "win32"

# Strict floating point everywhere: a result must not depend on what the compiler felt like contracting.
# -g0: Python's own flags ask for debug information, a third of the time and ten times the space.
C = ["/O2"] if MSVC else ["-O3", "-g0", "-ffp-contract=off"]
CXX = [*C, "/std:c++17", "/EHsc"] if MSVC else [*C, "-std=c++17", "-fvisibility=hidden"]
BASELINE = ["-march=x86-64-v2"] if X86 and not MSVC else []
if X86 and MSVC:
    TARGETS = {"avx2": ["/arch:AVX2"], "avx512": ["/arch:AVX512"]}  # name -> flags of simd/targets/<name>.cpp
elif X86:
    avx512 = ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma"]
    TARGETS = {"avx2": ["-mavx2", "-mfma"], "avx512": avx512}
else:
    TARGETS = {"neon": []} if MACHINE in ("arm64", "aarch64") else {}
TARGETS = {name: flags for name, flags in TARGETS.items() if Path(f"csrc/simd/targets/{name}.cpp").exists()}
DEFINES = [f"-DTINYNN_HAS_{name.upper()}" for name in TARGETS]

SANITIZE = os.environ.get("TINYNN_SANITIZE", "")  # "address,undefined" or "thread": see noxfile.py
LINK = [f"-fsanitize={SANITIZE}"] if SANITIZE else []
if SANITIZE:
    C += [*LINK, "-fno-omit-frame-pointer", "-g", "-O1"]
    CXX += [*LINK, "-fno-omit-frame-pointer", "-g", "-O1"]
BUILD = Path("build", *SANITIZE.split(","))  # objects with and without sanitizers must not meet

BUILD_ERRORS = (CCompilerError, CompileError, ExecError, LibError, LinkError, PlatformError, OSError)
CORES = ThreadPoolExecutor(os.cpu_count())  # compilers run in here


def files(*patterns: str) -> list[str]:
    """The files of this project that match, in one order on every machine."""
    return sorted(str(path) for pattern in patterns for path in Path().glob(pattern))


HEADERS = files("csrc/**/*.h", "csrc/*.def", "src/*.h")
CORE = files("csrc/*.cpp", "csrc/reference/*.cpp", "csrc/plan/*.cpp")
SIMD = [f"csrc/simd/{what}/{name}.cpp" for name in TARGETS for what in ("targets", "peak")]
BORDER = files("src/*.cpp")
UNIT = "build/native.cpp"


def libraries() -> list[tuple[str, dict[str, object]]]:
    """Static libraries: the portable core, and one per instruction set with that set's flags."""

    def library(name: str, sources: list[str], flags: list[str]) -> tuple[str, dict[str, object]]:
        info = {"sources": sources, "cflags": CXX + flags + DEFINES, "include_dirs": ["csrc"]}
        return f"tinynn_{name}", {**info, "obj_deps": {"": [*HEADERS, "setup.py"]}}

    simd = [library(n, [s for s in SIMD if Path(s).stem == n], flags) for n, flags in TARGETS.items()]
    return [library("core", CORE, BASELINE), *simd]


def write_unit() -> list[str]:
    """One file that includes src/*.cpp: pybind11's headers take 5 s to compile, a bind_*.cpp another half."""
    text = "".join(f'#include "../{source}"\n' for source in BORDER)
    if not Path(UNIT).exists() or Path(UNIT).read_text() != text:
        Path(UNIT).parent.mkdir(exist_ok=True)
        Path(UNIT).write_text(text)
    return [UNIT]


def stale_or_generated(pyx: str) -> str:
    """The .c of an earlier build while it is newer than our sources: Cython's own files always look newer.

    Every isolated build unpacks a Cython of its own, and cythonize would translate anew because of that.
    """
    generated = str(Path("build/cython", pyx).with_suffix(".c"))
    return pyx if newer_group([pyx, "setup.py", *files("src/cython/*.px[di]")], generated) else generated


def extensions() -> list[Extension]:
    """`_native` from src/*.cpp; `_cython.<stem>` from src/cython/<stem>.pyx."""
    import pybind11
    from Cython.Build import cythonize

    native = Extension(
        "tinynn._native",
        write_unit(),
        include_dirs=["csrc", "src", pybind11.get_include()],
        extra_compile_args=CXX + BASELINE + DEFINES,
        extra_link_args=LINK if MSVC else ["-pthread", *LINK],
        depends=[*BORDER, *HEADERS, *CORE, *SIMD, "setup.py"],
        language="c++",
    )
    flags = {"extra_compile_args": C + BASELINE, "extra_link_args": LINK, "depends": ["setup.py"]}
    cython = [
        Extension(f"tinynn._cython.{Path(pyx).stem}", [stale_or_generated(pyx)], **flags)
        for pyx in files("src/cython/*.pyx")
    ]
    directives = {"boundscheck": False, "wraparound": False, "cdivision": True}
    directives["freethreading_compatible"] = True
    where = {"include_path": ["src/cython"], "build_dir": "build/cython"}  # formulas.pxd; the generated C
    return [native, *cythonize(cython, compiler_directives=directives, quiet=True, **where)]


def compile_in_parallel(compiler: Any) -> None:
    """Let the compiler work on as many files at once as there are cores, and on those alone that changed."""
    compile_files = compiler.compile

    def compile(sources: list[str], **options: Any) -> list[str]:
        def compile_one(source: str) -> str:
            (target,) = compiler.object_filenames([source], output_dir=options["output_dir"])
            depends = {UNIT: [*HEADERS, *BORDER]}.get(source, HEADERS if source.endswith(".cpp") else [])
            if newer_group([source, "setup.py", *depends], target):
                compile_files([source], **options)
            return str(target)

        return list(CORES.map(compile_one, sources))

    if compiler.compiler_type == "unix":
        compiler.compile = compile


class OptionalLibraries(build_clib):
    """Static libraries that may fail to build: then there is no `_native` either."""

    def build_libraries(self, libraries: list[Any]) -> None:
        compile_in_parallel(self.compiler)
        build = super().build_libraries
        for name, _ in libraries:  # ar adds to an archive: what was renamed since would stay in it
            Path(self.compiler.library_filename(name, output_dir=self.build_clib)).unlink(missing_ok=True)
        try:
            with ThreadPoolExecutor() as pool:
                list(pool.map(lambda library: build([library]), libraries))
        except BUILD_ERRORS as error:
            self.distribution.without_libraries = error


class OptionalExtensions(build_ext):
    """Extensions that may fail to build: the package then runs on its NumPy rung and says so."""

    def run(self) -> None:
        self.must_succeed = self.inplace and not self.editable_mode
        self.run_command("build_clib")
        super().run()

    def build_extensions(self) -> None:
        compile_in_parallel(self.compiler)
        self.extensions[0].libraries = self.compiler.libraries
        self.compiler.set_libraries([])  # the Cython modules need none, and must not fail for want of them
        self.parallel = True
        super().build_extensions()

    def build_extension(self, extension: Extension) -> None:
        try:
            if extension.name == "tinynn._native" and hasattr(self.distribution, "without_libraries"):
                raise self.distribution.without_libraries
            built = Path(self.get_ext_fullpath(extension.name))
            if newer_group(extension.depends, str(built)):  # else new libraries alone would not be linked
                built.unlink(missing_ok=True)
            super().build_extension(extension)
        except BUILD_ERRORS as error:
            if self.must_succeed:
                raise
            Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)  # of an earlier build
            print(WITHOUT.format(extension.name, error), file=sys.stderr)

    def copy_extensions_to_source(self) -> None:
        for extension in self.extensions:
            extension.optional = True
            place = Path(self.get_ext_filename(extension.name))
            if not Path(self.build_lib, place).exists():
                place.unlink(missing_ok=True)
        super().copy_extensions_to_source()


WITHOUT = """tinynn: {} could not be built: {}
tinynn: installing without it; the NumPy rung does its work, and `tinynn info` says so. To get it, install a
tinynn: C++17 compiler (g++, clang++ or MSVC), then `pip install --force-reinstall --no-cache-dir`."""


class WithSources(build_py):
    """Copies csrc/ and src/ into tinynn/_sources, so that `tinynn show` works from a wheel."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for folder in ("csrc", "src"):
                target = Path(self.build_lib, "tinynn", "_sources", folder)
                shutil.copytree(ROOT / folder, target, dirs_exist_ok=True)


setup(
    libraries=libraries(),
    ext_modules=extensions(),
    options={"build": {"build_base": str(BUILD)}},
    cmdclass={"build_clib": OptionalLibraries, "build_ext": OptionalExtensions, "build_py": WithSources},
)
