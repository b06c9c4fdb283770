"""Task and Trial: what a training step is made of, and one run of it that was written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tinynn.autograd import Array
from tinynn.backends import kernels
from tinynn.compile.compare import Varied
from tinynn.compile.program import Buffer, Place
from tinynn.compile.record import Record, Recorder, root
from tinynn.compile.snapshot import Changing, readings
from tinynn.errors import CompileError, DtypeError, ShapeError
from tinynn.nn.utils import clip_grad_norm_
from tinynn.tensor import Tensor


def as_given(*inputs: Array) -> tuple[Array, Array]:
    """The batch itself."""
    x, y = inputs
    return x, y


@dataclass
class Task:
    """A step that is to be compiled.

    Attributes
    ----------
    changing : Changing
        The model and the optimiser.
    loss : callable (prediction, target) -> Tensor
    names : tuple of str
        Of its inputs.
    feed : callable (*inputs) -> (x, y)
        Makes the batch of the inputs: by default they are the batch.
    constants : dict
        Large arrays that `feed` reads and nobody writes, by name.
    careful : bool
        Stop before the update where the loss or a gradient is not finite.
    clip : float, optional
        The largest norm of all gradients together.
    """

    changing: Changing
    loss: Callable[[Any, Any], Any]
    names: tuple[str, ...] = ("x", "y")
    feed: Callable[..., tuple[Array, Array]] = as_given
    constants: dict[str, Array] | None = None
    careful: bool = False
    clip: float | None = None

    def known(self, inputs: Sequence[Array]) -> tuple[list[Array], list[Buffer]]:
        """The arrays that are known by name, and what they are to a program; the inputs last."""
        owners, buffers = self.changing.roots()
        given = dict(zip(self.names, inputs, strict=True))
        for kind, named in (("constant", self.constants or {}), ("input", given)):
            for name, array in named.items():
                owners.append(root(array))
                buffers.append(Buffer(kind, name, root(array).nbytes, root(array)))
        return owners, buffers

    def readings(self) -> dict[str, Any]:
        """See `snapshot.readings`."""
        return readings(self.changing.model, self.changing.optimizer, self.loss)

    def run(self, inputs: Sequence[Array], varied: Varied) -> Trial:
        """Take the step with these numbers, and write it down."""
        changing, optimizer = self.changing, self.changing.optimizer
        varied.impose(changing)
        changing.model.zero_grad()  # of weights that are not trained as well: nothing may add up
        recorder = Recorder(self.known(inputs)[0])
        with recorder.running():
            recorder.phase = "data"
            x, y = self.feed(*inputs)
            recorder.phase = "forward"
            prediction = changing.model(x)
            recorder.phase = "loss"
            cost = self.loss(prediction, y)
            if not isinstance(cost, Tensor) or not isinstance(prediction, Tensor):
                got = type(cost if isinstance(prediction, Tensor) else prediction).__name__
                raise DtypeError(f"compile: the model or the loss returned {got}; needed a Tensor")
            if cost.data.size != 1:
                raise ShapeError(f"compile: the loss is {cost.data.shape}; needed one number")
            recorder.phase = "backward"
            cost.backward()
            recorder.phase = "check"
            guards = [cost.data, *self._norms()] if self.careful else []
            recorder.phase = "update"
            optimizer.step()
        changing.model.zero_grad()
        record, y_hat = recorder.finish(), prediction.data
        places = [recorder.place_of(record, array) for array in (cost.data, y_hat, *guards)]
        found = [place for place in places if place is not None]
        if len(found) < len(places):
            raise CompileError("compile: the loss or the prediction was made by no kernel of tinynn")
        drawn = tuple(
            (stream.offset - offset) % 2**64
            for stream, (_, offset) in zip(changing.streams, varied.streams, strict=True)
        )
        form = y_hat.shape, y_hat.strides, y_hat.dtype
        after = [*changing.bits(), cost.data.tobytes()]
        return Trial(record, Outcome(found[0], found[1], tuple(found[2:]), form, drawn), after)

    def _norms(self) -> list[Array]:
        """The squared norm of every gradient, which is finite only where the gradient is; then clip."""
        trained = {id(p) for p in self.changing.optimizer.parameters}
        listed = [p for p in self.changing.parameters.values() if id(p) in trained and p.grad is not None]
        norms = [kernels.squared_norm(p.grad.data) for p in listed]
        if self.clip is not None:
            clip_grad_norm_(listed, self.clip)
        return norms


@dataclass(frozen=True)
class Outcome:
    """What a step leaves behind.

    Attributes
    ----------
    loss, prediction : Place
    guards : tuple of Place
        Numbers that must be finite before the update.
    form : (shape, strides, dtype)
        Of the prediction.
    drawn : tuple of int
        How many counters it took from each random stream.
    """

    loss: Place
    prediction: Place
    guards: tuple[Place, ...]
    form: tuple[Any, ...]
    drawn: tuple[int, ...]


@dataclass(frozen=True)
class Trial:
    """One run of a step: its calls, what it leaves, and what the arrays held then, the loss last."""

    record: Record
    outcome: Outcome
    after: list[bytes]
