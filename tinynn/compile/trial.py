"""Trial: a training step, run once with given numbers and written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tinynn.autograd import Array
from tinynn.compile.compare import Varied
from tinynn.compile.program import Place
from tinynn.compile.record import Record, Recorder
from tinynn.compile.snapshot import Changing
from tinynn.errors import CompileError, DtypeError, ShapeError
from tinynn.tensor import Tensor


@dataclass
class Trial:
    """The step, run once and written down.

    Attributes
    ----------
    record : Record
    loss, prediction : Place
    form : (shape, strides, dtype)
        Of the prediction.
    drawn : tuple of int
        How many counters it took from each random stream.
    after : list of bytes
        What the arrays held when it was done, the loss last.
    """

    record: Record
    loss: Place
    prediction: Place
    form: tuple[Any, ...]
    drawn: tuple[int, ...]
    after: list[bytes]

    @classmethod
    def run(
        cls, changing: Changing, loss: Callable[[Any, Any], Any], x: Array, y: Array, varied: Varied
    ) -> Trial:
        """Take the step with these numbers."""
        optimizer = changing.optimizer
        optimizer.lr, optimizer.steps = varied.lr, varied.step - 1
        for stream, state in zip(changing.streams, varied.streams, strict=True):
            stream.set_state(state)
        optimizer.zero_grad()
        recorder = Recorder([*changing.roots()[0], x, y])
        with recorder.running():
            prediction = changing.model(x)
            recorder.phase = "loss"
            cost = loss(prediction, y)
            if not isinstance(cost, Tensor) or not isinstance(prediction, Tensor):
                got = type(cost if isinstance(prediction, Tensor) else prediction).__name__
                raise DtypeError(f"compile: the model or the loss returned {got}; needed a Tensor")
            if cost.data.size != 1:
                raise ShapeError(f"compile: the loss is {cost.data.shape}; needed one number")
            recorder.phase = "backward"
            cost.backward()
            recorder.phase = "update"
            optimizer.step()
        optimizer.zero_grad()
        record, y_hat = recorder.finish(), prediction.data
        loss_at, prediction_at = recorder.place_of(record, cost.data), recorder.place_of(record, y_hat)
        if loss_at is None or prediction_at is None:
            raise CompileError("compile: the loss or the prediction was made by no kernel of tinynn")
        drawn = tuple(
            (stream.offset - offset) % 2**64
            for stream, (_, offset) in zip(changing.streams, varied.streams, strict=True)
        )
        form = y_hat.shape, y_hat.strides, y_hat.dtype
        after = [*changing.bits(), cost.data.tobytes()]
        return cls(record, loss_at, prediction_at, form, drawn, after)
