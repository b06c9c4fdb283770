"""The command `tinynn`, and the guard of its name: another package called tinynn may stand in front of ours.

The distribution is tinynn-engine; `tinynn` on the package index is an unrelated project. Installed beside
ours it overwrites tinynn/__init__.py, and a folder tinynn/ that comes earlier on the path hides ours. Nothing
of ours then runs at `import tinynn`. So the check stands outside the package, in this module, which the
command starts with; `python -m tinynn_engine info` is the same.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

OURS = Path(__file__).resolve().parent / "tinynn" / "__init__.py"


def impostor() -> str:
    """What `import tinynn` would find in place of ours, and what to try; "" where it finds ours."""
    spec = find_spec("tinynn")
    found = None if spec is None or spec.origin is None else Path(spec.origin).resolve()
    if found == OURS:
        if "tinynn._version" in OURS.read_text(encoding="utf-8"):
            return ""
        return (
            f"another package named tinynn has overwritten ours in {OURS.parent}; try "
            "pip uninstall tinynn tinynn-engine, then pip install tinynn-engine"
        )
    if found is None:
        return f"{OURS} is not there; try pip install --force-reinstall tinynn-engine"
    return (
        f"another package named tinynn, {found.parent}, stands in front of ours, {OURS.parent}; try another "
        "working directory, or PYTHONPATH without it"
    )


def main() -> int:
    """Run `tinynn ARGS`; 2 and one line where the name is not ours."""
    problem = impostor()
    if problem:
        print(f"tinynn: {problem}", file=sys.stderr)
        return 2
    from tinynn.cli import main as command

    return command()


if __name__ == "__main__":
    sys.exit(main())
