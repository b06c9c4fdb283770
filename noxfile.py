"""One word per task: `nox -s tests`, `lint`, `full`, `mutants`, `sanitize`, `bench`, `docs`."""

import os
import shutil

import nox

nox.options.sessions = ["lint", "tests"]
nox.options.reuse_existing_virtualenvs = True
SANITIZED = (
    "csrc",
    "backends",
    "functional",
    "testing",
    "autograd",
    "nn",
    "optim",
    "data",
    "compile",
    "train",
    "bad_input",
)
# What runs on several threads: the pool, compiled steps and epochs in C++, many nets, children of a process.
THREADED = "thread or parallel or determin or child or same_bits or every_net or chunks or ctrl_c"
PYTHON_FOLDERS = ("tinynn", "tests", "benchmarks", "setup.py", "noxfile.py")


@nox.session
def tests(session: nox.Session) -> None:
    """The default run: one representative per mechanism."""
    session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def full(session: nox.Session) -> None:
    """Everything: the cross-products, all mutants, PyTorch parity, the recipes with a real kernel."""
    session.install(
        ".[test,docs]", "torch==2.13.0", "build", "setuptools>=77", "Cython>=3.1", "pybind11>=2.13"
    )
    session.run("pytest", "-m", "slow or not slow", "--timeout=1800", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Every wrong backward rule of the bank against the suite; prints the table."""
    session.install(".[test]")
    session.run("python", "-m", "tinynn.testing.mutants", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, mypy --strict, clang-format."""
    session.install(".[dev]")
    session.run("ruff", "check", *PYTHON_FOLDERS)
    session.run("ruff", "format", "--check", *PYTHON_FOLDERS)
    session.run("mypy", "--strict", "tinynn")
    sources = session.run("git", "ls-files", "*.cpp", "*.h", external=True, silent=True)
    session.run("clang-format", "--dry-run", "-Werror", *str(sources).split())


@nox.session
@nox.parametrize("sanitizer", ["address,undefined", "thread"])
def sanitize(session: nox.Session, sanitizer: str) -> None:
    """The suite over kernels built with ASan and UBSan, and the threaded tests with TSan."""
    runtime = {"address,undefined": "libasan.so", "thread": "libtsan.so"}[sanitizer]
    session.install(".[test]", env={"TINYNN_SANITIZE": sanitizer})
    compiler = os.environ.get("CXX", "g++")
    preload = [  # the C++ library with it: a sanitizer that is there before it finds no exceptions to watch
        str(session.run(compiler, f"-print-file-name={library}", external=True, silent=True)).strip()
        for library in (runtime, "libstdc++.so")
    ]
    session.run(
        "pytest",
        *(f"tests/{folder}" for folder in SANITIZED),
        *([] if sanitizer != "thread" else ["-k", THREADED]),
        *session.posargs,
        env={
            "LD_PRELOAD": " ".join(preload),
            "ASAN_OPTIONS": "detect_leaks=0:halt_on_error=1",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
            "TSAN_OPTIONS": "halt_on_error=1:die_after_fork=0",  # a child starts threads of its own
            "TINYNN_SANITIZED": sanitizer,
            "OPENBLAS_NUM_THREADS": "1",  # its threads are not built for the thread sanitizer
        },
    )


@nox.session
def bench(session: nox.Session) -> None:
    """All workloads against PyTorch, JAX, scikit-learn and NumPy, interleaved; up to 20 minutes."""
    session.install(".[bench]")
    session.run("tinynn", "bench", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation; a warning is an error."""
    session.install(".[docs]")
    for generated in ("docs/_build", "docs/api"):
        shutil.rmtree(generated, ignore_errors=True)
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")
