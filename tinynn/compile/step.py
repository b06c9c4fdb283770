"""compile: one training step, recorded as a list of kernel calls and run without Python.

step = tn.compile(model, F.cross_entropy, optimizer, example=(x, y))
print(step)          # the list
step(x, y)           # one update; returns the loss
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinynn.autograd import Array, Variable
from tinynn.backends import native
from tinynn.compile.build import build
from tinynn.compile.explain import listing
from tinynn.compile.profile import Profile, profiled
from tinynn.compile.replay import Replay
from tinynn.compile.snapshot import Changing
from tinynn.compile.trial import Task
from tinynn.errors import ArgumentError, BackendError, CompileError, DtypeError, ShapeError
from tinynn.nn import Module
from tinynn.optim import Optimizer


def compile(
    model: Module,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    *,
    example: tuple[Any, Any],
    optimize: bool = True,
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
    optimize : bool
        Rewrite the list by the passes of tinynn/compile/passes, each of which says by how much the order of
        its sums may move a result. False: every step is what the loop by hand does, bit for bit.

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
    return CompiledStep(recorded(model, loss, optimizer, example, optimize=optimize))


def recorded(
    model: Module,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    example: tuple[Any, Any],
    *,
    optimize: bool,
    careful: bool = False,
) -> Replay:
    """The step on batches like the example; `careful` stops it where a gradient is not finite."""
    x, y = (_array(name, value) for name, value in zip("xy", _pair(example), strict=True))
    task = Task(prepared(model, optimizer), loss, careful=careful)
    return build(task, (x, y), lambda outcome: _other(x, y, outcome.form[0]), optimize=optimize)


def prepared(model: Any, optimizer: Any) -> Changing:
    """The model and the optimiser, checked and bound.

    Raises
    ------
    DtypeError, BackendError, CompileError, ArgumentError
    """
    if not isinstance(model, Module):
        raise DtypeError(f"compile: the model is {type(model).__name__}; needed an nn.Module")
    if not isinstance(optimizer, Optimizer):
        raise DtypeError(f"compile: the optimizer is {optimizer!r}; needed one; try optim.SGD(lr=0.1)")
    if native.module() is None:
        raise BackendError(f"compile: needed the native kernels; {native.why_not()}")
    hooked = [name or "the model" for name, m in model.named_modules() if vars(m).get("_forward_hooks")]
    if hooked:
        raise CompileError(f"compile: {hooked[0]} has a forward hook, which is Python; try removing it")
    if not optimizer.parameters:
        optimizer.bind(p for p in model.parameters() if p.requires_grad)
    own = {id(p) for p in model.parameters()}
    if any(id(p) not in own for p in optimizer.parameters):
        raise ArgumentError("compile: the optimizer is bound to parameters that the model does not have")
    return Changing(model, optimizer)


def _array(name: str, value: Any) -> Array:
    """A part of the example, a copy.

    Raises
    ------
    DtypeError
    """
    array = np.array(value.data if isinstance(value, Variable) else value, order="C")
    if array.dtype.kind not in "fiu" or array.ndim == 0:
        raise DtypeError(f"compile: {name} of the example is {value!r}; needed an array of numbers")
    if name == "y" and array.dtype.kind in "iu" and array.dtype != np.int64:
        raise DtypeError(f"compile: the labels are {array.dtype}; needed int64; try y.astype('int64')")
    return array


def _pair(example: Any) -> tuple[Any, Any]:
    if not (isinstance(example, (tuple, list)) and len(example) == 2):
        raise ArgumentError("compile: the example must be a pair (x, y), a batch as the step will be given")
    return example[0], example[1]


def _other(x: Array, y: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Another batch like this: features of other sizes, every label another; `shape` is the prediction's."""
    if y.dtype.kind in "iu":
        y = (y + 1) % (shape[-1] if shape else 1)
    else:
        y = np.roll(y, 1, 0) if len(y) > 1 and (y != y[:1]).any() else 1 - y
    return (np.roll(x, 1, 0) if x.dtype.kind != "f" else x[::-1] * x.dtype.type(0.75)), y


class CompiledStep:
    """A training step as a list of kernel calls in C++; made by `compile`.

    `step(x, y)` takes one step and returns the loss; `print(step)` shows the list.

    Attributes
    ----------
    program : Program
    arena : Arena
        How the temporary arrays share memory: `nbytes`, and `nbytes_without_reuse`.
    passes : tuple of Applied
        What the passes did, in order; `print(step.passes[0])` shows the calls before and after.
    replay : Replay
        The program as it runs.
    """

    def __init__(self, replay: Replay) -> None:
        self.replay, self.program, self.arena = replay, replay.program, replay.arena
        self.passes = replay.passes
        self._forms = [(name, a.shape, a.dtype) for name, a in self._inputs()]

    def _inputs(self) -> Iterator[tuple[str, Array]]:
        for i in self.program.inputs:
            buffer = self.program.buffers[i]
            assert buffer.array is not None
            yield buffer.name, buffer.array

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
        ArgumentError
            Labels that are none.
        GraphError
            Something that the step reads is not what it was: a weight was put in another array, a layer or an
            option of the optimiser was changed, the model is in another mode; or use_backend or use_kernel is
            in force. (What Python functions find among their globals is not looked at.)
        """
        batch = [_fitting(value, *form) for value, form in zip((x, y), self._forms, strict=True)]
        self.replay.run(batch)
        return float(self.replay.loss)

    def repeat(self, x: Any, y: Any, steps: int) -> Array:
        """Take many steps on one batch, such as all points of a small problem, without coming back to Python.

        Parameters
        ----------
        x, y : arrays or Tensors
            As for one step.
        steps : int

        Returns
        -------
        losses : array (steps,)
            Before each update.

        Raises
        ------
        ShapeError, DtypeError, GraphError, ArgumentError
        """
        if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
            raise ArgumentError(f"compile: steps is {steps!r}; needed a whole number of at least 0")
        batch = [_fitting(value, *form) for value, form in zip((x, y), self._forms, strict=True)]
        losses = np.empty(steps, self.replay.loss.dtype)
        done, rate = 0, self.replay.changing.optimizer.lr
        while done < steps:
            rates = [rate] * min(steps - done, 4096)
            found, _, _ = self.replay.run_steps(batch, [0, 0], rates, 60.0, predictions=False)
            losses[done : done + len(found)] = found
            done += len(found)
        return losses

    @property
    def prediction(self) -> Array:
        """What the model said to the latest batch, a copy."""
        return self.replay.prediction.copy()

    def __str__(self) -> str:
        return listing(self.program, self.arena)

    def profile(self, repeat: int = 50) -> Profile:
        """Time every call on the example, and compare it with what this machine can do.

        Weights, optimiser and random state are left as they were.

        Parameters
        ----------
        repeat : int
            How often to make each call; fewer times where that would take long.

        Returns
        -------
        Profile
            Print it: microseconds, GFLOP/s, GB/s and the share of the roofline's speed, call by call, and
            where most is to be gained.

        Raises
        ------
        ArgumentError
        """
        return profiled(self.replay, repeat)

    def __repr__(self) -> str:
        return f"CompiledStep({len(self.program.calls)} kernel calls, {self.arena.nbytes} bytes)"


def _fitting(value: Any, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
    """An input as the program takes it."""
    array = value.data if isinstance(value, Variable) else np.asarray(value)
    if array.shape != shape:
        raise ShapeError(
            f"compile: {name} is {array.shape}, but this step was compiled for {shape}; try another compile"
        )
    if array.dtype != dtype:
        raise DtypeError(f"compile: {name} is {array.dtype}, but this step was compiled for {dtype}")
    return np.require(array, requirements=["C", "A"])
