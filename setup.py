"""The native build: one static library per instruction set, `tinynn._native`, and one Cython module per stem.

Everything declarative is in pyproject.toml. Where no C++ compiler works the build goes on without
the extensions; tinynn then runs on its NumPy rung and `tinynn info` says so.
"""

import os
import platform
import shutil
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_clib import build_clib
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import CCompilerError, CompileError, ExecError, LibError, LinkError, PlatformError

ROOT = Path(__file__).parent
os.chdir(ROOT)
MACHINE = platform.machine().lower()
X86 = MACHINE in ("x86_64", "amd64")
MSVC = sys.platform == "win32"

# Strict floating point everywhere: a result must not depend on what the compiler felt like contracting.
CXX = (
    ["/std:c++17", "/O2", "/EHsc"]
    if MSVC
    else ["-std=c++17", "-O3", "-ffp-contract=off", "-fvisibility=hidden"]
)
BASELINE = ["-march=x86-64-v2"] if X86 and not MSVC else []
TARGETS = {}  # name -> flags of the one file simd/targets/<name>.cpp
if X86:
    TARGETS = {
        "avx2": ["/arch:AVX2"] if MSVC else ["-mavx2", "-mfma"],
        "avx512": ["/arch:AVX512"]
        if MSVC
        else ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma"],
    }
elif MACHINE in ("arm64", "aarch64"):
    TARGETS = {"neon": []}
TARGETS = {name: flags for name, flags in TARGETS.items() if Path(f"csrc/simd/targets/{name}.cpp").exists()}
DEFINES = [f"-DTINYNN_HAS_{name.upper()}" for name in TARGETS]

BUILD_ERRORS = (CCompilerError, CompileError, ExecError, LibError, LinkError, PlatformError, OSError)


def files(*patterns: str) -> list[str]:
    """The files of this project that match, in one order on every machine."""
    return sorted(str(path) for pattern in patterns for path in Path().glob(pattern))


HEADERS = files("csrc/**/*.h", "csrc/*.def", "src/*.h")
SANITIZE = os.environ.get("TINYNN_SANITIZE", "")  # "address,undefined" or "thread": see noxfile.py
if SANITIZE:
    CXX += [f"-fsanitize={SANITIZE}", "-fno-omit-frame-pointer", "-g", "-O1"]


def libraries() -> list[tuple[str, dict[str, object]]]:
    """Static libraries: the portable core, and one per instruction set with that set's flags."""

    def library(name: str, sources: list[str], flags: list[str]) -> tuple[str, dict[str, object]]:
        info = {"sources": sources, "cflags": CXX + flags + DEFINES, "include_dirs": ["csrc"]}
        return name, {**info, "obj_deps": {"": HEADERS}}

    core = files("csrc/*.cpp", "csrc/reference/*.cpp", "csrc/plan/*.cpp")
    simd = [library(f"tinynn_{n}", [f"csrc/simd/targets/{n}.cpp"], flags) for n, flags in TARGETS.items()]
    return [library("tinynn_core", core, BASELINE), *simd]


def extensions() -> list[Extension]:
    """`_native` from src/*.cpp; `_cython.<stem>` from src/cython/<stem>.pyx."""
    import pybind11
    from Cython.Build import cythonize

    link = [f"-fsanitize={SANITIZE}"] if SANITIZE else []
    native = Extension(
        "tinynn._native",
        files("src/*.cpp"),
        include_dirs=["csrc", "src", pybind11.get_include()],
        extra_compile_args=CXX + BASELINE + DEFINES,
        extra_link_args=link if MSVC else ["-pthread", *link],
        depends=HEADERS,
        language="c++",
    )
    optimise = ["/O2"] if MSVC else ["-O3", "-ffp-contract=off"]
    if SANITIZE:
        optimise += [f"-fsanitize={SANITIZE}", "-fno-omit-frame-pointer", "-g", "-O1"]
    cython = [
        Extension(
            f"tinynn._cython.{Path(source).stem}",
            [source],
            extra_compile_args=optimise + BASELINE,
            extra_link_args=link,
        )
        for source in files("src/cython/*.pyx")
    ]
    directives = {
        "boundscheck": False,
        "wraparound": False,
        "cdivision": True,
        "freethreading_compatible": True,
    }
    where = {"include_path": ["src/cython"], "build_dir": "build/cython"}  # formulas.pxd; the generated C
    return [native, *cythonize(cython, compiler_directives=directives, quiet=True, **where)]


class OptionalLibraries(build_clib):
    """Static libraries that may fail to build: then there are no extensions either."""

    def run(self) -> None:
        try:
            super().run()
        except BUILD_ERRORS as error:
            without_native(error)
            self.distribution.libraries = []
            self.distribution.ext_modules = []


class OptionalExtensions(build_ext):
    """Extensions that may fail to build: the package then runs on its NumPy rung and says so."""

    def run(self) -> None:
        if self.distribution.has_c_libraries():
            self.run_command("build_clib")  # may empty ext_modules
        self.extensions = self.distribution.ext_modules or []
        super().run()

    def build_extension(self, extension: Extension) -> None:
        try:
            super().build_extension(extension)
        except BUILD_ERRORS as error:
            without_native(error)

    def copy_extensions_to_source(self) -> None:
        built = [e for e in self.extensions if Path(self.get_ext_fullpath(e.name)).exists() or self._built(e)]
        self.extensions = built
        super().copy_extensions_to_source()

    def _built(self, extension: Extension) -> bool:
        return (Path(self.build_lib) / self.get_ext_filename(extension.name)).exists()


class WithSources(build_py):
    """Copies csrc/ and src/ into tinynn/_sources, so that `tinynn show` works from a wheel."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for folder in ("csrc", "src"):
            target = Path(self.build_lib) / "tinynn" / "_sources" / folder
            shutil.copytree(ROOT / folder, target, dirs_exist_ok=True)


def without_native(error: BaseException) -> None:
    print(
        f"tinynn: the compiled rungs could not be built ({type(error).__name__}: {error});\n"
        "tinynn: installing without them. Everything runs on the NumPy rung; `tinynn info` says so.\n"
        "tinynn: to get them: install a C++17 compiler (g++, clang++ or MSVC) and install again.",
        file=sys.stderr,
    )


setup(
    libraries=libraries(),
    ext_modules=extensions(),
    cmdclass={
        "build_clib": OptionalLibraries,
        "build_ext": OptionalExtensions,
        "build_py": WithSources,
    },
)
