"""Virtual environments for the tests that install."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import numpy as np

import tinynn as tn


class Environment:
    """A virtual environment with nothing of its own."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=os.name != "nt")
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        self.site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
        self.link_dependencies(Path(np.__file__).parents[1])

    def link_dependencies(self, installed: Path) -> None:
        """All that is installed beside NumPy, but nothing of tinynn, which may be installed there too."""
        for package in installed.iterdir():
            if not re.match(r"tinynn|__editable__|.*\.pth$|__pycache__", package.name):
                (self.site / package.name).symlink_to(package)

    def run(
        self, *command: str, folder: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, from a folder that holds no tinynn; a variable "" is taken away."""
        unset = {"PYTHONPATH", "TINYNN_TARGET", *(name for name, value in variables.items() if not value)}
        environment = {k: v for k, v in os.environ.items() if k not in unset}
        environment |= {k: v for k, v in variables.items() if v}
        program = [str(self.bin / command[0]), *command[1:]]
        return subprocess.run(
            program,
            env=environment,
            cwd=folder or self.bin,
            capture_output=True,
            text=True,
            check=False,
            timeout=1500,
        )

    def python(self, code: str, **variables: str) -> str:
        done = self.run("python", "-c", code, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def install(self, *what: str, **variables: str) -> str:
        """pip install; returns all that was printed."""
        pip = [
            "-m",
            "pip",
            "--python",
            str(self.bin / "python"),
            "install",
            "-v",
            "--no-deps",
            "--no-cache-dir",
        ]
        unset = {"PYTHONPATH", *(name for name, value in variables.items() if not value)}
        environment = {k: v for k, v in {**os.environ, **variables}.items() if k not in unset}
        done = subprocess.run(
            [sys.executable, *pip, *what],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=1500,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def info(self) -> dict[str, Any]:
        done = self.run("tinynn", "info", "--json")
        assert done.returncode == 0, done.stderr
        facts: dict[str, Any] = json.loads(done.stdout)
        return facts

    def copy_installed(self, *without: str) -> None:
        """What is installed here, without the files of these patterns: as pip leaves it, but faster."""
        here = Path(tn.__file__).parent
        ignored = shutil.ignore_patterns("_sources", *without)
        shutil.copytree(here, self.site / "tinynn", ignore=ignored)
        shutil.copytree(
            here / "_sources", self.site / "tinynn" / "_sources", ignore=shutil.ignore_patterns("*src")
        )
        shutil.copy(here.parent / "tinynn_engine.py", self.site)
        script = self.bin / "tinynn"
        code = "import sys\nfrom tinynn_engine import main\nsys.exit(main())\n"
        script.write_text(f"#!{self.bin / 'python'}\n{code}")
        script.chmod(0o755)
