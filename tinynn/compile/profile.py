"""step.profile(): how long each call takes, and how far that is from what this machine can do."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from tinynn.backends import get_num_threads
from tinynn.compile.explain import Line, explained, short, table
from tinynn.compile.replay import Replay
from tinynn.compile.roofline import Roofline, measured
from tinynn.errors import ArgumentError

LONG = 0.2  # seconds that the repetitions of one call may take
HEADS = ("us", "GFLOP/s", "GB/s", "of roof")


@dataclass(frozen=True)
class Timing:
    """One call, timed.

    Attributes
    ----------
    line : Line
    seconds : float
        The median of the repetitions. What a call needs lies in the nearest cache that it fits into.
    roof : float
        The least that it could take: see roofline.py.
    """

    line: Line
    seconds: float
    roof: float

    @property
    def flops(self) -> float:
        """FLOP/s."""
        return self.line.flops / self.seconds

    @property
    def bandwidth(self) -> float:
        """Bytes/s."""
        return self.line.bytes / self.seconds

    @property
    def gap(self) -> float:
        """Seconds above the roof: what there is to gain."""
        return self.seconds - self.roof


@dataclass(frozen=True)
class Profile:
    """Every call of a step, timed; print it.

    Attributes
    ----------
    timings : list of Timing
    roofline : Roofline
    """

    timings: list[Timing]
    roofline: Roofline

    @property
    def seconds(self) -> float:
        """Of all calls."""
        return sum(timing.seconds for timing in self.timings)

    @property
    def largest_gap(self) -> Timing:
        """The call with most to gain."""
        return max(self.timings, key=lambda timing: timing.gap)

    def __str__(self) -> str:
        rows = [
            (
                microseconds(t.seconds),
                f"{t.flops / 1e9:.1f}",
                f"{t.bandwidth / 1e9:.1f}",
                percent(t.roof, t.seconds),
            )
            for t in self.timings
        ]
        roof, gap = self.roofline, self.largest_gap
        least = sum(timing.roof for timing in self.timings)
        small, large = min(roof.bandwidths), max(roof.bandwidths)
        busy = any(t.roof > 1.1 * t.seconds for t in self.timings)
        return (
            f"{table([t.line for t in self.timings], HEADS, rows)}\n\n"
            f"{1e6 * self.seconds:.1f} us in all, {percent(least, self.seconds)} of the roof's speed; "
            f"threads: {roof.threads}\n"
            f"roof: {short(roof.flops)}FLOP/s; {short(roof.bandwidths[small])}B/s from {short(small)}B, "
            f"{short(roof.bandwidths[large])}B/s from {short(large)}B\n"
            f"the largest gap: {gap.line.kernel}, call {gap.line.number}: {1e6 * gap.gap:.1f} us above the "
            f"roof, {percent(gap.gap, self.seconds)} of the step"
            + "\na call is above the roof: the machine was busy while one of them was measured; try again"
            * busy
        )

    def as_json(self) -> dict[str, Any]:
        """The same as plain numbers."""
        return {
            "threads": self.roofline.threads,
            "seconds": self.seconds,
            "times": [
                {"number": t.line.number, "seconds": t.seconds, "roof_seconds": t.roof,
                 "flops_per_second": t.flops, "bytes_per_second": t.bandwidth}
                for t in self.timings
            ],
            "roofline": {
                "flops_per_second": self.roofline.flops,
                "bytes_per_second": {str(size): rate for size, rate in self.roofline.bandwidths.items()},
            },
            "largest_gap": self.largest_gap.line.number,
        }  # fmt: skip


def profiled(replay: Replay, repeat: int) -> Profile:
    """Time every call at most `repeat` times, and no longer than LONG; then put everything back.

    Raises
    ------
    ArgumentError
    """
    if isinstance(repeat, bool) or not isinstance(repeat, (int, np.integer)) or repeat < 1:
        raise ArgumentError(f"profile: repeat is {repeat!r}; needed a positive integer; try 50")
    program, roof, timings = replay.program, measured(get_num_threads()), []
    inputs = [program.buffers[i].array for i in program.inputs]
    numbers, restore, memory = replay.numbers(), replay.changing.save(), replay.memory.copy()
    try:
        replay.native.run(inputs, numbers, 0, len(program.calls))  # every call finds what it needs
        for line, call in zip(explained(program), program.calls, strict=True):
            (first,) = replay.native.times(inputs, numbers, line.number, 1)
            count = max(min(repeat, int(LONG / max(first, 1e-9))), 1)
            times = replay.native.times(inputs, numbers, line.number, count)
            seconds = max(median(times), 1e-9)  # a clock may stand still
            timings.append(Timing(line, seconds, roof.seconds(line.flops, line.bytes, call.dtype)))
    finally:
        replay.memory[...] = memory
        restore()
    return Profile(timings, roof)


def microseconds(seconds: float) -> str:
    """ "491", "57.3", "0.04": three digits, and no more than two behind the point."""
    us = 1e6 * seconds
    return f"{us:.{2 if us < 9.995 else 1 if us < 99.95 else 0}f}"


def percent(part: float, whole: float) -> str:
    """ "12 %"."""
    return f"{100 * part / whole:.0f} %"
