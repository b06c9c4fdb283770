"""The compilers of this machine, and what to say where one is missing.

A C++ file is compiled twice, with -DREAL=double and -DREAL=float, to shared libraries: 0.1 s, where a binding
module would take 5. Cython goes through its own `cythonize -i`.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tinynn.errors import BackendError
from tinynn.workshop.contract import Exercise

SECONDS = 60  # for one compiler
CYTHON_QUICKLY = "-O1 -g0"  # a judgement does not wait for an optimiser: of 6 seconds this saves 3
OPTIMISE = ("-O3", "-march=native")  # it runs where it is compiled, so it may use what this machine has
SANITIZE = ("-O1", "-g", "-fsanitize=address", "-fno-omit-frame-pointer")
INSTALL = {
    "linux": "apt install g++ (Debian, Ubuntu), dnf install gcc-c++ (Fedora)",
    "darwin": "xcode-select --install",
    "win32": "winget install MSYS2.MSYS2 and then pacman -S mingw-w64-ucrt-x86_64-gcc",
}


def cpp_compiler() -> list[str] | None:
    """$CXX, else the first of c++, g++, clang++ on PATH."""
    asked = shlex.split(os.environ.get("CXX", ""))
    for command in [asked] if asked else [["c++"], ["g++"], ["clang++"]]:
        if shutil.which(command[0]):
            return command
    return None


def need_compiler(exercise: Exercise, language: str) -> None:
    """Raise where the language cannot be compiled here.

    Raises
    ------
    BackendError
        It says how to get the compiler, and that NumPy needs none.
    """
    instead = f"or go on without: tinynn workshop start {exercise.name} --lang numpy"
    if "numpy" not in exercise.languages:
        instead = "or take one that needs none: tinynn workshop list"
    if language == "cython" and find_spec("Cython") is None:
        raise BackendError(
            "workshop: Cython is not installed; needed to compile a .pyx file; "
            f"try pip install cython setuptools, {instead}"
        )
    if language in ("cython", "cpp") and cpp_compiler() is None:
        how = INSTALL.get(sys.platform, "installing g++ or clang++")
        wanted = (
            f"$CXX is {os.environ['CXX']!r}" if os.environ.get("CXX") else "no c++, g++ or clang++ on PATH"
        )
        raise BackendError(f"workshop: {wanted}; needed to compile {language}; try {how}, {instead}")


def sanitizer() -> str | None:
    """The library of AddressSanitizer that has to be there before all others; None where there is none."""
    compiler = cpp_compiler()
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    command = [*compiler, "-print-file-name=libasan.so"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.strip() if os.path.isabs(found.strip()) and os.path.isfile(found.strip()) else None


def build_order(exercise: Exercise, language: str, source: str, sanitize: bool = False) -> dict[str, Any]:
    """What inside/build.py is to do: commands, and the libraries that come of them."""
    commands: list[list[str]] = []
    libraries: dict[str, str] = {}
    if language == "cpp":
        compiler = cpp_compiler() or ["c++"]
        for dtype in exercise.dtypes:
            libraries[dtype] = f"{exercise.function}_{dtype}.so"
            real = "double" if dtype == "float64" else "float"
            how = SANITIZE if sanitize else (*OPTIMISE, "-g0")
            flags = ["-std=c++17", *how, "-Wall", "-shared", "-fPIC", f"-DREAL={real}"]
            threads = ["-pthread"] if exercise.threads else []
            commands.append([*compiler, *flags, *threads, source, "-o", libraries[dtype]])
    elif language == "cython":
        commands = [[sys.executable, "-m", "Cython.Build.Cythonize", "-i", "-3", source]]
    nm = shutil.which("nm")
    return {
        "commands": commands,
        "libraries": libraries,
        "dtypes": list(exercise.dtypes),
        "function": exercise.function,
        "seconds": SECONDS,
        "nm": [nm] if nm and sys.platform == "linux" else [],
    }


def search_path() -> list[str]:
    """Where the other process finds NumPy and, for its compiler alone, Cython."""
    places = [
        spec.origin for name in ("numpy", "Cython", "setuptools") if (spec := find_spec(name)) and spec.origin
    ]
    return list(dict.fromkeys(str(Path(place).parents[1]) for place in places))
