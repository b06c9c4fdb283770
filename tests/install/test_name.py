"""The name tinynn: an unrelated package of that name, or the bare sources, in front of the installation."""

from __future__ import annotations

from pathlib import Path

import pytest

import tinynn as tn

from .environment import Environment

FOREIGN = "from tinynn.core import layer\n"  # as tinynn 0.1.1 of the package index begins


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    made = Environment(tmp_path / "environment")
    made.copy_installed()
    return made


def foreign(folder: Path) -> Path:
    """An unrelated package of our name."""
    core = folder / "tinynn" / "core"
    core.mkdir(parents=True, exist_ok=True)
    (folder / "tinynn" / "__init__.py").write_text(FOREIGN)
    (core / "__init__.py").write_text("")
    (core / "layer.py").write_text("raise ImportError('something that is not there')\n")
    return folder


def assert_refused(environment: Environment, *needed: str, **variables: str) -> None:
    for command in (["tinynn", "info"], ["python", "-m", "tinynn_engine", "run", "mnist-softmax"]):
        done = environment.run(*command, **variables)
        assert done.returncode == 2, done.stdout + done.stderr
        (line,) = done.stderr.splitlines()
        assert line.startswith("tinynn: ")
        assert all(word in line for word in needed), line


def test_where_the_name_is_ours_nothing_is_said(environment: Environment) -> None:
    assert environment.info()["note"] == ""
    done = environment.run("python", "-m", "tinynn_engine", "--version")
    assert (done.returncode, done.stdout) == (0, f"tinynn {tn.__version__}\n")


def test_another_package_in_front_of_ours(environment: Environment, tmp_path: Path) -> None:
    in_front = foreign(tmp_path / "in_front")
    needed = (
        "another package named tinynn",
        str(in_front / "tinynn"),
        str(environment.site / "tinynn"),
        "try",
    )
    assert_refused(environment, *needed, PYTHONPATH=str(in_front))


def test_another_package_installed_over_ours(environment: Environment) -> None:
    foreign(environment.site)
    assert_refused(environment, "has overwritten ours", "pip uninstall tinynn tinynn-engine")


def test_another_package_uninstalled_again(environment: Environment) -> None:
    (environment.site / "tinynn" / "__init__.py").unlink()
    assert_refused(environment, "__init__.py is not there", "--force-reinstall tinynn-engine")


def test_another_package_installed_before_ours_is_noted(environment: Environment) -> None:
    information = environment.site / "tinynn-0.1.1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: tinynn\nVersion: 0.1.1\n")
    note = environment.info()["note"]
    assert note.startswith("an unrelated package, tinynn 0.1.1, is installed into the same folder")


@pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
def test_the_sources_in_front_of_the_installation(environment: Environment, tmp_path: Path) -> None:
    """As in a clone, where Python finds the folder tinynn/ first, which holds no compiled modules."""
    clone = Environment(tmp_path / "clone")
    clone.copy_installed("*.so", "*.pyd")
    code = "import tinynn as tn; print(tn.info()['note'])\nwith tn.use_backend('native'): pass"
    done = environment.run("python", "-c", code, PYTHONPATH=str(clone.site))
    sources, installed = clone.site / "tinynn", environment.site / "tinynn"
    says = f"{sources} are the sources alone and stand in front of the installation {installed}"
    assert says in done.stdout
    assert done.stderr.splitlines()[-1].startswith(
        "tinynn.errors.BackendError: use_backend: native was not built here"
    )
    assert says in done.stderr
