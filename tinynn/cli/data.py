"""tinynn data: what data sets there are, whether they are here and sound, and how to get them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tinynn.errors import DataError, FormatError


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser("data", help="list, check or fetch data sets", description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, function, about in (
        ("list", run_list, "which data sets are in DIR"),
        ("check", run_check, "read all data sets that are in DIR, to the last byte"),
    ):
        action = actions.add_parser(name, help=about, description=about)
        action.add_argument(
            "directory", metavar="DIR", nargs="?", help="default: $TINYNN_DATA, else the user cache"
        )
        action.add_argument("--json", action="store_true", help="as one JSON object")
        action.set_defaults(function=function)
    about = "download a data set, checked by its SHA-256"
    fetch = actions.add_parser("fetch", help=about, description=about)
    fetch.add_argument("name", metavar="NAME", help="mnist, fashion-mnist or cifar-10")
    fetch.add_argument(
        "--data", dest="directory", metavar="DIR", help="default: $TINYNN_DATA, else the user cache"
    )
    fetch.add_argument("--json", action="store_true", help="as one JSON object")
    fetch.set_defaults(function=run_fetch)


def root_of(arguments: argparse.Namespace) -> Path:
    """DIR, or the default; it must be there.

    Raises
    ------
    DataError
    """
    from tinynn.data import data_root

    root = data_root(arguments.directory)
    if not root.is_dir():
        raise DataError(f"{str(root)!r} is no directory; try `tinynn data fetch mnist --data {root}`")
    return root


def run_list(arguments: argparse.Namespace) -> int:
    """One line per data set that tinynn knows."""
    from tinynn.data import data_root
    from tinynn.data.sources import SOURCES

    root = data_root() if arguments.directory is None else root_of(arguments)
    rows = [
        {
            "name": name,
            "here": bool(traces(root, name)),
            "megabytes": round(sum(file.size for file in source.files) / 1e6, 1),
            "source": source.mirrors[0],
        }
        for name, source in SOURCES.items()
    ]
    if arguments.json:
        print(json.dumps({"directory": str(root), "datasets": rows}))
        return 0
    print(f"in {root}:")
    for row in rows:
        rest = "here" if row["here"] else f"not here; tinynn data fetch {row['name']}"
        print(f"  {row['name']:<15}{row['megabytes']:>6} MB   {rest}")
    return 0


def traces(root: Path, name: str) -> list[Path]:
    """What lies in `root` that belongs to a data set, whole or not."""
    if name == "cifar-10":
        return [*root.glob("cifar-10-batches-*"), *root.glob("cifar-10-*.tar.gz")]
    files = list((root / name).glob("*-ubyte*"))
    return files if files or name != "mnist" else list(root.glob("*-ubyte*"))


def run_check(arguments: argparse.Namespace) -> int:
    """Read everything; 2 where something is damaged or nothing is there."""
    root = root_of(arguments)
    rows = [checked(root, name) for name in ("mnist", "fashion-mnist", "cifar-10") if traces(root, name)]
    if arguments.json and rows:
        print(json.dumps({"directory": str(root), "datasets": rows}))
    for row in rows:
        if row["sound"] and not arguments.json:
            kind = " (generated)" if row["synthetic"] else ""
            shape = " x ".join(map(str, row["shape"]))
            print(f"{row['name']}{kind}: {row['train']} + {row['test']} images of {shape}, all read")
    problems = [row["problem"] for row in rows if not row["sound"]]
    if problems or not rows:
        nothing = f"no data set in {str(root)!r}; try tinynn data list"
        print(f"tinynn data: {problems[0] if problems else nothing}", file=sys.stderr)
        return 2
    return 0


def checked(root: Path, name: str) -> dict[str, Any]:
    """What `check` says of one data set."""
    from tinynn import data

    load = {"mnist": data.mnist, "fashion-mnist": data.fashion_mnist, "cifar-10": data.cifar10}[name]
    try:
        train, test = load(root)
    except (DataError, FormatError) as error:
        return {"name": name, "sound": False, "problem": str(error)}
    about = {"classes": list(train.classes), "shape": list(train.shape), "synthetic": train.synthetic}
    return {"name": train.name, "sound": True, "train": len(train), "test": len(test), **about}


def run_fetch(arguments: argparse.Namespace) -> int:
    """Download what is not there yet."""
    from tinynn.data import fetch

    paths = [str(path) for path in fetch(arguments.name, arguments.directory)]
    print(json.dumps({"name": arguments.name, "files": paths}) if arguments.json else "\n".join(paths))
    return 0
