"""All experiments one after the other, past one that fails, and the page that leads to them."""

from __future__ import annotations

import json
import shlex
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinynn import report
from tinynn.experiments._chapters import CHAPTERS, PICTURES, SECONDS, SIZES, USUAL
from tinynn.experiments._leave_page import REPORT
from tinynn.experiments._sentences import SENTENCES
from tinynn.experiments.registry import METRICS, Metrics, all_experiments, run_experiment
from tinynn.report.index import Card, write_index

LOG = "log.txt"
BLOCK = '<section class="block"'  # of a page that can be played with


@dataclass
class Result:
    """What became of one experiment: seconds, and the error where it failed."""

    name: str
    seconds: float
    failed: str = ""


def in_order() -> list[str]:
    """The names of all experiments as they are taught."""
    return [name for _, _, names in CHAPTERS for name in names]


def run_all(names: Sequence[str], out: Path, **options: Any) -> list[Result]:
    """Run them with one bar for all; what each has to say goes into OUT/NAME/log.txt.

    After every experiment index.html is written anew, so that a run that is interrupted leaves one too.
    """
    results: list[Result] = []
    out.mkdir(parents=True, exist_ok=True)
    beside = {*names, *(name for name in in_order() if (out / name / REPORT).is_file())}
    with overall_bar(names) as advance:
        for name in names:
            advance(name, 0)
            results.append(run_one(name, out, beside=beside, **options))
            advance(name, SECONDS.get(name, USUAL))
            leave_index(out, results, command(names, options))
    return results


def run_one(name: str, out: Path, **options: Any) -> Result:
    """Run one experiment in its size for the gallery; an error ends it and nothing else.

    What an earlier run left is no result of this one, and goes first.
    """
    begin, failed = time.perf_counter(), ""
    try:
        (out / name).mkdir(parents=True, exist_ok=True)
        for older in (METRICS, REPORT):
            (out / name / older).unlink(missing_ok=True)
        with open(out / name / LOG, "w", encoding="utf-8") as log, redirect_stderr(log):
            try:
                run_experiment(name, out=out, home="../index.html", **(options | SIZES.get(name, {})))
            except Exception:
                traceback.print_exc()
                raise
    except Exception as error:
        failed = " ".join(str(error).split()) or type(error).__name__
    return Result(name, time.perf_counter() - begin, failed)


def command(names: Sequence[str], options: Mapping[str, Any]) -> str:
    """The command line that runs these experiments again; a directory is for the reader to name."""
    words = ["tinynn", "gallery"]
    if options.get("synthetic"):
        words += ["--synthetic"]
    elif any(all_experiments()[name].dataset for name in names):
        words += ["--data", "DIR"]
    for name in ("seed", "backend", "threads"):
        if options.get(name) is not None:
            words += [f"--{name}", str(options[name])]
    words += ["--only", *names] if set(names) != set(in_order()) else []
    return shlex.join([*words, "--out", "OUT"])


@contextmanager
def overall_bar(names: Sequence[str]) -> Iterator[Any]:
    """A bar over all of them that shows the time while one is long; calls: advance(name, seconds)."""
    from tqdm import tqdm

    total = sum(SECONDS.get(name, USUAL) for name in names)
    form = "{desc} {percentage:3.0f}%|{bar}| {elapsed}"
    with tqdm(total=total, file=sys.stderr, bar_format=form, dynamic_ncols=True) as bar:
        ended = threading.Event()

        def breathe() -> None:
            while not ended.wait(1.0):
                bar.refresh()

        def advance(name: str, seconds: float) -> None:
            bar.set_description_str(f"{names.index(name) + 1:2d} of {len(names)}: {name:<20}", refresh=False)
            bar.update(seconds)
            bar.refresh()

        alive = threading.Thread(target=breathe, daemon=True)
        if sys.stderr.isatty():  # a file would fill with bars
            alive.start()
        try:
            yield advance
        finally:
            ended.set()
            if alive.is_alive():
                alive.join()


def leave_index(out: Path, results: Sequence[Result], repeat: str) -> None:
    """Write OUT/index.html over whatever lies in OUT, of this run or an earlier one."""
    failed = {result.name: result.failed for result in results if result.failed}
    chapters = [
        (title, words, [card for name in names if (card := card_of(out, name, failed.get(name, "")))])
        for title, words, names in CHAPTERS
    ]
    seconds = sum(result.seconds for result in results)
    alive = all(card.alive for _, _, cards in chapters for card in cards if card.page)
    about = report.About(
        "The experiments of tinynn",
        f"Every picture leads to its page{', which can be played with' if alive else ''}, offline. What "
        "it shows was computed by the run that made it; each page says on what data, with which seed, and "
        "how to make it again.",
        repeat,
        {"seconds": f"{seconds:,.0f} for {len(results)} experiments"},
    )
    write_index(out / "index.html", about, chapters)


def card_of(out: Path, name: str, failed: str) -> Card | None:
    """What is known of an experiment; None where it was never run."""
    folder = out / name
    metrics = None if failed else metrics_in(folder)
    if metrics is None:
        logged = (folder / LOG).is_file()
        if not failed and not logged:
            return None
        why = failed or "its last run came to no end"
        return Card(name, SENTENCES[name], failed=f"{why}.{f' See {name}/{LOG}' * logged}")
    drawn = [file for file in metrics["figures"] if (folder / file).is_file()]
    chosen = PICTURES.get(name, "")
    first = chosen if chosen in drawn else next((file for file in drawn if file.endswith(".png")), "")
    fact = f"{metrics['seconds']:,.0f} s"
    if "in_short" in metrics:
        fact = f"{metrics['in_short']}, {fact}"
    if "test_accuracy" in metrics:
        of = f" ({metrics['test_accuracy_of']})" if "test_accuracy_of" in metrics else ""
        fact = f"{100 * metrics['test_accuracy']:.1f} % of the test set right{of}, {fact}"
    if metrics["synthetic"] and all_experiments()[name].dataset:
        fact += ", on GENERATED data"
    page = f"{name}/{REPORT}" if (folder / REPORT).is_file() else ""
    alive = bool(page) and BLOCK in (folder / REPORT).read_text(encoding="utf-8")
    return Card(name, SENTENCES[name], page, folder / first if first else None, fact, alive=alive)


def metrics_in(folder: Path) -> Metrics | None:
    """What a run left there; None where there is nothing that can be read."""
    try:
        metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
        return dict(metrics) if {"figures", "seconds", "synthetic"} <= set(metrics) else None
    except (OSError, ValueError, TypeError):
        return None
