"""The experiments by name, and what each run is given and leaves behind.

An experiment is a function of a Run that returns its own figures as a dict:

    @experiment("mnist-softmax", "784-10: ten templates", dataset="mnist", epochs=5)
    def run(run: Run) -> dict[str, Any]: ...

The runner adds the rest of metrics.json, times it, and writes it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from errno import EACCES
from importlib import import_module
from math import isfinite
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import numpy as np

from tinynn import backends, random, report
from tinynn.backends import native
from tinynn.data.atomic import write_atomically
from tinynn.errors import ArgumentError
from tinynn.experiments._leave_page import REPORT, leave_page, spoken, titles
from tinynn.experiments.first_step import asked
from tinynn.report import Block

Metrics = dict[str, Any]
Choices = tuple[Any, ...] | Callable[[Any], Any]
METRICS = "metrics.json"


@dataclass(frozen=True)
class Experiment:
    """One row of the table: name, what it shows, on what data, for how many epochs, with which choices.

    Where there are `recipes`, name -> epochs, the first is the default.
    """

    name: str
    title: str
    function: Callable[[Run], Metrics]
    dataset: str | None = None
    epochs: int | None = None
    options: Mapping[str, Choices] = field(default_factory=dict)
    recipes: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Run:
    """What an experiment is given. `epochs` is None where it has none.

    `dataset` says what it ran on; `stand_ins`, which of that was generated in the place of a real set;
    `told`, what each figure shows, in words; `blocks`, what its page has before the figures.
    """

    experiment: Experiment
    out: Path
    seed: int = 0
    data: str | os.PathLike[str] | None = None
    epochs: int | None = None
    recipe: str | None = None
    generate: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    figures: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    steps: int = 0
    dataset: str = "generated"
    loaded: list[str] = field(default_factory=list)
    stand_ins: list[str] = field(default_factory=list)

    def load(self, name: str | None = None) -> tuple[Any, Any]:
        """(train, test) of the experiment's data set, real or, with --synthetic, generated.

        An experiment on several sets, dataset="mnist, cifar10", loads them by name.
        """
        from tinynn import data

        name = name or str(self.experiment.dataset)
        if self.generate:
            few = {"n_train": 256, "n_test": 32} if asked.get() else {}  # a step needs no more
            train, test = data.synthetic_like(name, seed=self.seed, **few)
        else:
            train, test = getattr(data, name)(self.data)
        self.loaded.append(train.name)
        self.dataset = ", ".join(self.loaded)
        if train.synthetic:
            self.stand_ins.append(train.name)
            self.say(f"{name}: {train.name}: GENERATED data of the same format, not the real set")
        return train, test

    @property
    def synthetic(self) -> bool:
        """Whether the data, or a part of them, were generated: all are that were not loaded."""
        return bool(self.stand_ins) or not self.loaded

    def say(self, message: str) -> None:
        """One line for the reader, on stderr; nothing where only the first step is asked for."""
        if not asked.get():
            print(message, file=sys.stderr)

    def file(self, name: str) -> Path:
        """OUT/NAME/name, noted among the figures; with the first of them older results go."""
        self.out.mkdir(parents=True, exist_ok=True)
        if not self.figures:
            for older in (METRICS, REPORT):
                (self.out / older).unlink(missing_ok=True)
        self.figures.append(name)
        return self.out / name

    def save(self, name: str, drawn: Any, seen: str = "") -> None:
        """Write what a function of tinynn.viz returned as OUT/NAME/name.png; on it, what was generated.

        `seen` is what is to be seen there, for the page; without it, the titles of the figure are.
        """
        from tinynn import viz

        note = f"{', '.join(self.stand_ins).upper()}: not the real set" if self.stand_ins else ""
        self.told[f"{name}.png"] = seen or titles(drawn) or spoken(name)
        viz.save(drawn, self.file(f"{name}.png"), note=note)

    def show(self, block: Callable[[], Block]) -> None:
        """Put a block on the page; nothing is made of it where there will be no page."""
        if report.available():
            self.blocks.append(block())


_experiments: dict[str, Experiment] = {}


def experiment(
    name: str,
    title: str,
    *,
    dataset: str | None = None,
    epochs: int | None = None,
    options: Mapping[str, Choices] | None = None,
    recipes: Mapping[str, int] | None = None,
) -> Callable[[Callable[[Run], Metrics]], Callable[[Run], Metrics]]:
    """Register the decorated function as the experiment `name`.

    `options` are its own choices, handed over in `run.options`: name -> allowed values, or a function that
    makes of what was given what is handed over, and raises where it cannot. `recipes`, name -> epochs, are
    ways to go about it, of which `run.recipe` is one; they stand in the place of `epochs`.
    """

    def register(function: Callable[[Run], Metrics]) -> Callable[[Run], Metrics]:
        own = next(iter((recipes or {}).values()), epochs)
        _experiments[name] = Experiment(name, title, function, dataset, own, options or {}, recipes or {})
        return function

    return register


def all_experiments() -> dict[str, Experiment]:
    """Name -> experiment, in alphabetical order; imports every file of this folder."""
    package = import_module("tinynn.experiments")
    for module in iter_modules(package.__path__):
        import_module(f"tinynn.experiments.{module.name}")
    return dict(sorted(_experiments.items()))


def run_experiment(
    name: str,
    *,
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "tinynn-runs",
    seed: int = 0,
    epochs: int | None = None,
    recipe: str | None = None,
    backend: str | None = None,
    threads: int | None = None,
    synthetic: bool = False,
    home: str = "",
    beside: Collection[str] = (),
    **options: Any,
) -> Metrics:
    """Run one experiment and write OUT/NAME/metrics.json, its figures and its page; returns the metrics.

    `home` is the address of the page of all experiments, where there is one; `beside`, the names of those
    whose pages lie beside this one.

    Raises
    ------
    ArgumentError
        No experiment has this name, epochs is not a positive integer, or it has no such recipe, option or
        value.
    """
    known = all_experiments()
    if name not in known:
        raise ArgumentError(f"run: no experiment is called {name!r}; try one of {', '.join(known)}")
    chosen = known[name]
    options = checked_options(chosen, options)
    if epochs is not None and (chosen.epochs is None or epochs < 1):
        needed = "a positive integer" if chosen.epochs else f"none: {name} has no epochs"
        raise ArgumentError(f"run: epochs is {epochs}; needed {needed}")
    recipe = checked_recipe(chosen, recipe)
    with ExitStack() as stack:
        if backend is not None:
            stack.enter_context(backends.use_backend(backend))
        if threads is not None:
            stack.callback(backends.set_num_threads, backends.get_num_threads())
            backends.set_num_threads(threads)
        random.manual_seed(seed)
        used = backends.current_backend()
        folder = Path(out) / name
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(EACCES, "No permission to write there", str(folder))
        own_epochs = chosen.recipes[recipe] if recipe else chosen.epochs
        run = Run(chosen, folder, seed, data, epochs or own_epochs, recipe, synthetic, options)
        start = time.perf_counter()
        own = chosen.function(run)
        seconds = time.perf_counter() - start
        used_threads = backends.get_num_threads()
    metrics: Metrics = plain(
        {
            "experiment": name,
            "seed": seed,
            "backend": used,
            "target": native.target() if used == "native" else "none",
            "threads": used_threads,
            "dataset": run.dataset,
            "synthetic": run.synthetic,
            "seconds": round(seconds, 3),
            "steps": run.steps,
            "epochs": run.epochs,
            **({"recipe": recipe} if recipe else {}),
            **own,
            "figures": run.figures,
        }
    )
    write_atomically(folder / METRICS, f"{json.dumps(metrics, indent=2, allow_nan=False)}\n".encode())
    given = {"epochs": epochs, "recipe": recipe, "backend": backend, "threads": threads}
    leave_page(run, metrics, given, home, beside)
    return metrics


def checked_recipe(chosen: Experiment, given: str | None) -> str | None:
    """The recipe to go by: the one given, else the experiment's first; None where it has none."""
    if given is not None and given not in chosen.recipes:
        needed = f"one of {', '.join(chosen.recipes)}" if chosen.recipes else "none"
        raise ArgumentError(f"run: {chosen.name}: recipe is {given!r}; needed {needed}")
    return given or next(iter(chosen.recipes), None)


def checked_options(chosen: Experiment, given: Mapping[str, Any]) -> Metrics:
    """The options with values of the right type: "3" is taken for 3 where 3 is allowed."""
    checked: Metrics = {}
    for name, value in given.items():
        if name not in chosen.options:
            has = ", ".join(chosen.options) or "none"
            raise ArgumentError(f"run: {chosen.name} has no option {name!r}; it has {has}")
        choices = chosen.options[name]
        if callable(choices):
            checked[name] = choices(value)
            continue
        allowed = {str(choice): choice for choice in choices}
        if str(value) not in allowed:
            raise ArgumentError(f"run: {name} is {value!r}; needed one of {', '.join(allowed)}")
        checked[name] = allowed[str(value)]
    return checked


def plain(value: Any) -> Any:
    """A value as JSON has it: NumPy's as Python's, and None where a number is not finite."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"metrics: {type(value).__name__} cannot stand in JSON")
