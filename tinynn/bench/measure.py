"""Interleaved timing of one workload on many sides.

    start a worker per side        own process, own thread pool, threads set before anything is imported
    check                          loss before and after a few steps from the same weights, against float64
    calibrate                      how many steps make a block of the wanted length (this also warms up)
    round after round              A B C, B C A, C A B ...: a block each, one side running at a time

A side whose loss differs is invalid, one that fails is failed, one that is not installed is absent: all
are named with the reason, none is timed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median, quantiles

from tinynn.bench.machine import busy_seconds
from tinynn.bench.peers import PEERS, SUBJECT, PeerSpec
from tinynn.bench.peers.numpy_peer import reference_losses
from tinynn.bench.process import Block, WorkerError, WorkerProcess
from tinynn.bench.workloads import Workload

RTOL = 1e-3  # of the losses: float32 against float64 after some tens of steps stays under 1e-5


@dataclass(frozen=True)
class Settings:
    """How to measure; `block_seconds` is the length of one block of one side.

    On a busy machine many short blocks tell more than a few long ones, of which none goes undisturbed;
    shorter than the default they would be unfair to frameworks that hand work to threads of their own.
    """

    threads: int = 1
    blocks: int = 15
    block_seconds: float = 0.05
    specs: tuple[PeerSpec, ...] = tuple(PEERS.values())


@dataclass
class Outcome:
    """What became of one side: `blocks` in microseconds a step, or the `problem` that kept it from them.

    `status` is "measured", "absent", "failed" or "invalid"; `losses` are those before and after the steps of
    the check; `cpu` is the processor time of each block, all threads together, in microseconds a step:
    over wall clock it tells how many cores a side really used.
    """

    name: str
    status: str = "measured"
    problem: str = ""
    version: str = ""
    losses: tuple[float, float] | None = None
    blocks: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def microseconds(self) -> float:
        """The median over the blocks, NaN where there are none."""
        return median(self.blocks) if self.blocks else math.nan

    @property
    def cores(self) -> float:
        """How many cores it used, NaN where it was not measured."""
        return sum(self.cpu) / sum(self.blocks) if self.blocks else math.nan

    @property
    def spread(self) -> tuple[float, float]:
        """The lower and the upper quartile of the blocks."""
        return quartiles(self.blocks)


@dataclass(frozen=True)
class Measurement:
    """All sides of one workload with one number of threads.

    `foreign_cores` is how many cores other processes kept busy meanwhile (None where the system does not
    tell): ratios stand some of it, times do not, and spinning thread pools stand none.
    """

    workload: Workload
    threads: int
    outcomes: dict[str, Outcome]
    foreign_cores: float | None

    def timed(self) -> dict[str, Outcome]:
        """The peers that were measured, without the subject."""
        return {n: o for n, o in self.outcomes.items() if o.blocks and n != SUBJECT}

    def ratios(self, peer: str) -> list[float]:
        """Peer's time over tinynn's, round by round: above 1 tinynn is faster."""
        ours = self.outcomes[SUBJECT].blocks
        return [theirs / mine for theirs, mine in zip(self.outcomes[peer].blocks, ours, strict=True)]

    def best_peer(self) -> str | None:
        """The fastest of the peers that computed the right thing."""
        timed = self.timed()
        return min(timed, key=lambda name: timed[name].microseconds) if timed else None


def measure(
    workload: Workload, settings: Settings, log: Callable[[str], None] = lambda line: None
) -> Measurement:
    """Time every side of `settings.specs` on `workload`.

    Parameters
    ----------
    workload : Workload
        What to compute.
    settings : Settings
        Threads, blocks and sides.
    log : callable
        Receives a line of progress now and then.

    Returns
    -------
    Measurement
        One Outcome per side, in the order of `settings.specs`.
    """
    outcomes = {spec.name: Outcome(spec.name) for spec in settings.specs}
    running: dict[str, WorkerProcess] = {}
    try:
        for spec in settings.specs:
            log(f"{workload.name}, {settings.threads} thread(s): {spec.name}")
            worker = _admit(spec, workload, settings, outcomes[spec.name])
            if worker is not None:
                running[spec.name] = worker
        foreign = _time(running, outcomes, settings)
    finally:
        for worker in running.values():
            worker.stop()
    return Measurement(workload, settings.threads, outcomes, foreign)


def _admit(spec: PeerSpec, workload: Workload, settings: Settings, outcome: Outcome) -> WorkerProcess | None:
    """A worker that is there and computes the right thing, or None with the reason in `outcome`."""
    missing = spec.missing()
    if missing:
        outcome.status, outcome.problem = "absent", missing
        return None
    worker = None
    try:
        worker = WorkerProcess(spec.target, workload.name, settings.threads)
        outcome.version = worker.version
        outcome.losses = worker.run(1).loss, worker.run(workload.check_steps).loss
    except WorkerError as error:
        outcome.status, outcome.problem = "failed", str(error)
    else:
        outcome.problem = disagreement(outcome.losses, reference_losses(workload))
        outcome.status = "invalid" if outcome.problem else "measured"
    if outcome.problem and worker is not None:
        worker.stop()
        return None
    return worker


def disagreement(losses: tuple[float, float], reference: tuple[float, float]) -> str:
    """How the losses before and after the check's steps differ from the reference; "" where they agree."""
    for when, got, needed in zip(
        ("before the first step", "after the check"), losses, reference, strict=True
    ):
        if not math.isclose(got, needed, rel_tol=RTOL):  # NaN is close to nothing
            return f"loss {when} is {got:.6g}; the float64 reference has {needed:.6g}"
    return ""


def _time(
    running: dict[str, WorkerProcess], outcomes: dict[str, Outcome], settings: Settings
) -> float | None:
    """Fill in the blocks, the sides taking turns; the order rotates, so that none always follows the same.

    Returns how many cores others kept busy.
    """
    steps = {name: _calibrate(worker, settings.block_seconds) for name, worker in running.items()}
    taken: dict[str, list[Block]] = {name: [] for name in running}
    own, busy, begin = 0.0, busy_seconds(), time.perf_counter()
    names = list(running)
    for round_ in range(settings.blocks):
        shift = round_ % max(len(names), 1)
        for name in names[shift:] + names[:shift]:
            warm = running[name].run(max(1, steps[name] // 20))  # caches and sleeping threads come back
            block = running[name].run(steps[name])
            own += warm.cpu + block.cpu
            taken[name].append(block)
    elapsed, after = time.perf_counter() - begin, busy_seconds()
    for name, blocks in taken.items():
        outcomes[name].blocks = [1e6 * block.seconds / steps[name] for block in blocks]
        outcomes[name].cpu = [1e6 * block.cpu / steps[name] for block in blocks]
    return None if busy is None or after is None else max(0.0, (after - busy - own) / elapsed)


def _calibrate(worker: WorkerProcess, block_seconds: float) -> int:
    """Steps that take about `block_seconds`: more and more until that can be told."""
    steps = 1
    while True:
        worker.run(steps)  # jax-scan compiles for each new number of steps: the first call is not timed
        seconds = worker.run(steps).seconds
        if seconds > block_seconds / 2:
            return max(1, round(steps * block_seconds / seconds))
        steps *= 2 if seconds > block_seconds / 20 else 10


def quartiles(values: Iterable[float]) -> tuple[float, float]:
    """The lower and the upper quartile; NaN of nothing."""
    kept = list(values)
    if len(kept) < 2:
        return (kept[0], kept[0]) if kept else (math.nan, math.nan)
    low, _, high = quantiles(kept, n=4, method="inclusive")
    return low, high
