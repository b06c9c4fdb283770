"""The page that a run leaves beside its figures: OUT/NAME/report.html."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinynn import report
from tinynn.experiments._sentences import SENTENCES
from tinynn.report.page import MISSING

if TYPE_CHECKING:
    from tinynn.experiments.registry import Run

REPORT = "report.html"


def leave_page(
    run: Run,
    metrics: Mapping[str, Any],
    given: Mapping[str, Any],
    home: str = "",
    beside: Collection[str] = (),
) -> None:
    """Write the blocks that the experiment showed and its figures; says so where Bokeh is missing."""
    if not report.available():
        run.say(MISSING)
        return
    name = run.experiment.name
    about = report.About(
        title=f"{name}: {run.experiment.title}",
        sentences=SENTENCES.get(name, run.experiment.title),
        command=command(run, given),
        facts=facts(run, metrics),
        home=home,
        links={other: f"../{other}/{REPORT}" for other in beside},
    )
    figures = {run.out / file: run.told.get(file, spoken(file)) for file in run.figures}
    there = {path: alt for path, alt in figures.items() if path.is_file()}
    report.write(run.out / REPORT, about, run.blocks, there)


def facts(run: Run, metrics: Mapping[str, Any]) -> dict[str, str]:
    """What a reader has to know to believe a figure."""
    made = " (GENERATED, not the real set)" if run.stand_ins else ""
    threads = f", {metrics['threads']} thread{'s' * (metrics['threads'] != 1)}" if metrics["threads"] else ""
    found = {
        "data": f"{metrics['dataset']}{made}",
        "seed": str(metrics["seed"]),
        "seconds": f"{metrics['seconds']:,.1f}, for {metrics['steps']:,} training steps",
        "kernels": f"{metrics['backend']}, {metrics['target']}{threads}",
    }
    if "test_accuracy" in metrics:
        of = f" ({metrics['test_accuracy_of']})" if "test_accuracy_of" in metrics else ""
        found = {"test accuracy": f"{100 * metrics['test_accuracy']:.2f} %{of}"} | found
    return found


def command(run: Run, given: Mapping[str, Any]) -> str:
    """The command line that repeats the run; the call in Python where an option cannot be typed."""
    if any(not shown(value) for value in run.options.values()):
        return call(run, given)
    words = ["tinynn", "run", run.experiment.name]
    if run.experiment.dataset and not run.generate:
        words += ["--data", "DIR"]
    words += ["--seed", str(run.seed)]
    for name in ("epochs", "recipe", "backend", "threads"):
        if given.get(name) is not None:
            words += [f"--{name}", str(given[name])]
    words += ["--synthetic"] * run.generate
    for name, value in run.options.items():
        words += ["--set", f"{name}={shown(value)}"]
    return shlex.join(words)


def call(run: Run, given: Mapping[str, Any]) -> str:
    """The same in Python, with the name of what only Python can hand over."""
    set_ = {"seed": run.seed} | {name: value for name, value in given.items() if value is not None}
    words = [repr(run.experiment.name), *(f"{name}={value!r}" for name, value in set_.items())]
    if run.generate:
        words.append("synthetic=True")
    for name, value in run.options.items():
        words.append(f"{name}={repr(shown(value)) if shown(value) else '...'}")
    needed = ", ".join(name for name, value in run.options.items() if not shown(value))
    return f"tinynn.experiments.run_experiment({', '.join(words)})  # in Python, with your own {needed}"


def shown(value: Any) -> str:
    """An option as it is typed; empty where it is an object of Python."""
    return str(getattr(value, "typed", value))


def spoken(file: str) -> str:
    """What is said of a figure without a title."""
    kind = "Animation" if Path(file).suffix in (".gif", ".mp4") else "Figure"
    return f"{kind}: {Path(file).stem.replace('-', ' ').replace('_', ' ')}"


def titles(drawn: Any) -> str:
    """The words on a figure, for those who do not see it: its titles and what its axes measure."""
    from tinynn.viz.style import figure_of

    figure: Any = figure_of(drawn)
    heads = [figure.get_suptitle()] if figure.get_suptitle() else []
    if not heads or len(figure.axes) <= 4:
        heads += [ax.get_title(loc="left") or ax.get_title() for ax in figure.axes]
    unique = list(dict.fromkeys(" ".join(head.split()) for head in heads if head))
    axes = [(ax.get_ylabel(), ax.get_xlabel()) for ax in figure.axes]
    measured = list(dict.fromkeys(f"{y} over {x}" for y, x in axes if x and y))
    told = ". ".join(unique[:5])
    spoken = f"{told} ({'; '.join(measured[:3])})" if measured and told else told
    return re.sub(r"\$([^$]*)\$", lambda formula: re.sub(r"[_\\{}]", "", formula[1]), spoken)
