"""EnsembleStep: the training step of one net, for all nets of an ensemble.

The step is recorded for the first net and for the last. Both must give the same program: whatever differs
between two nets must be a weight or a state, which stand in the ensemble's rows. In C++, where
csrc/plan/ensemble.h runs it, the arguments that are arrays point into four homes:

    worker    temporary arrays, one arena for each thread
    weights   the row of the net that is being trained
    state     its row of the optimiser's state
    inputs    the examples, which all share

What changes from step to step is arithmetic there: the rates are a list, a counter (the number of the step, a
place in a random stream) is start + step * increment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.backends import get_num_threads, native
from tinynn.compile.arena import ALIGNMENT
from tinynn.compile.compare import flat
from tinynn.compile.ensemble import Ensemble, aligned_rows
from tinynn.compile.program import Place, Program
from tinynn.compile.replay import calls_for
from tinynn.compile.step import recorded
from tinynn.errors import ArgumentError, CompileError

WORKER, WEIGHTS, STATE, INPUT = range(4)
LOOK_AROUND = 0.1  # seconds of C++ at a time, after which Python sees to Ctrl-C


class EnsembleStep:
    """One step, for every net; made for batches like the example.

    Parameters
    ----------
    ensemble : Ensemble
    loss : callable (prediction, target) -> Tensor of one element
    optimizer : Optimizer
        Not bound to a model; the ensemble's own from now on.
    example : (x, y)

    Raises
    ------
    CompileError
        The step cannot be recorded, or the nets differ in more than weights and states.
    """

    def __init__(
        self, ensemble: Ensemble, loss: Callable[[Any, Any], Any], optimizer: Any, example: tuple[Any, Any]
    ) -> None:
        ensemble.bind(optimizer)
        self.ensemble = ensemble
        how = {"optimize": ensemble.optimize, "careful": not ensemble.optimize}
        first = recorded(ensemble.template, loss, optimizer, example, **how)
        other = ensemble[-1]
        for module, like in zip(other.modules(), ensemble.template.modules(), strict=True):
            module.training = like.training
        last = recorded(other, loss, ensemble.twin(), example, **how)
        _need_the_same(first.program, last.program)
        self.program, self._arena = first.program, first.arena
        ensemble.moved = first.moved
        self._drawn = np.array(first.outcome.drawn, np.uint64)
        self.limits = [self.program.buffers[i].label_limit for i in self.program.inputs]
        labels = self.program.constant_labels()
        self._labels = [(flat(self.program.buffers[i].array).view(np.int64), n) for i, n in labels]  # type: ignore[arg-type]
        self._build()

    def _build(self) -> None:
        program, ensemble = self.program, self.ensemble
        homes: dict[int, tuple[int, int]] = {}  # buffer -> (home, offset)
        constants: list[Array] = []
        inputs = [program.buffers[i].nbytes for i in program.inputs]
        for i, buffer in enumerate(program.buffers):
            if i in program.inputs:
                homes[i] = INPUT + program.inputs.index(i), 0
            elif buffer.array is None:
                homes[i] = WORKER, self._arena.offsets.get(i, 0)
            elif id(buffer.array) in ensemble.places:
                homes[i] = WEIGHTS, ensemble.places[id(buffer.array)]
            elif id(buffer.array) in ensemble.state_places:
                homes[i] = STATE, ensemble.state_places[id(buffer.array)]
            elif buffer.kind == "constant":
                homes[i] = INPUT + len(inputs) + len(constants), 0
                constants.append(flat(buffer.array))
            else:
                raise CompileError(
                    f"Ensemble: the model keeps {buffer.name} beside its parameters and buffers"
                )

        def place(at: Place) -> tuple[int, int]:
            home, offset = homes[at.buffer]
            return home, offset + at.offset

        gathered = np.cumsum([self._arena.nbytes] + [-(-n // ALIGNMENT) * ALIGNMENT for n in inputs])
        self._gathered, self._worker_bytes = gathered[:-1].tolist(), int(gathered[-1])
        sizes = [self._worker_bytes, ensemble.weights.shape[1], ensemble.states.shape[1], *inputs]
        numbers = program.numbers()
        rates = numbers.pop("lr", [])
        self._sources = list(numbers)
        guarded = [program.loss, *(g for g in program.guards if g != program.loss)]
        guards = [(program.last_write(g), place(g)[1]) for g in guarded]
        kept = [
            (homes[buffer][1], homes[copied][1], program.buffers[buffer].nbytes)
            for buffer, copied in program.kept
        ]
        self._native = native.module().Ensemble(
            calls_for(program, place), constants, sizes, list(numbers.values()), rates, guards, kept
        )

    def run(self, x: Array, y: Array, batch: int, rates: Array, order: Array | None = None) -> Array:
        """Take every net len(rates) steps on; Ctrl-C leaves each where it had come to.

        Parameters
        ----------
        x, y : (examples, ...)
            Step s takes the `batch` examples from number s * batch on, and begins again at the end.
        batch : int
        rates : (steps,)
        order : (n, steps * batch) int64, optional
            The numbers of the examples, for each net its own.

        Returns
        -------
        losses : (steps, n) float64
            Before the updates; NaN where a net has stopped.
        """
        nets, ensemble = len(self.ensemble), self.ensemble
        for labels, limit in [*zip((x, y), self.limits, strict=True), *self._labels]:
            if limit and labels.size and not (labels.min() >= 0 and labels.max() < limit):
                raise ArgumentError(
                    f"Ensemble: got labels {labels.min()}..{labels.max()}; needed 0..{limit - 1}"
                )
        memory = aligned_rows(get_num_threads(), self._worker_bytes)
        losses, done = np.full((len(rates), nets), np.nan), np.zeros(nets, np.int64)
        starts, increments = self._counters()
        inputs = np.ascontiguousarray(x), np.ascontiguousarray(y)
        rates = np.ascontiguousarray(rates, np.float64)
        try:
            while (done[~ensemble.stopped] < len(rates)).any():
                self._native.run(
                    [memory, ensemble.weights, ensemble.states], list(inputs), self._gathered, batch,
                    order, starts, increments, rates, losses, done, ensemble.stopped, LOOK_AROUND,
                )  # fmt: skip
        finally:
            ensemble.steps += done
            ensemble.streams[:, :, 1] += done.astype(np.uint64)[:, None] * self._drawn
        return losses

    def _counters(self) -> tuple[Array, Array]:
        """(n, counters) where each stands, and (counters,) how far it goes in a step."""
        ensemble, wide = self.ensemble, np.uint64
        starts = np.zeros((len(ensemble), len(self._sources)), wide)
        increments = np.zeros(len(self._sources), wide)
        for k, source in enumerate(self._sources):
            if source == "step":
                starts[:, k], increments[k] = ensemble.steps + 1, 1
            elif source[0] == "seed":
                starts[:, k] = ensemble.streams[:, source[1], 0]
            else:
                starts[:, k] = ensemble.streams[:, source[1], 1] + wide(source[2])
                increments[k] = self._drawn[source[1]]
        return starts, increments


def _need_the_same(first: Program, last: Program) -> None:
    """Two nets' programs, equal but for what stands in weights and states."""

    def compared(program: Program) -> list[Any]:
        calls = [(call.kernel, call.dtype, call.arguments) for call in program.calls]
        buffers = [
            (b.kind, b.nbytes, b.array.tobytes() if b.kind == "constant" and b.array is not None else b"")
            for b in program.buffers
        ]
        return [calls, buffers, program.loss]

    if compared(first) != compared(last):
        raise CompileError(
            "Ensemble: build_model gives nets that differ in more than parameters and buffers; needed every "
            "array that is drawn anew to be one; try nn.Parameter, or register_buffer"
        )
