"""Replay: a Program that runs, and the bookkeeping that goes with every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynn.autograd import Array
from tinynn.backends import native, native_alone
from tinynn.compile.arena import lay_out
from tinynn.compile.compare import flat
from tinynn.compile.program import Number, Place, Program, catalogue
from tinynn.compile.snapshot import Watch
from tinynn.errors import ArgumentError, GraphError

if TYPE_CHECKING:
    from tinynn.compile.passes import Applied
    from tinynn.compile.trial import Outcome, Task


class Replay:
    """A program with its memory.

    Attributes
    ----------
    program : Program
    arena : Arena
    passes : sequence of Applied
        What rewrote the program, in order.
    loss, prediction : arrays
        Of the latest step, in the arena: the next step writes over them.
    outcome : Outcome
    moved : list of arrays
        What a step adds to each integer that modules keep.
    """

    def __init__(
        self,
        program: Program,
        task: Task,
        outcome: Outcome,
        moved: list[Array],
        passes: Sequence[Applied] = (),
    ) -> None:
        self.program, self.arena, self.passes = program, lay_out(program), tuple(passes)
        self.task, self.changing, self.outcome, self.moved = task, task.changing, outcome, moved
        self.memory = self.arena.allocate()
        self._watch = Watch(task.changing, task.readings)
        self._number = {i: 1 + n for n, i in enumerate(self._given())}
        self._numbers = program.numbers()
        self.native = self._made([])
        shape, strides, dtype = outcome.form
        self.prediction = self._view(program.prediction, shape, strides, dtype)
        loss_dtype = next(c.dtype for c in program.calls if program.loss.buffer in c.writes())
        self.loss = self._view(program.loss, (), (), loss_dtype)

    def _given(self) -> list[int]:
        return [i for i, buffer in enumerate(self.program.buffers) if buffer.array is not None]

    def _view(self, place: Place, shape: Any, strides: Any, dtype: Any) -> Array:
        """Some temporary array as NumPy sees it."""
        return np.ndarray(shape, dtype, self.memory.data, self.place(place)[1], strides)

    def place(self, place: Place) -> tuple[int, int]:
        """Where it is for C++: which array, and how many bytes into it. The arena is array 0."""
        if place.buffer in self._number:
            return self._number[place.buffer], place.offset
        return 0, self.arena.offsets[place.buffer] + place.offset

    def guard(self) -> None:
        """From now on stop where a number that the program guards is not finite."""
        program = self.program
        self.native = self._made(sorted((program.last_write(p), *self.place(p)) for p in program.guards))

    def _made(self, guards: list[tuple[int, int, int]]) -> Any:
        program = self.program
        arrays = [self.memory, *(flat(program.buffers[i].array) for i in self._given())]  # type: ignore[arg-type]
        calls = calls_for(program, self.place)
        inputs = [(self._number[i], program.buffers[i].label_limit or 0) for i in program.inputs]
        labels = [(self._number[i], limit) for i, limit in program.constant_labels()]
        return native.module().Program(calls, arrays, inputs, labels, list(self._numbers.values()), guards)

    def run(self, inputs: Sequence[Array]) -> bool:
        """Take one step; False where a guard stopped it, and everything is as before.

        The inputs are contiguous and of the program's shapes and dtypes.

        Raises
        ------
        GraphError
            It is no longer the step that was recorded, or it runs in another thread.
        ArgumentError
            Labels that are none.
        """
        self._check(self._watch.changed_at_a_glance())
        calls = len(self.program.calls)
        if self._alone(self.native.run, tuple(inputs), self.numbers(), 0, calls) < calls:
            self._undo()
            return False
        self._count(1)
        return True

    def run_steps(
        self,
        inputs: Sequence[Array],
        strides: Sequence[int],
        rates: Sequence[float],
        seconds: float,
        *,
        predictions: bool = True,
    ) -> tuple[Array, Array, bool]:
        """Take a step for every rate, or as many as there is time for.

        Parameters
        ----------
        inputs : arrays
            Step i takes what lies at i times the stride (in bytes) of each.
        strides, rates, seconds
        predictions : bool
            Whether to keep those of every step.

        Returns
        -------
        losses : (steps done,)
        predictions : (steps done, ...), or (0, ...) where they are not kept
        stopped : bool
            Whether a guard stopped the step after these; of that one nothing is left.
        """
        self._check(self._watch.changed())
        steps = len(rates)
        places = {"loss": self.loss} | ({"prediction": self.prediction} if predictions else {})
        rows = {name: np.empty((steps, max(a.nbytes, _reach(a))), np.uint8) for name, a in places.items()}
        kept = [(*self.place(getattr(self.program, name)), rows[name]) for name in places]
        try:
            done, stopped = self._alone(
                self.native.run_steps, tuple(inputs), list(strides), self._table(rates), kept, seconds
            )
        except GraphError:  # the steps done are another thread's
            raise
        except BaseException:
            self._count(self.native.steps_done)
            raise
        self._count(done)
        if stopped:
            self._undo()
        shape, step, dtype = self.outcome.form
        losses, row = rows["loss"].view(self.loss.dtype)[:done, 0], rows.get("prediction")
        if row is None:
            return losses, np.empty((0, *shape), dtype), stopped
        return losses, np.ndarray((done, *shape), dtype, row.data, 0, (row.shape[1], *step)), stopped

    def numbers(self) -> list[Any]:
        """What the next step is given: rate, count, places in the random streams."""
        optimizer, streams = self.changing.optimizer, self.changing.streams
        found: list[Any] = []
        for source in self._numbers:
            if source == "lr":
                found.append(optimizer.lr)
            elif source == "step":
                found.append(optimizer.steps + 1)
            else:
                stream = streams[source[1]]
                found.append(stream.seed if source[0] == "seed" else (stream.offset + source[2]) % 2**64)
        return found

    def _table(self, rates: Sequence[float]) -> Array:
        """The numbers of many steps, a row each."""
        steps = np.arange(len(rates), dtype=np.uint64)
        table = np.empty((len(rates), len(self._numbers)), np.uint64)
        for column, (source, first) in enumerate(zip(self._numbers, self.numbers(), strict=True)):
            if source == "lr":
                table[:, column] = np.asarray(rates, np.float64).view(np.uint64)
            elif source == "step":
                table[:, column] = first + steps
            else:
                each = self.outcome.drawn[source[1]] if source[0] == "offset" else 0
                table[:, column] = np.uint64(first) + steps * np.uint64(each)
        return table

    def _check(self, changed: str) -> None:
        if changed:
            raise GraphError(
                f"compile: {changed} is not what it was when the step was compiled; try another compile; "
                "weights may be changed in place: parameter.data[...] = array"
            )
        if not native_alone():
            raise GraphError(
                "compile: use_backend or use_kernel is in force; a compiled step calls the native kernels; "
                "try the loop by hand"
            )

    @staticmethod
    def _alone(run: Callable[..., Any], *arguments: Any) -> Any:
        """What a run of the program returns; it has one memory, so that only one can be under way."""
        try:
            return run(*arguments)
        except RuntimeError as error:
            raise GraphError(
                "compile: this step is running in another thread; needed one thread at a time; "
                "try a model and a tn.compile for each"
            ) from error
        except ValueError as error:
            raise ArgumentError(f"compile: {str(error).removeprefix('Program: ')}") from error

    def _count(self, steps: int) -> None:
        """What steps change that is no kernel's: the count, the random streams, the counters of modules."""
        self.changing.optimizer.steps += steps
        for stream, count in zip(self.changing.streams, self.outcome.drawn, strict=True):
            stream.reserve(count * steps)
        for counter, more in zip(self.changing.counters, self.moved, strict=True):
            counter += more * steps

    def _undo(self) -> None:
        """Put the running statistics back."""
        for buffer, copy in self.program.kept:
            array = self.program.buffers[buffer].array
            assert array is not None
            flat(array)[...] = self._view(Place(copy), (array.size,), (array.itemsize,), array.dtype)


def calls_for(program: Program, where: Callable[[Place], tuple[int, int]]) -> list[Any]:
    """The calls for C++: (kernel, dtype, arguments), arrays as `where` says."""
    calls = []
    for call in program.calls:
        arguments = []
        for parameter in catalogue()[call.kernel]:
            value = call.arguments[parameter.name]
            if isinstance(value, Place):
                value = where(value)
            if parameter.is_list_of_arrays:
                value = [place and where(place) for place in value]
            arguments.append(0 if isinstance(value, Number) else value)  # it is put in before each step
        calls.append((call.kernel, call.dtype, arguments))
    return calls


def _reach(array: Array) -> int:
    """The bytes from its first element to its last, its own included."""
    low, high = np.lib.array_utils.byte_bounds(array)
    return high - low
