"""compile: one training step, recorded as a list of kernel calls and run without Python.

step = tn.compile(model, F.cross_entropy, optimizer, example=(x, y))
print(step)          # the list
step(x, y)           # one update; returns the loss
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynn.autograd import Array, Variable
from tinynn.backends import native
from tinynn.compile.arena import lay_out
from tinynn.compile.build import build
from tinynn.compile.compare import Varied, merge
from tinynn.compile.explain import listing
from tinynn.compile.program import Buffer, Place, Program
from tinynn.compile.snapshot import Changing
from tinynn.compile.trial import Trial
from tinynn.errors import ArgumentError, BackendError, CompileError, DtypeError, GraphError, ShapeError
from tinynn.nn import Module
from tinynn.optim import Optimizer

LABELS = {
    "labels": "c",
    "index": "rows",
}  # parameters that name rows, and the one that says how many there are
# What tells the two records apart. No seed that somebody chose is likely to be one of these.
VARIED = (  # lr, how far the count of steps is ahead, seed and place of the random streams
    (0.01234567, 1, 0x7A31_5C0F_FEE1_2300, 0),
    (0.02345678, 7, 0x7A31_5C0F_FEE1_5600, 1 << 33),
)


def compile(
    model: Module,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    *,
    example: tuple[Any, Any],
) -> CompiledStep:
    """Record one training step and return it as something to call.

    The step is forward, loss, backward and update, on batches shaped like the example. It is run twice, on
    the example and on other numbers; what both have in common is the program. Weights, optimiser and random
    state are left as they were.

    Parameters
    ----------
    model : Module
        In the mode it is to be trained in.
    loss : callable (prediction, target) -> Tensor of one element
    optimizer : Optimizer
        Bound to the model's parameters here if it is not yet.
    example : (x, y)
        A batch; the step takes batches of these shapes and dtypes.

    Returns
    -------
    CompiledStep

    Raises
    ------
    CompileError
        The step cannot be replayed: it depends on values by Python's if, uses an op outside the catalogue, or
        a kernel that is not native. Says which line.
    BackendError
        The native kernels were not built.
    DtypeError, ShapeError, ArgumentError

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import functional as F, nn, optim
    >>> x, y = np.array([[-1.0], [1.0]], "float32"), np.array([0, 1])
    >>> step = compile(nn.Linear(1, 2), F.cross_entropy, optim.SGD(lr=0.5), example=(x, y))
    >>> losses = [step(x, y) for _ in range(100)]
    >>> losses[-1] < 0.1
    True
    """
    x, y = _checked(model, optimizer, example)
    changing = Changing(model, optimizer)
    restore = changing.save()
    try:
        return _compiled(changing, loss, x, y)
    finally:
        restore()


def _checked(model: Any, optimizer: Any, example: Any) -> tuple[Array, Array]:
    """The example as arrays of its own."""
    if not isinstance(model, Module):
        raise DtypeError(f"compile: the model is {type(model).__name__}; needed an nn.Module")
    if not isinstance(optimizer, Optimizer):
        raise DtypeError(f"compile: the optimizer is {optimizer!r}; needed one; try optim.SGD(lr=0.1)")
    if native.module() is None:
        raise BackendError(f"compile: needed the native kernels; {native.why_not()}")
    if not (isinstance(example, (tuple, list)) and len(example) == 2):
        raise ArgumentError("compile: the example must be a pair (x, y), a batch as the step will be given")
    hooked = [name or "the model" for name, m in model.named_modules() if vars(m).get("_forward_hooks")]
    if hooked:
        raise CompileError(f"compile: {hooked[0]} has a forward hook, which is Python; try removing it")
    if not optimizer.parameters:
        optimizer.bind(p for p in model.parameters() if p.requires_grad)
    x, y = (np.array(a.data if isinstance(a, Variable) else a, order="C") for a in example)
    return x, y


def _other(x: Array, y: Array, classes: int) -> tuple[Array, Array]:
    """Another batch of these shapes: features of other sizes, every label another."""
    if y.dtype.kind in "iu":
        y = (y + 1) % classes
    else:
        y = np.roll(y, 1, 0) if len(y) > 1 and (y != y[:1]).any() else 1 - y
    return (np.roll(x, 1, 0) if x.dtype.kind != "f" else x[::-1] * x.dtype.type(0.75)), y


def _compiled(changing: Changing, loss: Callable[[Any, Any], Any], x: Array, y: Array) -> CompiledStep:
    steps, streams = changing.optimizer.steps, range(len(changing.streams))
    varied = [
        Varied(lr, steps + step, tuple((seed + i, offset) for i in streams))
        for lr, step, seed, offset in VARIED
    ]
    counted = [counter.copy() for counter in changing.counters]
    first = Trial.run(changing, loss, x, y, varied[0])
    moved = [counter - old for counter, old in zip(changing.counters, counted, strict=True)]
    changing.disturb()
    start = changing.save()
    others = _other(x, y, first.form[0][-1] if first.form[0] else 1)
    second = Trial.run(changing, loss, *others, varied[1])
    known = [*changing.roots()[1], Buffer("input", "x", x.nbytes, x), Buffer("input", "y", y.nbytes, y)]
    calls, buffers = merge(first.record, second.record, (varied[0], varied[1]), known)
    if (first.loss, first.prediction, first.form, first.drawn) != (
        second.loss,
        second.prediction,
        second.form,
        second.drawn,
    ):
        raise CompileError("compile: which arrays or random numbers the step uses depends on its values")
    inputs = len(known) - 2, len(known) - 1
    program = Program(calls, buffers, inputs, first.loss, first.prediction)
    _limit_labels(program)
    step = CompiledStep(
        program, changing, (x.shape, x.dtype), (y.shape, y.dtype), first.form, first.drawn, moved
    )
    start()
    _set(changing, varied[1])
    step(*others)
    if [*changing.bits(), step.loss_bits()] != second.after:
        raise CompileError(
            "compile: the recorded step does not give what the step itself gave; something in it changes "
            "arrays by NumPy; try the functions of tinynn.functional, or train without compile"
        )
    return step


def _set(changing: Changing, varied: Varied) -> None:
    changing.optimizer.lr, changing.optimizer.steps = varied.lr, varied.step - 1
    for stream, state in zip(changing.streams, varied.streams, strict=True):
        stream.set_state(state)


def _limit_labels(program: Program) -> None:
    """Say of the inputs that kernels take as labels how large these may be: a replay asks nobody else."""
    for call in program.calls:
        for parameter, place in call.places():
            buffer = program.buffers[place.buffer]
            if buffer.kind == "input" and parameter.type == "const std::int64_t*":
                limit = call.arguments[LABELS[parameter.name]]
                buffer.label_limit = min(limit, buffer.label_limit or limit)


class CompiledStep:
    """A training step as a list of kernel calls in C++; made by `compile`.

    `step(x, y)` takes one step and returns the loss; `print(step)` shows the list.

    Attributes
    ----------
    program : Program
    arena : Arena
        How the temporary arrays share memory: `nbytes`, and `nbytes_without_reuse`.
    prediction : array
        What the model said to the latest batch.
    """

    def __init__(
        self,
        program: Program,
        changing: Changing,
        x: tuple[Any, Any],
        y: tuple[Any, Any],
        form: tuple[Any, ...],
        drawn: tuple[int, ...],
        moved: list[Array],
    ) -> None:
        self.program, self.arena = program, lay_out(program)
        self._changing, self._x, self._y = changing, x, y
        self._drawn, self._moved = drawn, moved
        self._memory = self.arena.allocate()
        self._own = [(p, p.data) for p in changing.parameters.values()]
        self._native, self._sources = build(program, self.arena, self._memory)
        shape, strides, dtype = form
        at = self._at(program.prediction)
        self._prediction = np.ndarray(shape, dtype, self._memory.data, at, strides)
        self._loss = np.ndarray((), program.calls[-1].dtype, self._memory.data, self._at(program.loss))

    def _at(self, place: Place) -> int:
        return self.arena.offsets[place.buffer] + place.offset

    def __call__(self, x: Any, y: Any) -> float:
        """Take one step: forward, loss, backward, update.

        Parameters
        ----------
        x, y : arrays or Tensors
            A batch of the shapes and dtypes of the example.

        Returns
        -------
        loss : float
            Before the update.

        Raises
        ------
        ShapeError, DtypeError
            Another shape or dtype: that needs another compile.
        GraphError
            A weight was put in another array since.
        """
        self._run(_fitting("x", x, *self._x), _fitting("y", y, *self._y))
        return float(self._loss)

    def _run(self, x: Array, y: Array) -> None:
        changing, optimizer = self._changing, self._changing.optimizer
        for parameter, array in self._own:
            if parameter.data is not array:
                raise GraphError("compile: a weight was replaced since; try parameter.data[...] = array")
        numbers = [self._value(source) for source in self._sources]
        self._native.run((x, y), numbers, 0, len(self.program.calls))
        optimizer.steps += 1
        for stream, count in zip(changing.streams, self._drawn, strict=True):
            stream.reserve(count)
        for counter, more in zip(changing.counters, self._moved, strict=True):
            counter += more

    def _value(self, source: Any) -> Any:
        """A number of this step."""
        if source == "lr":
            return self._changing.optimizer.lr
        if source == "step":
            return self._changing.optimizer.steps + 1
        stream = self._changing.streams[source[1]]
        return stream.seed if source[0] == "seed" else (stream.offset + source[2]) % 2**64

    @property
    def prediction(self) -> Array:
        """What the model said to the latest batch, a copy."""
        return self._prediction.copy()

    def loss_bits(self) -> bytes:
        """The latest loss as it lies in memory."""
        return self._loss.tobytes()

    def __str__(self) -> str:
        return listing(self.program, self.arena)

    def __repr__(self) -> str:
        return f"CompiledStep({len(self.program.calls)} kernel calls, {self.arena.nbytes} bytes)"


def _fitting(name: str, value: Any, shape: tuple[int, ...], dtype: Any) -> Array:
    """An input as the program takes it."""
    array = value.data if isinstance(value, Variable) else np.asarray(value)
    if array.shape != shape:
        raise ShapeError(
            f"compile: {name} is {array.shape}, but this step was compiled for {shape}; try another compile"
        )
    if array.dtype != dtype:
        raise DtypeError(f"compile: {name} is {array.dtype}, but this step was compiled for {dtype}")
    return np.ascontiguousarray(array)
