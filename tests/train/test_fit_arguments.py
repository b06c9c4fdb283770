"""What fit refuses, and how it says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.train import EarlyStopping

CE = F.cross_entropy


class Unfit:
    """Arguments that fit must refuse, each with the error it gives."""

    X = np.zeros((8, 2), np.float32)
    Y = np.arange(8) % 3
    CASES: tuple[tuple[str, dict[str, Any], type[Exception], str], ...] = (
        ("no epochs", {"epochs": 0}, ArgumentError, "epochs is 0; needed a positive integer"),
        ("negative epochs", {"epochs": -3}, ArgumentError, "epochs is -3"),
        ("half an epoch", {"epochs": 0.5}, ArgumentError, "epochs is 0.5"),
        ("epochs as a bool", {"epochs": True}, ArgumentError, "epochs is True"),
        ("no batch", {"batch_size": 0}, ArgumentError, "batch_size is 0"),
        ("a batch as text", {"batch_size": "64"}, ArgumentError, "batch_size is '64'"),
        ("an empty set", {"train": (X[:0], Y[:0])}, ArgumentError, "no examples"),
        ("an empty validation set", {"validation": (X[:0], Y[:0])}, ArgumentError, "no examples"),
        ("no targets", {"train": X}, DtypeError, "needed a Dataset, a pair"),
        ("None as data", {"train": None}, DtypeError, "data are NoneType"),
        ("lengths that differ", {"train": (X, Y[:3])}, ShapeError, "8 examples but y 3"),
        ("a label too large", {"train": (X, Y + 1)}, ArgumentError, "label 3 .* out of range"),
        ("a negative label", {"train": (X, Y - 1)}, ArgumentError, "label -1 .* out of range"),
        (
            "text as data",
            {"train": (np.array(["a", "b"]), Y[:2])},
            DtypeError,
            "needed uint8 images or float",
        ),
        ("the wrong width", {"train": (np.zeros((8, 5), np.float32), Y)}, ShapeError, "linear: x is"),
        ("a function as model", {"model": len}, DtypeError, "needed an nn.Module"),
        ("a class as model", {"model": nn.Linear}, DtypeError, "the model is Linear; needed an nn.Module"),
        ("a model with nothing to learn", {"model": nn.Flatten()}, ArgumentError, "no parameters to train"),
        ("no loss", {"loss": None}, DtypeError, "the loss is None; needed a function"),
        (
            "a loss that is a number",
            {"loss": lambda p, y: 1.0},
            DtypeError,
            "returned float; needed a Tensor",
        ),
        ("a loss per row", {"loss": lambda p, y: CE(p, y, reduction="none")}, ShapeError, "reduction='mean'"),
        ("no optimizer", {"optimizer": None}, DtypeError, "try optim.SGD"),
        ("an optimizer class", {"optimizer": optim.SGD}, DtypeError, "try optim.SGD"),
        ("a callback that is none", {"callbacks": [3]}, DtypeError, "got the callback 3"),
        ("a callback class", {"callbacks": [EarlyStopping]}, DtypeError, "got the callback"),
        ("a schedule that is a number", {"schedule": 0.1}, DtypeError, "the schedule is 0.1"),
        ("a schedule below zero", {"schedule": lambda i: -1.0}, ArgumentError, "gave -1.0 for step 0"),
        ("a schedule of days", {"schedule_every": "day"}, ArgumentError, "schedule_every is 'day'"),
        ("a clip of zero", {"clip": 0.0}, ArgumentError, "clip is 0.0"),
        ("no patience", {"early_stopping": 0}, ArgumentError, "patience is 0"),
        (
            "a figure that is not there",
            {"early_stopping": EarlyStopping(1, monitor="f2")},
            ArgumentError,
            "one of loss",
        ),
        ("a metric that is none", {"metrics": [7]}, DtypeError, "needed a function"),
        ("a metric called loss", {"metrics": {"loss": max}}, ArgumentError, "another name"),
        ("resume from nowhere", {"resume": True}, ArgumentError, "resume=True without checkpoint"),
        ("resume from a missing file", {"resume": "/nowhere/x"}, FileNotFoundError, "nowhere"),
        ("a checkpoint in no directory", {"checkpoint": "/nowhere/x"}, FileNotFoundError, "nowhere"),
    )


@pytest.mark.parametrize(
    ("change", "error", "message"), [c[1:] for c in Unfit.CASES], ids=[c[0] for c in Unfit.CASES]
)
def test_bad_arguments(change: dict[str, Any], error: type[Exception], message: str) -> None:
    arguments: dict[str, Any] = {
        "model": nn.Linear(2, 3),
        "train": (Unfit.X, Unfit.Y),
        "loss": CE,
        "optimizer": optim.SGD(lr=0.1),
    }
    arguments |= change
    with pytest.raises(error, match=message):
        tn.fit(arguments.pop("model"), arguments.pop("train"), **arguments)


def test_an_optimizer_of_another_model_is_refused(points: data.Dataset, net: nn.Module) -> None:
    other = optim.SGD(nn.Linear(2, 3).parameters(), lr=0.1)
    with pytest.raises(ArgumentError, match="not this model's"):
        tn.fit(net, points, loss=CE, optimizer=other)
