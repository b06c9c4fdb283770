"""Installing: from the sdist, editable, twice, without any compiler, and where C compiles but C++ does not.

Every installation goes into an environment of its own, which finds our dependencies (NumPy and the
others) where this Python has them; the build itself is isolated, as pip does it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

import tinynn as tn

from .environment import Environment

ROOT = Path(__file__).parents[2]
CLUTTER = shutil.ignore_patterns(
    ".*", "build", "dist", "*.so", "*.egg-info", "__pycache__", "_build", "tinynn-runs"
)
NO_COMPILER = {"CC": "", "CXX": ""}  # and a PATH with none
pytestmark = pytest.mark.timeout(1500)
in_full = pytest.mark.slow


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "environment")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project as somebody who cloned it has it."""
    if not (ROOT / "setup.py").exists():
        pytest.skip("these tests run without the project's sources")
    return Path(shutil.copytree(ROOT, tmp_path / "project", ignore=CLUTTER))


def without_compilers(environment: Environment) -> dict[str, str]:
    if os.path.isabs(sysconfig.get_config_var("CC") or ""):
        pytest.skip("this Python finds its compiler without PATH")
    return {"PATH": str(environment.bin), **NO_COMPILER}


# ---- without a compiler ----------------------------------------------------------------------------


def trains_on_numpy(environment: Environment) -> None:
    """All that an installation without compiled modules promises."""
    shown = environment.run("tinynn", "info")
    assert shown.returncode == 0, shown.stderr
    assert "the native rung is missing, NumPy's does its work: tinynn was installed without" in shown.stdout
    facts = environment.info()
    assert (facts["backend"], facts["backends"], facts["targets"]) == ("numpy", ["numpy"], [])
    refused = environment.run("python", "-c", "import tinynn as tn\nwith tn.use_backend('native'): pass")
    assert refused.stderr.splitlines()[-1].startswith(
        "tinynn.errors.BackendError: use_backend: native was not built here"
    )
    out = ["--out", str(environment.bin / "out"), "--epochs", "1", "--json"]
    trained = environment.run("tinynn", "run", "mnist-softmax", "--synthetic", *out)
    assert trained.returncode == 0, trained.stderr
    metrics = json.loads(trained.stdout)
    assert (metrics["backend"], metrics["synthetic"]) == ("numpy", True)
    assert metrics["test_accuracy"] > 0.6
    refused = environment.run("tinynn", "run", "mnist-softmax", "--synthetic", "--backend", "cython", *out)
    assert refused.returncode == 2
    assert "use_backend: cython was not built here" in refused.stderr.splitlines()[-1]


NUMBERS = """
import json, numpy as np
from tinynn import data
from tinynn.backends import kernels
x = np.arange(12, dtype="float32").reshape(6, 2)
batches = [x.tolist() for x, y in data.DataLoader((x, np.arange(6)), 2, seed=3)]
uniform = kernels.philox_uniform((5,), seed=7, offset=2).tolist()
dropped = kernels.dropout(x, p=0.5, seed=1, offset=0).tolist()
print(json.dumps([batches, uniform, dropped]))
"""


def test_an_installation_without_compiled_modules_does_all_that_it_promises(environment: Environment) -> None:
    environment.copy_installed("*.so", "*.pyd")
    trains_on_numpy(environment)
    here_and_now = subprocess.run(
        [sys.executable, "-c", NUMBERS], capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(environment.python(NUMBERS)) == json.loads(here_and_now)


def test_the_workshop_of_an_installation_without_compiled_modules(
    environment: Environment, tmp_path: Path
) -> None:
    environment.copy_installed("*.so", "*.pyd")
    exercise, mine = environment.site / "tinynn/workshop/exercises/linear_dw", tmp_path / "mine"
    started = environment.run("tinynn", "workshop", "start", "linear-dw", "--dir", str(mine))
    assert started.returncode == 0, started.stderr
    assert environment.run("tinynn", "workshop", "check", str(mine)).returncode == 1
    (mine / "linear_dw.py").write_bytes((exercise / "answer.py").read_bytes())
    checked = environment.run("tinynn", "workshop", "check", str(mine), "--json")
    assert json.loads(checked.stdout)["passed"], checked.stdout + checked.stderr


@in_full
def test_where_no_compiler_can_be_found_it_installs_and_says_so(
    environment: Environment, project: Path
) -> None:
    log = environment.install(str(project), **without_compilers(environment))
    assert "tinynn: tinynn._native could not be built" in log
    assert not list(environment.site.glob("tinynn/**/*.so"))
    trains_on_numpy(environment)


@in_full
def test_editable_without_a_compiler_too(environment: Environment, project: Path) -> None:
    stale = project / "tinynn" / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    stale.write_bytes(b"of an earlier build")
    environment.install("-e", str(project), **without_compilers(environment))
    assert not stale.exists(), "what could not be built anew must not look as if it had been"
    trains_on_numpy(environment)


@in_full
def test_where_only_c_compiles_the_cython_rung_is_there(environment: Environment, project: Path) -> None:
    log = environment.install(str(project), CXX="no-such-compiler")
    assert "tinynn: tinynn._native could not be built" in log
    assert "tinynn: tinynn._cython" not in log
    facts = environment.info()
    assert (facts["backend"], facts["backends"]) == ("numpy", ["numpy", "cython"])
    assert "the native rung is missing" in facts["note"]


# ---- with one --------------------------------------------------------------------------------------


def works(environment: Environment) -> None:
    """The compiled rungs, the command, and the sources it shows."""
    facts = environment.info()
    assert (facts["backend"], facts["backends"], facts["note"]) == (
        "native",
        ["numpy", "cython", "native"],
        "",
    )
    shown = environment.run("tinynn", "show", "linear")
    assert shown.returncode == 0, shown.stderr
    assert "void linear_forward" in shown.stdout
    assert (
        environment.python("import importlib.metadata as m; print(m.version('tinynn-engine'))").strip()
        == tn.__version__
    )


@in_full
def test_the_sdist_is_complete_and_installs(environment: Environment, project: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--sdist", "--outdir", str(tmp_path), str(project)]
    subprocess.run(build, check=True, capture_output=True)
    (sdist,) = tmp_path.glob("tinynn_engine-*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tree = {p.relative_to(project).as_posix() for p in project.rglob("*") if p.is_file()}
    packed = {n for n in tree if n.split("/")[0] in ("csrc", "src", "tests", "docs", "tinynn", "benchmarks")}
    packed = {n for n in packed if not n.startswith("docs/_build") and not n.endswith((".so", ".pyc"))}
    assert packed <= names, sorted(packed - names)
    assert not [n for n in names if n.startswith("build") or n.endswith((".so", ".pyc", ".o"))]
    environment.install(str(sdist))
    works(environment)
    assert environment.site.as_posix() in environment.python("import tinynn; print(tinynn.__file__)")


@in_full
def test_editable_follows_the_sources(environment: Environment, project: Path) -> None:
    environment.install("-e", str(project))
    works(environment)
    version = project / "tinynn" / "_version.py"
    version.write_text(version.read_text().replace(tn.__version__, "9.9.9"))
    assert environment.python("import tinynn; print(tinynn.__version__)").strip() == "9.9.9"


@in_full
def test_a_second_build_compiles_what_changed(environment: Environment, project: Path) -> None:
    def compiled(change: Callable[[], object]) -> set[str]:
        change()
        log = environment.install("--force-reinstall", str(project))
        return {
            line.split(" -c ")[1].split()[0] for line in log.splitlines() if " -c " in line and " -o " in line
        }

    first = compiled(lambda: None)
    assert {"csrc/reference/linear.cpp", "build/native.cpp", "build/cython/src/cython/loss.c"} <= first
    assert compiled(lambda: None) == set()
    assert compiled((project / "csrc" / "reference" / "gather.cpp").touch) == {"csrc/reference/gather.cpp"}
    assert compiled((project / "csrc" / "formulas.h").touch) == {s for s in first if s.endswith(".cpp")}
    works(environment)


@in_full
def test_a_mistake_in_a_kernel_fails_the_build_of_somebody_who_edits_it(project: Path) -> None:
    broken = project / "csrc" / "reference" / "gather.cpp"
    broken.write_text(broken.read_text() + "\nthis is no C++\n")
    done = subprocess.run(
        [sys.executable, "setup.py", "build_ext", "--inplace"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "gather.cpp" in done.stderr
    assert not list(project.glob("tinynn/_native*"))
