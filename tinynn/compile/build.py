"""build: from a Task to a Program that has been seen to do the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinynn.autograd import Array
from tinynn.compile.check import Numbers
from tinynn.compile.compare import Varied, merge
from tinynn.compile.passes import optimised
from tinynn.compile.program import Buffer, Call, Place, Program
from tinynn.compile.replay import Replay
from tinynn.compile.snapshot import another, plain_attributes_kept
from tinynn.compile.trial import Outcome, Task
from tinynn.errors import CompileError
from tinynn.random import set_apart

LABELS = {
    "labels": "c",
    "index": "rows",
}  # parameters that name rows, and the one that says how many there are
# What tells the two records apart. No seed that somebody chose is likely to be one of these.
VARIED = (  # lr, how far the count of steps is ahead, seed and place of the random streams
    (0.01234567, 1, 0x7A31_5C0F_FEE1_2300, 0),
    (0.02345678, 7, 0x7A31_5C0F_FEE1_5600, 1 << 33),
)


def build(
    task: Task,
    inputs: Sequence[Array],
    others: Callable[[Outcome], Sequence[Array]],
    *,
    optimize: bool = False,
) -> Replay:
    """Run the step twice, on `inputs` and on `others`, and make a program of what both have in common.

    The program is replayed on the second numbers and must give every bit that the step itself gave. With
    `optimize`, passes rewrite it then, and what they made must give the same up to rounding. Weights,
    optimiser and random state are left as they were.

    Raises
    ------
    CompileError
    """
    changing = task.changing
    holders = [*changing.model.modules(), changing.optimizer, task.loss]
    # The default stream is everybody's, and other threads draw on.
    with set_apart(changing.streams), plain_attributes_kept(*holders):
        restore = changing.save()
        try:
            return _build(task, inputs, others, optimize)
        finally:
            restore()


def _build(
    task: Task, inputs: Sequence[Array], others: Callable[[Outcome], Sequence[Array]], optimize: bool
) -> Replay:
    changing = task.changing
    steps, streams = changing.optimizer.steps, range(len(changing.streams))
    varied = [
        Varied(lr, steps + step, tuple((seed + i, offset) for i in streams))
        for lr, step, seed, offset in VARIED
    ]
    counted = [counter.copy() for counter in changing.counters]
    readings = task.readings()
    first = task.run(inputs, varied[0])
    moved = [counter - old for counter, old in zip(changing.counters, counted, strict=True)]
    changing.disturb()
    start = changing.save()
    other = others(first.outcome)
    second = task.run(other, varied[1])
    if name := another(readings, task.readings()):
        raise CompileError(
            f"compile: the step changes {name} in Python, which a replay does not; try a buffer that kernels "
            "change (register_buffer), or train without compile"
        )
    calls, buffers = merge(first.record, second.record, (varied[0], varied[1]), task.known(inputs)[1])
    if first.outcome != second.outcome:
        raise CompileError("compile: which arrays or random numbers the step uses depends on its values")
    named = tuple(i for i, buffer in enumerate(buffers) if buffer.kind == "input")
    outcome = first.outcome
    program = Program(calls, buffers, named, outcome.loss, outcome.prediction, list(outcome.guards))
    if task.careful:
        keep_buffers(program)
    limit_labels(program)
    replay = Replay(program, task, outcome, moved)
    start()
    before = Numbers.of(replay)
    varied[1].impose(changing)
    replay.run(other)
    if [*changing.bits(), replay.loss.tobytes()] != second.after:
        raise CompileError(
            "compile: the recorded step does not give what the step itself gave; something in it changes "
            "arrays by NumPy; try the functions of tinynn.functional, or train without compile"
        )
    better, applied = optimised(program) if optimize else (program, [])
    if applied:
        plain, replay = Numbers.of(replay), Replay(better, task, outcome, moved, applied)
        start()
        varied[1].impose(changing)
        replay.run(other)
        plain.expect(Numbers.of(replay), before)
    replay.guard()
    return replay


def limit_labels(program: Program) -> None:
    """Say of what kernels take as labels how large these may be: a replay asks nobody else.

    Labels that were gathered from a given array are as good as that array.
    """
    source: dict[int, int] = {}
    for call in program.calls:
        if call.kernel == "gather_rows":
            source[call.arguments["y"].buffer] = call.arguments["x"].buffer
        for parameter, place in call.places():
            if parameter.type == "const std::int64_t*" and parameter.name in LABELS:
                buffer = program.buffers[source.get(place.buffer, place.buffer)]
                if buffer.kind != "temporary":
                    limit = call.arguments[LABELS[parameter.name]]
                    buffer.label_limit = min(limit, buffer.label_limit or limit)


def keep_buffers(program: Program) -> None:
    """Begin with a copy of the running statistics, to go back to where a guard stops the step."""
    written = set().union(*(call.writes() for call in program.calls))
    for i in [i for i in sorted(written) if program.buffers[i].kind == "buffer"]:
        array = program.buffers[i].array
        assert array is not None
        copy = len(program.buffers)
        program.buffers.append(Buffer("temporary", f"old {program.buffers[i].name}", array.nbytes))
        sizes = {"ndim": 1, "shape": (array.size,), "stride_x": (1,), "stride_y": (1,)}
        arguments = {"x": Place(i), "y": Place(copy), **sizes}
        program.calls.insert(0, Call("copy", array.dtype.name, arguments, "data"))
        program.kept.append((i, copy))
