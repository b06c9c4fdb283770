"""bench: the learner's kernel on the clock, beside the naive C++, tinynn's own kernel and the roofline.

All sides get the same numbers, new ones for every call of every round, and take turns within each round.
The clock is ours and stands outside of the submission's process: what a submission does to its own clock
changes nothing. After a round the arrays are closed to writing, fetched and compared with what tinynn gives
in float64, so that a result that is remembered, or comes later, is a wrong one; inputs have to be as they
were. How exact a kernel is has been checked before; here it is enough to tell a result from none.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from tinynn import viz
from tinynn.backends import get_num_threads, rung, set_num_threads
from tinynn.compile.roofline import measured
from tinynn.errors import ArgumentError
from tinynn.workshop.battery import Outcome, Trial, fill
from tinynn.workshop.compilers import cpp_compiler
from tinynn.workshop.contract import Array, Exercise
from tinynn.workshop.crashes import explain
from tinynn.workshop.folder import Folder
from tinynn.workshop.judge import Report, check_source, ready
from tinynn.workshop.load import naive, practice
from tinynn.workshop.practice import Practice
from tinynn.workshop.sandbox import Sandbox, Stopped

DTYPE = "float32"
YOURS, NAIVE, OURS, ROOF = "yours", "naive C++", "tinynn", "roofline"
MOST_BYTES = 32 << 20  # of all calls of a round together
MOST_CALLS = 64
CLOSE = 1e-3  # of a number and the mean size of its array: far from every rounding, farther from a cheat
BATCH = 0.03  # seconds that one side is timed for in a round
FIGURE = "bench.png"
Side = Callable[[list[Trial]], tuple[float, list[Outcome]]]  # seconds of a call, and what it left


@dataclass
class Timed:
    """What `tinynn workshop bench` says; times are of one call.

    Attributes
    ----------
    passed : bool
        Whether the kernel is right, in its check and in every timed call.
    microseconds : {side: time}
        yours, "naive C++", tinynn, roofline; a side that is not there on this machine is missing.
    ratio : {side: number}
        How many times faster yours is; below 1 it is slower.
    """

    exercise: str
    language: str
    function: str
    sizes: dict[str, int]
    seed: int
    threads: int
    rounds: int
    dtype: str = DTYPE
    passed: bool = False
    microseconds: dict[str, float] = field(default_factory=dict)
    ratio: dict[str, float] = field(default_factory=dict)
    gflops: float | None = None
    mistake: str | None = None
    figure: str | None = None
    not_contained: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Boxed:
    """A side that runs in a sandbox."""

    def __init__(self, box: Sandbox) -> None:
        self.box, self.seconds = box, 0.0

    def __call__(self, trials: list[Trial]) -> tuple[float, list[Outcome]]:
        """Lay out, run, fetch. As many calls as the time of a batch allows, by the round before."""
        few = trials[:2] if not self.seconds else trials[: calls_for(self.seconds, len(trials))]
        for place, trial in enumerate(few):
            self.box.hold(place, trial)
        empty = min(self.box.run(0) for _ in range(3))
        self.seconds = max(self.box.run(len(few)) - empty, 1e-9) / len(few)
        return self.seconds, [self.box.give(place, trial) for place, trial in enumerate(few)]


class Ours:
    """tinynn's own kernel, in this process."""

    def __init__(self, exercise: Exercise, taken: Practice) -> None:
        self.exercise, self.taken = exercise, taken
        self.kernels = rung("native") or rung("numpy")
        self.seconds = 0.0

    def __call__(self, trials: list[Trial]) -> tuple[float, list[Outcome]]:
        few = trials[:2] if not self.seconds else trials[: calls_for(self.seconds, len(trials))]
        copies = [{name: a.copy() for name, a in trial.arrays.items()} for trial in few]
        calls = [
            [*(c[a.name] for a in self.exercise.arrays), *(t.numbers[a.name] for a in self.exercise.numbers)]
            for c, t in zip(copies, few, strict=True)
        ]
        assert self.taken.ours is not None
        began = perf_counter()
        for arguments in calls:
            self.taken.ours(self.kernels, *arguments)
        self.seconds = max(perf_counter() - began, 1e-9) / len(few)
        return self.seconds, [Outcome(t, c) for t, c in zip(few, copies, strict=True)]


def calls_for(seconds: float, most: int) -> int:
    """How many calls fill the time of a batch."""
    return int(np.clip(BATCH / seconds, 2, most))


def bench(folder: Folder, *, seed: int, rounds: int = 7, out: Path | None = None, **sandbox: Any) -> Timed:
    """Put the kernel of a folder on the clock; a wrong one is not timed.

    Raises
    ------
    ArgumentError
        The exercise is not timed.
    BackendError
        The compiler is missing.
    """
    exercise, taken = folder.exercise, practice(folder.exercise)
    if taken.ours is None:
        raise ArgumentError(f"workshop: {exercise.name} is not timed: nothing in it is worth being fast")
    sandbox = {"hide": (str(folder.path.resolve()),), **sandbox}
    text = folder.text()
    found = Timed(
        exercise.name,
        folder.language,
        exercise.function,
        dict(taken.sizes),
        seed,
        exercise.threads + 1,
        rounds,
    )
    checked: Report = check_source(exercise, folder.language, text, seed, **sandbox)
    found.not_contained = checked.not_contained
    if not checked.passed:
        found.mistake = f"it is not right yet, and so not timed: {checked.mistake}"
        return found
    before = get_num_threads()
    set_num_threads(found.threads)
    try:
        with ExitStack() as stack:
            sides: dict[str, Side] = {YOURS: boxed(stack, exercise, folder.language, text, sandbox)}
            if cpp_compiler() is not None:
                sides[NAIVE] = boxed(stack, exercise, "cpp", naive(exercise), sandbox)
            sides[OURS] = Ours(exercise, taken)
            take_turns(found, exercise, taken, sides)
    except Stopped as stop:
        found.mistake = explain(stop, [])[0]
    finally:
        set_num_threads(before)
    if found.mistake is None:
        found.passed = True
        found.figure = str(draw(found, out or folder.path))
    return found


def boxed(stack: ExitStack, exercise: Exercise, language: str, text: str, options: dict[str, Any]) -> Boxed:
    """A sandbox that is built and loaded."""
    box = stack.enter_context(
        Sandbox(exercise, language, text, **{"seconds": 600.0, "optimise": True, **options})
    )
    ready(box)
    return Boxed(box)


def take_turns(found: Timed, exercise: Exercise, taken: Practice, sides: dict[str, Side]) -> None:
    """All rounds; the first only warms up. Enters the medians, or what was wrong."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    rng = np.random.default_rng(found.seed)
    first = drawn(exercise, taken, rng)
    nbytes = sum(a.nbytes for a in first.arrays.values())
    count = int(np.clip(MOST_BYTES // nbytes, 4, MOST_CALLS))
    order = list(sides)
    for turn in range(found.rounds + 1):
        trials = [drawn(exercise, taken, rng) for _ in range(count if turn else 2)]
        expected = [expectation(exercise, taken, trial) for trial in trials]
        for name in order[turn % len(order) :] + order[: turn % len(order)]:
            seconds, outcomes = sides[name](trials)
            for outcome, want in zip(outcomes, expected, strict=False):
                if wrong := differences(exercise, outcome, want):
                    found.mistake = f"{name}: in a timed call {wrong}"
                    return
            times[name] += [seconds] if turn else []
    enter(found, taken, times, nbytes, count)


def drawn(exercise: Exercise, taken: Practice, rng: np.random.Generator) -> Trial:
    """New numbers for one timed call."""
    sizes = dict(taken.sizes)
    values = exercise.draw(sizes, int(rng.integers(2**62)), DTYPE)
    numbers = {a.name: taken.numbers.get(a.name, values.pop(a.name, None)) for a in exercise.numbers}
    values = {a.name: values[a.name] for a in exercise.arrays if a.role != "write"}
    values |= fill(exercise, sizes, DTYPE, rng, finite=False)
    return Trial("bench", "a timed call", DTYPE, sizes, values, numbers, "end")


def expectation(exercise: Exercise, taken: Practice, trial: Trial) -> dict[str, Array]:
    """The arrays after tinynn's own kernel in float64."""
    wide = {n: a.astype(np.float64) if a.dtype.kind == "f" else a.copy() for n, a in trial.arrays.items()}
    numbers = [trial.numbers[a.name] for a in exercise.numbers]
    assert taken.ours is not None
    taken.ours(rung("native") or rung("numpy"), *(wide[a.name] for a in exercise.arrays), *numbers)
    return wide


def differences(exercise: Exercise, outcome: Outcome, want: dict[str, Array]) -> str:
    """What is wrong after a timed call; "" where nothing is."""
    for a in exercise.arrays:
        got = outcome.after[a.name]
        if a.role == "read":
            if got.tobytes() != outcome.trial.arrays[a.name].tobytes():
                return f"the input {a.name} was changed"
        else:
            near = CLOSE * (np.abs(want[a.name]) + np.abs(want[a.name]).mean())
            if not (np.abs(got - want[a.name]) <= near).all():
                return f"{a.name} is not the right answer"
    return ""


def enter(found: Timed, taken: Practice, times: dict[str, list[float]], nbytes: int, count: int) -> None:
    """Medians over the rounds; ratios within a round, and of these the median."""
    flops = taken.flops(**taken.sizes)
    middle = {name: median(of) for name, of in times.items()}
    ratio = {
        name: median(other / own for other, own in zip(of, times[YOURS], strict=True))
        for name, of in times.items()
        if name != YOURS
    }
    if rung("native"):
        roof = measured(found.threads)
        middle[ROOF] = max(flops / roof.flops, nbytes / roof.bandwidth(nbytes * count))
        ratio[ROOF] = middle[ROOF] / middle[YOURS]
    found.microseconds = {name: round(1e6 * t, 3) for name, t in middle.items()}
    found.ratio = {name: round(r, 4) for name, r in ratio.items()}
    found.gflops = round(flops / middle[YOURS] / 1e9, 3)


def draw(found: Timed, out: Path) -> Path:
    """The bars as a figure."""
    lengths = ", ".join(f"{letter} = {n}" for letter, n in found.sizes.items())
    title = f"{found.function}: one call, {found.dtype}, {lengths}"
    out.mkdir(parents=True, exist_ok=True)
    viz.save(viz.time_bars(found.microseconds, first=YOURS, title=title), out / FIGURE)
    return out / FIGURE
