"""Time to accuracy: tinynn and PyTorch train the same net in turns of an epoch, each in its own process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from tinynn.bench.peers import PeerSpec
from tinynn.bench.process import WorkerError, WorkerProcess
from tinynn.bench.recipes import Recipe

_HERE = "tinynn.bench.peers"
RUNNERS = (
    PeerSpec("tinynn", f"{_HERE}.tinynn_fit:FitSide"),
    PeerSpec("pytorch", f"{_HERE}.pytorch_fit:FitSide", ("torch",)),
)
PATIENCE = 3600.0  # seconds that all epochs of a runner may take together


def race(recipe: Recipe, threads: int, data: str, log: Callable[[str], None]) -> dict[str, Any]:
    """Train on every side that is installed, epoch by epoch.

    Parameters
    ----------
    recipe : Recipe
    threads : int
    data : str
        The directory of the data sets.
    log : callable
        Receives a line per epoch.

    Returns
    -------
    dict
        {"target", "threads", "runners": {name: {"seconds": [...], "accuracy": [...], "reached": seconds or
        None}}}; seconds count the epochs and the measuring of the accuracy after each, not the loading.
    """
    runners: dict[str, Any] = {}
    with ExitStack() as stack:
        workers = {}
        for spec in RUNNERS:
            if spec.missing():
                log(f"{recipe.name}: {spec.name} left out, {spec.missing()}")
                continue
            try:
                worker = WorkerProcess(spec.target, recipe.name, threads, PATIENCE, data=data)
            except WorkerError as error:
                log(f"{recipe.name}: {spec.name} left out, {error}")
                continue
            stack.callback(worker.stop)
            workers[spec.name] = worker
            runners[spec.name] = {"seconds": [], "accuracy": [], "reached": None, "version": worker.version}
        for epoch in range(recipe.epochs):
            for name, worker in list(workers.items()):
                runner = runners[name]
                try:
                    block = worker.run(1)
                except WorkerError as error:
                    log(f"{recipe.name}: {name} gave up, {error}")
                    del workers[name]
                    continue
                runner["seconds"].append(sum(runner["seconds"][-1:]) + block.seconds)
                runner["accuracy"].append(block.loss)
                if runner["reached"] is None and block.loss >= recipe.target:
                    runner["reached"] = runner["seconds"][-1]
                log(
                    f"{recipe.name} {epoch + 1}/{recipe.epochs}: {name} {100 * block.loss:.2f} % "
                    f"after {runner['seconds'][-1]:.1f} s"
                )
    return {"target": recipe.target, "threads": threads, "runners": runners}
