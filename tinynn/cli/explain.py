"""tinynn explain EXPERIMENT: one training step of it as the list of kernel calls that it is."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinynn.cli._experiment import add_experiment, check_name, settings

if TYPE_CHECKING:
    from tinynn.compile.profile import Profile


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser(
        "explain", help="one training step as a list of kernel calls", description=__doc__
    )
    add_experiment(parser, "EXPERIMENT")
    parser.add_argument("--profile", action="store_true", help="time every call")
    parser.add_argument("--no-passes", action="store_true", help="the list as eager training makes it")
    parser.add_argument("--out", metavar="DIR", help="draw the roofline as DIR/EXPERIMENT/roofline.png")
    parser.add_argument(
        "--data", metavar="DIR", help="real data; the default is generated data of that shape"
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Print it; exit code 0."""
    from tinynn import backends
    from tinynn.compile.explain import as_json
    from tinynn.experiments.first_step import first_step

    check_name(arguments.name)
    options = {key: getattr(arguments, key) for key in ("data", "seed", "recipe")}
    options |= settings(arguments.settings, taken={*vars(arguments), "epochs", "backend", "synthetic"})
    with ExitStack() as stack:
        if arguments.threads is not None:
            stack.callback(backends.set_num_threads, backends.get_num_threads())
            backends.set_num_threads(arguments.threads)
        with redirect_stdout(sys.stderr):
            step = first_step(
                arguments.name, optimize=not arguments.no_passes, synthetic=arguments.data is None, **options
            )
        profile = step.profile() if arguments.profile or arguments.out else None
    picture = None
    if profile is not None and arguments.out:
        picture = draw(profile, Path(arguments.out) / arguments.name, arguments.name)
    if arguments.json:
        shown: dict[str, Any] = {"experiment": arguments.name, **as_json(step.program, step.arena)}
        if profile is not None:
            shown["profile"] = profile.as_json()
        if picture is not None:
            shown["figure"] = str(picture)
        print(json.dumps(shown))
        return 0
    print(step)
    if profile is not None and arguments.profile:
        print(f"\n{profile}")
    if picture is not None:
        print(f"\n{picture}")
    return 0


def draw(profile: Profile, folder: Path, name: str) -> Path:
    """The roofline of this machine, and every call under it."""
    from tinynn import viz
    from tinynn.compile.explain import short

    timings, roof = profile.timings, profile.roofline
    slow, fast = max(roof.bandwidths), min(roof.bandwidths)
    gap = profile.largest_gap
    share = 100 * gap.seconds / profile.seconds
    drawn = viz.roofline(
        [t.line.flops / max(t.line.bytes, 1) for t in timings],
        [t.flops / 1e9 for t in timings],
        [t.seconds for t in timings],
        peak=roof.flops / 1e9,
        bandwidths={f"arrays of {short(size)}B": roof.bandwidths[size] / 1e9 for size in (fast, slow)},
        names=[f"{t.line.number} {t.line.kernel}" for t in timings],
        kinds=[t.line.phase for t in timings],
        title=f"{name}: most to gain in {gap.line.kernel}, {share:.0f} % of the step",
    )
    folder.mkdir(parents=True, exist_ok=True)
    viz.save(drawn, folder / "roofline.png")
    return folder / "roofline.png"
