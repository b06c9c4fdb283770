"""Checkpoints: everything a training needs to go on as if it had never stopped, in one safetensors file.

    model.<name>            weights and buffers
    optimizer.<name>        momentum and the like, steps, lr
    callback.<i>.<name>     what callbacks keep, such as the best weights so far
    notes["tinynn"]         JSON: version, epoch, steps, random state, history

The order of the examples needs no place: it is a function of (seed, epoch).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tinynn.autograd import Array
from tinynn.data.atomic import write_atomically
from tinynn.data.places import PathLike
from tinynn.errors import FormatError
from tinynn.nn.random import generators
from tinynn.train.callbacks import Callback
from tinynn.train.files import check_same, pack, part, read
from tinynn.train.history import History
from tinynn.train.training import Training

VERSION = 1


@dataclass
class Checkpoint:
    """A checkpoint file that was read and found sound."""

    arrays: dict[str, Array]
    steps: int
    loader: tuple[int, int]
    random: dict[str, tuple[int, int]]
    history: History = field(default_factory=History)


class Checkpointing(Callback):
    """Write a checkpoint after every epoch, when the other callbacks have done their work."""

    def __init__(self, path: PathLike) -> None:
        self.path = path

    def on_epoch_end(self, training: Training) -> None:
        save_checkpoint(self.path, training)


def save_checkpoint(path: PathLike, training: Training) -> None:
    """Write the state of a training; the old file or the new one is there at any moment.

    Raises
    ------
    OSError
        The file cannot be written; an older one of this name is left as it was.
    """
    arrays = {f"model.{name}": a for name, a in training.model.state_dict().items()}
    arrays |= {f"optimizer.{name}": a for name, a in training.optimizer.state_dict().items()}
    for i, callback in enumerate(training.callbacks):
        arrays |= {f"callback.{i}.{name}": a for name, a in callback.state_dict().items()}
    notes = {
        "version": VERSION,
        "steps": training.history.steps,
        "loader": [int(training.loader.seed) & (2**64 - 1), training.loader.epoch],
        "random": {name: g.get_state() for name, g in generators(training.model).items()},
        "history": {name: [float(v) for v in values] for name, values in training.history.items()},
    }
    write_atomically(path, pack(arrays, {"tinynn": json.dumps(notes)}))


def read_checkpoint(path: PathLike) -> Checkpoint:
    """Read a checkpoint file and check all that can be checked without a model.

    Raises
    ------
    FormatError
        The file is damaged or is no checkpoint.
    OSError
        It cannot be read.
    """
    arrays, notes = read(path, "resume")
    if "tinynn" not in notes:
        raise FormatError(
            f"resume: {path!s} holds arrays but is no checkpoint; try tn.load for weights alone"
        )
    try:
        told = json.loads(notes["tinynn"])
        if told["version"] != VERSION:
            raise ValueError(f"version {told['version']!r}, needed {VERSION}")
        seed, epoch = told["loader"]
        history = {str(k): [float(v) for v in values] for k, values in told["history"].items()}
        steps = _count(told["steps"])
        return Checkpoint(
            arrays,
            steps,
            (_count(seed), _count(epoch)),
            {str(name): (_count(seed), _count(offset)) for name, (seed, offset) in told["random"].items()},
            History(history, steps),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise FormatError(
            f"resume: the notes of {path!s} are damaged ({_short(error)}); try another copy"
        ) from None


def resume_training(path: PathLike, training: Training) -> None:
    """Put a training where the checkpoint was taken; nothing is changed where that fails.

    Raises
    ------
    FormatError
        The file is damaged, or belongs to another model, optimiser or list of callbacks.
    OSError
        It cannot be read.
    """
    found = read_checkpoint(path)
    model, optimizer = part(found.arrays, "model."), part(found.arrays, "optimizer.")
    check_same(f"resume: {path!s}", model, training.model.state_dict())
    check_same(f"resume: {path!s}: optimizer", optimizer, training.optimizer.state_dict())
    own = generators(training.model)
    if own.keys() != found.random.keys():
        raise FormatError(
            f"resume: {path!s} has the random states {sorted(found.random)}; needed {sorted(own)}"
        )
    training.model.load_state_dict(model)
    training.optimizer.load_state_dict(optimizer)
    for i, callback in enumerate(training.callbacks):
        callback.load_state_dict(part(found.arrays, f"callback.{i}."))
    for name, generator in own.items():
        generator.set_state(found.random[name])
    training.loader.seed, training.loader.epoch = found.loader
    training.history.clear()
    training.history.update(found.history)
    training.history.steps = found.steps


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**64:
        raise ValueError(f"{str(value)[:40]!r} is no count")
    return value


def _short(error: BaseException) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return "".join(c if c.isprintable() else "?" for c in text)[:200]
