"""tinynn bench: a training step of each workload, tinynn and the frameworks that are installed taking turns.

A ratio is the time of the best peer over tinynn's: above 1 tinynn is faster. All of it takes up to 20
minutes; the machine should be quiet meanwhile.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from tinynn.cli import unknown
from tinynn.errors import ArgumentError


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser("bench", help="time it beside other frameworks", description=__doc__)
    parser.add_argument("--workload", nargs="*", metavar="W", help="W1 ... W10 (default: all; no name: none)")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], metavar="N", help="default: 1 2")
    parser.add_argument("--against", nargs="*", metavar="PEER", help="default: all that are installed")
    parser.add_argument("--blocks", type=int, default=15, metavar="N", help="of each side (default 15)")
    parser.add_argument(
        "--seconds", type=float, default=0.05, metavar="S", help="length of a block (default 0.05)"
    )
    parser.add_argument(
        "--minutes", type=float, default=18.0, metavar="M", help="about how long it may take (default 18)"
    )
    parser.add_argument(
        "--accuracy",
        nargs="*",
        metavar="NAME",
        help="time to accuracy as well, of mnist-mlp, mnist-conv, cifar-conv (default: all three)",
    )
    parser.add_argument(
        "--profile",
        nargs="*",
        metavar="W",
        help="where the time goes as well: kernel calls under the roofline (default: all workloads)",
    )
    parser.add_argument("--data", metavar="DIR", help="the images for --accuracy (default $TINYNN_DATA)")
    parser.add_argument("--out", metavar="DIR", help="write bench.json and bench.png there")
    parser.add_argument("--markdown", metavar="FILE", help="write the page of all tables there")
    parser.add_argument("--json", action="store_true", help="as one JSON object on stdout")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, then print and write what was found."""
    from tinynn.bench.page import page, races_table
    from tinynn.bench.profiles import profiles, tables
    from tinynn.bench.race import race
    from tinynn.bench.report import as_markdown
    from tinynn.bench.suite import run_suite

    workloads, settings = chosen(arguments)
    recipes, folder = races(arguments)
    profiled = named(arguments.profile or None) if arguments.profile is not None else []
    if arguments.out:
        Path(arguments.out).mkdir(parents=True, exist_ok=True)  # or it would fail in twenty minutes
    if arguments.markdown:
        Path(arguments.markdown).touch()
    with redirect_stdout(sys.stderr):
        report = run_suite(
            workloads,
            list(dict.fromkeys(arguments.threads)),
            settings,
            arguments.minutes,
            progress,
            ["tinynn", *sys.argv[1:]],
        )
        if recipes:
            report["accuracy"] = {r.name: race(r, max(arguments.threads), folder, progress) for r in recipes}
        if profiled:
            report["profiles"] = profiles(profiled, max(arguments.threads), progress)
        text = json.dumps(report, allow_nan=False)
        if arguments.out:
            (Path(arguments.out) / "bench.json").write_text(f"{indented(report)}\n", encoding="utf-8")
            draw(report, Path(arguments.out))
        if arguments.markdown:
            Path(arguments.markdown).write_text(page(report), encoding="utf-8")
    shown = [as_markdown(report), *races_table(report), *tables(report)]
    print(text if arguments.json else "\n\n".join(filter(None, shown)))
    return 0


def races(arguments: argparse.Namespace) -> tuple[list[Any], str]:
    """The recipes to run, and the directory of their data, which are there.

    Raises
    ------
    ArgumentError, DataError, FormatError
    """
    from tinynn import data
    from tinynn.bench.recipes import RECIPES

    if arguments.accuracy is None:
        return [], ""
    for name in arguments.accuracy:
        if name not in RECIPES:
            raise ArgumentError(unknown("recipe", name, list(RECIPES)))
    recipes = [RECIPES[name] for name in dict.fromkeys(arguments.accuracy or RECIPES)]
    folder = str(data.data_root(arguments.data))
    for dataset in {recipe.dataset for recipe in recipes}:
        {"mnist": data.mnist, "cifar10": data.cifar10}[dataset](folder)
    return recipes, folder


def chosen(arguments: argparse.Namespace) -> tuple[list[Any], Any]:
    """The workloads and the settings that were asked for.

    Raises
    ------
    ArgumentError
        No such workload or peer, a peer that is not installed, or a number out of its range.
    """
    from tinynn.bench.measure import Settings
    from tinynn.bench.peers import PEERS, SUBJECT

    peers = list(PEERS) if arguments.against is None else [SUBJECT, *arguments.against]
    for name in peers:
        if name not in PEERS:
            raise ArgumentError(unknown("peer", name, list(PEERS)))
    for name in peers if arguments.against is not None else []:
        if missing := PEERS[name].missing():
            raise ArgumentError(f"peer {name!r}: {missing}; try pip install 'tinynn-engine[bench]'")
    for option, low, high in (("blocks", 1, 1000), ("seconds", 0.001, 10), ("minutes", 0, 1e4)):
        value = getattr(arguments, option)
        if not low <= value <= high:
            raise ArgumentError(f"--{option}: got {value}; needed {low} to {high:g}")
    for threads in arguments.threads:
        if not 1 <= threads <= 1024:
            raise ArgumentError(f"--threads: got {threads}; needed an integer in 1..1024")
    settings = Settings(
        blocks=arguments.blocks,
        block_seconds=arguments.seconds,
        specs=tuple(PEERS[name] for name in dict.fromkeys(peers)),
    )
    return named(arguments.workload), settings


def named(names: list[str] | None) -> list[Any]:
    """The workloads with these names, each once; all where nobody named any.

    Raises
    ------
    ArgumentError
    """
    from tinynn.bench.workloads import WORKLOADS

    wanted = list(WORKLOADS) if names is None else names
    for name in wanted:
        if name not in WORKLOADS:
            raise ArgumentError(unknown("workload", name, list(WORKLOADS)))
    return [WORKLOADS[name] for name in dict.fromkeys(wanted)]


def draw(report: Any, folder: Path) -> None:
    """bench.png: the ratios as bars; NAME.png: accuracy over time; rooflines.png: the profiles."""
    from tinynn import viz
    from tinynn.bench.profiles import rooflines

    ratios = {
        name: {f"{n} thread{'s' * (n != '1')}": entry["ratio"] for n, entry in row["threads"].items()}
        for name, row in report["workloads"].items()
    }
    if ratios:
        viz.save(viz.ratio_bars(ratios), folder / "bench.png")
    for name, row in report.get("accuracy", {}).items():
        curves = {n: (r["seconds"], r["accuracy"]) for n, r in row["runners"].items() if r["seconds"]}
        if curves:
            viz.save(viz.race(curves, row["target"]), folder / f"{name}.png")
    if "profiles" in report:
        viz.save(rooflines(report["profiles"]), folder / "rooflines.png")


def indented(report: Any) -> str:
    """One object over some lines, for a file that is kept."""
    return json.dumps(report, indent=1, allow_nan=False)


def progress(line: str) -> None:
    """To stderr: stdout is the result's."""
    print(line, file=sys.stderr, flush=True)
