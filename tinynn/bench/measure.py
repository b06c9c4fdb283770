"""Interleaved timing of one workload on many sides.

    start a worker per side        own process, own thread pool, threads set before anything is imported
    check                          loss before and after a few steps from the same weights, against float64
    calibrate                      how many steps make a block of the wanted length (this also warms up)
    round after round              A B C, B C A, C A B ...: a block each, one side running at a time, after a
                                   rest in which the threads of the side before go to sleep

A side whose loss differs is invalid, one that fails is failed, one that needs too long is slow, one that is
not installed is absent, one that has no version of the workload is unsuited: all are named with the reason,
none is timed.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median, quantiles

from tinynn.bench.machine import busy_seconds
from tinynn.bench.peers import PEERS, SUBJECT, PeerSpec
from tinynn.bench.process import Block, SlowWorkerError, WorkerError, WorkerProcess
from tinynn.bench.reference import reference_losses
from tinynn.bench.workloads import Workload

MIN_BLOCKS = 7  # fewer make no median
# Before each block. Threads that have run out of work look for more for a while before they sleep, OpenBLAS's
# for 2**26 cycles: they would do so in the next side's block, on its cores.
REST = 0.06  # seconds
RTOL = 1e-3  # of the losses: float32 against float64 after some tens of steps stays under 1e-5


@dataclass(frozen=True)
class Settings:
    """How to measure; `block_seconds` is the length of one block of one side, `limit` the seconds that one

    side may take in all, and `budget` those of the rounds: where it is short there are fewer of them, but
    never fewer than seven.

    On a busy machine many short blocks tell more than a few long ones, of which none goes undisturbed;
    shorter than the default they would be unfair to frameworks that hand work to threads of their own.
    """

    threads: int = 1
    blocks: int = 15
    block_seconds: float = 0.05
    limit: float = 60.0
    budget: float = math.inf
    specs: tuple[PeerSpec, ...] = tuple(PEERS.values())


@dataclass
class Outcome:
    """What became of one side: `blocks` in microseconds a step, or the `problem` that kept it from them.

    `status` is "measured", "absent", "unsuited", "failed", "invalid" or "slow"; `losses` are those before and
    after the steps of the check; `cpu` is the processor time of each block, all threads together, in
    microseconds a step: over wall clock it tells how many cores a side really used; `peak_mb` is the most
    memory its process has held.
    """

    name: str
    status: str = "measured"
    problem: str = ""
    version: str = ""
    losses: tuple[float, float] | None = None
    blocks: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_mb: float = math.nan

    def drop(self, status: str, problem: str) -> None:
        """It is not timed, and this is why."""
        self.status, self.problem = status, problem

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
        """The peers that were measured: without the subject, and other ways to run it ("tinynn-...")."""
        return {n: o for n, o in self.outcomes.items() if o.blocks and n.partition("-")[0] != SUBJECT}

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
    log(f"{workload.name} {workload.title}, {settings.threads} thread{'s' * (settings.threads > 1)}")
    if any(not spec.missing() and not spec.unsuited(workload) for spec in settings.specs):
        reference_losses(workload)  # before anybody else computes: it takes a while, and is kept
    running: dict[str, Running] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool, ExitStack() as stack:  # nothing is timed yet

        def admit(spec: PeerSpec) -> Running | None:
            return _admit(spec, workload, settings, outcomes[spec.name], stack)

        for spec, side in zip(settings.specs, pool.map(admit, settings.specs), strict=True):
            if side is not None:
                running[spec.name] = side
        foreign = _time(running, outcomes, settings)
    for outcome in outcomes.values():
        if outcome.status in ("failed", "invalid", "slow"):
            log(f"  {outcome.name}: {outcome.status}, {outcome.problem}")
    return Measurement(workload, settings.threads, outcomes, foreign)


@dataclass
class Running:
    """A worker that computes the right thing, the seconds it has used, steps and seconds of a block."""

    worker: WorkerProcess
    used: float
    steps: int = 1
    block: float = 0.0


def _admit(
    spec: PeerSpec, workload: Workload, settings: Settings, outcome: Outcome, stack: ExitStack
) -> Running | None:
    """A worker that is there and computes the right thing, or None with the reason in `outcome`.

    The stack ends it.
    """
    for status, why in (("absent", spec.missing()), ("unsuited", spec.unsuited(workload))):
        if why:
            outcome.drop(status, why)
            return None
    begin, worker = time.monotonic(), None
    try:
        worker = WorkerProcess(spec.target, workload.name, settings.threads, settings.limit)
        stack.callback(worker.stop)
        outcome.version = worker.version
        outcome.losses = worker.run(1).loss, worker.run(workload.check_steps).loss
        wrong = disagreement(outcome.losses, reference_losses(workload))
        if wrong:
            outcome.drop("invalid", wrong)
    except SlowWorkerError:
        outcome.drop("slow", f"needed more than {settings.limit:.0f} s to start and to compute the check")
    except WorkerError as error:
        outcome.drop("failed", str(error))
    if worker is not None and not outcome.problem:
        return Running(worker, time.monotonic() - begin)
    if worker is not None:
        worker.stop()
    return None


def disagreement(losses: tuple[float, float], reference: tuple[float, float]) -> str:
    """How the losses before and after the check's steps differ from the reference; "" where they agree."""
    for when, got, needed in zip(
        ("before the first step", "after the check"), losses, reference, strict=True
    ):
        if not math.isclose(got, needed, rel_tol=RTOL):  # NaN is close to nothing
            return f"loss {when} is {got:.6g}; the float64 reference has {needed:.6g}"
    return ""


def _time(running: dict[str, Running], outcomes: dict[str, Outcome], settings: Settings) -> float | None:
    """Fill in the blocks, the sides taking turns; the order rotates, so that none always follows the same.

    Returns how many cores others kept busy.
    """
    for name, side in list(running.items()):
        _calibrate(side, outcomes[name], settings)
        if outcomes[name].problem:
            running.pop(name).worker.stop()
    taken: dict[str, list[Block]] = {name: [] for name in running}
    own, busy, begin = 0.0, busy_seconds(), time.perf_counter()
    for round_ in range(_rounds(running, settings)):
        names = list(running)
        shift = round_ % max(len(names), 1)
        for name in names[shift:] + names[:shift]:
            side = running[name]
            time.sleep(REST)
            try:
                warm = side.worker.run(max(1, side.steps // 20))  # caches and sleeping threads come back
                block = side.worker.run(side.steps)
            except WorkerError as error:
                outcomes[name].drop("failed", str(error))
                del running[name], taken[name]
                continue
            own += warm.cpu + block.cpu
            taken[name].append(block)
    elapsed, after = time.perf_counter() - begin, busy_seconds()
    for name, blocks in taken.items():
        outcomes[name].blocks = [1e6 * block.seconds / running[name].steps for block in blocks]
        outcomes[name].cpu = [1e6 * block.cpu / running[name].steps for block in blocks]
        outcomes[name].peak_mb = blocks[-1].peak_mb
    return None if busy is None or after is None else max(0.0, (after - busy - own) / elapsed)


def _rounds(running: dict[str, Running], settings: Settings) -> int:
    """As many as the budget allows."""
    seconds = sum(side.block + REST for side in running.values())
    affordable = settings.budget / seconds if seconds else math.inf
    return int(min(settings.blocks, max(MIN_BLOCKS, affordable)))


def _calibrate(side: Running, outcome: Outcome, settings: Settings) -> None:
    """Find out how many steps a block has: more and more, until it can be told how long one takes."""
    begin, steps = time.monotonic(), 1
    side.worker.grant(settings.limit - side.used)
    try:
        while True:
            side.worker.run(steps)  # jax-scan compiles for each new number of steps: the first is not timed
            seconds = side.worker.run(steps).seconds
            if seconds > settings.block_seconds / 2:
                break
            steps *= 2 if seconds > settings.block_seconds / 20 else 10
        side.steps = max(1, round(steps * settings.block_seconds / seconds))
        warm = max(1, side.steps // 20)
        side.worker.run(warm)
        side.worker.run(side.steps)
    except SlowWorkerError:
        outcome.drop("slow", f"needed more than {settings.limit:.0f} s")
        return
    except WorkerError as error:
        outcome.drop("failed", str(error))
        return
    side.block = (side.steps + warm) * seconds / steps
    needed = side.block * min(MIN_BLOCKS, settings.blocks)
    if side.used + (time.monotonic() - begin) + needed > settings.limit:
        outcome.drop("slow", f"needs more than {settings.limit:.0f} s, {seconds / steps:.3g} s a step")
    side.worker.grant(settings.limit + 10 * side.block * settings.blocks)


def quartiles(values: Iterable[float]) -> tuple[float, float]:
    """The lower and the upper quartile; NaN of nothing."""
    kept = list(values)
    if len(kept) < 2:
        return (kept[0], kept[0]) if kept else (math.nan, math.nan)
    low, _, high = quantiles(kept, n=4, method="inclusive")
    return low, high
