"""Bad input to fit, evaluate, predict, save, Dataset and DataLoader; afterwards the model still trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.errors import ArgumentError, DataError, DtypeError, GraphError, NonFiniteError, ShapeError

from .rows import LABELS, NAN, Row, X, assert_refused, each_row, ones


def model() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 2))


def fit(net: Any = None, train: Any = (X, LABELS), **options: Any) -> Any:
    usual = {"loss": F.cross_entropy, "optimizer": optim.SGD(lr=0.1), "progress": False}
    return tn.fit(model() if net is None else net, train, **{**usual, **options})


def other_optimiser() -> optim.Optimizer:
    return optim.SGD(model().parameters(), lr=0.1)


def frozen() -> nn.Module:
    return model().requires_grad_(False)


def each_loss(p: Any, y: Any) -> Any:
    return F.cross_entropy(p, y, reduction="none")


def detached(p: Any, y: Any) -> Any:
    return F.cross_entropy(p.detach(), y)


# fmt: off
FIT: list[Row] = [
    (DtypeError, "fit: the model is Linear; needed an nn.Module", lambda: fit(nn.Linear)),
    (DtypeError, "fit: the model is function; needed an nn.Module", lambda: fit(lambda x: x)),
    (ArgumentError, "fit: the model has no parameters to train; are all frozen?", lambda: fit(frozen())),
    (ArgumentError, "fit: the model has no parameters to train", lambda: fit(nn.Sequential(nn.Flatten()))),
    (DtypeError, "fit: the data are NoneType; needed a Dataset, a pair", lambda: fit(train=None)),
    (DtypeError, "fit: the data are str; needed a Dataset, a pair", lambda: fit(train="mnist")),
    (DtypeError, "fit: the data are ndarray; needed a Dataset, a pair", lambda: fit(train=X)),
    (ShapeError, "Dataset: x holds 4 examples but y 2", lambda: fit(train=(X, LABELS[:2]))),
    (ArgumentError, "fit: the data hold no examples; needed at least one", lambda: fit(train=(X[:0], LABELS[:0]))),
    (ArgumentError, "cross_entropy: label 5 at index 0 is out of range; needed 0..1", lambda: fit(train=(X, LABELS * 0 + 5))),
    (ArgumentError, "cross_entropy: label -1 at index 0 is out of range", lambda: fit(train=(X, LABELS * 0 - 1))),
    (DtypeError, "cross_entropy: the labels are float32; needed integers", lambda: fit(train=(X, LABELS * NAN))),
    (DtypeError, "Dataset: got y of <U1; needed integer labels or float targets", lambda: fit(train=(X, np.array(list("abba"))))),
    (DtypeError, "Dataset: got x of int64; needed uint8 images or float features", lambda: fit(train=(X.astype(int), LABELS))),
    (DtypeError, "Dataset: got x of <U1; needed uint8 images", lambda: fit(train=(np.array(["a"] * 4), LABELS))),
    (ShapeError, "Dataset: got a scalar x; needed", lambda: fit(train=(None, LABELS))),
    (ShapeError, "linear: x is (4, 5) but w is (2, 3)", lambda: fit(train=(ones(4, 5), LABELS))),
    (NonFiniteError, "the loss became nan in step 1; it comes from the data: x", lambda: fit(train=(X * NAN, LABELS))),
    (DtypeError, "fit: the loss is 'mse'; needed a function; try F.cross_entropy", lambda: fit(loss="mse")),
    (DtypeError, "fit: the loss is None; needed a function", lambda: fit(loss=None)),
    (DtypeError, "fit: the loss is the class CrossEntropyLoss; needed one of it; try CrossEntropyLoss()", lambda: fit(loss=nn.CrossEntropyLoss)),
    (ShapeError, "fit: the loss is (4,); needed one number; try reduction='mean'", lambda: fit(loss=each_loss)),
    (DtypeError, "fit: the loss function returned float; needed a Tensor", lambda: fit(loss=lambda p, y: 1.0)),
    (GraphError, "backward: this tensor has no graph", lambda: fit(loss=detached)),
    (DtypeError, "fit: the optimizer is 'sgd'; needed one; try optim.SGD(lr=0.1)", lambda: fit(optimizer="sgd")),
    (DtypeError, "fit: the optimizer is <class 'tinynn.optim.sgd.SGD'>; needed one", lambda: fit(optimizer=optim.SGD)),
    (ArgumentError, "fit: the optimizer is bound to parameters that are not this model's", lambda: fit(optimizer=other_optimiser())),
    (DtypeError, "evaluate: the data are str; needed a Dataset", lambda: fit(validation="x")),
    (DtypeError, "metrics: got 'accuracy'; needed functions", lambda: fit(metrics="accuracy")),
    (DtypeError, "metrics: 'int' is 3; needed a function", lambda: fit(metrics=[3])),
    (DtypeError, "fit: the schedule is 3; needed a function of the step", lambda: fit(schedule=3)),
    (ArgumentError, "fit: the schedule gave nan for step 0; needed a number >= 0", lambda: fit(schedule=lambda step: NAN)),
    (ArgumentError, "fit: clip is -1; needed a positive number", lambda: fit(clip=-1)),
    (ArgumentError, "fit: clip is 'a'; needed a positive number", lambda: fit(clip="a")),
    (ArgumentError, "EarlyStopping: patience is 0; needed a positive integer", lambda: fit(early_stopping=0)),
    (DtypeError, "fit: got the callback 3; needed a Callback or a function", lambda: fit(callbacks=[3])),
    (DtypeError, "needed a list; try callbacks=[...]", lambda: fit(callbacks=print)),
    (DataError, "fit: checkpoint is '/not/there/c.safetensors', whose folder does not exist", lambda: fit(checkpoint="/not/there/c.safetensors")),
    (DtypeError, "fit: checkpoint is 3; needed the path of a file", lambda: fit(checkpoint=3)),
    (ArgumentError, "fit: got resume=True without checkpoint; needed its path", lambda: fit(resume=True)),
    (DtypeError, "fit: history is list; needed a History", lambda: fit(history=[])),
]

OTHERS: list[Row] = [
    (DtypeError, "evaluate: the data are NoneType; needed", lambda: tn.evaluate(model(), None, loss=F.mse)),
    (DtypeError, "evaluate: the loss is None; needed a function", lambda: tn.evaluate(model(), (X, LABELS), loss=None)),
    (DtypeError, "predict: the model is str; needed an nn.Module", lambda: tn.predict("m", X)),
    (DtypeError, "predict: the data are NoneType; needed", lambda: tn.predict(model(), None)),
    (ArgumentError, "predict: the data hold no examples", lambda: tn.predict(model(), X[:0])),
    (DtypeError, "save: got int and str; needed a path and a mapping", lambda: tn.save(3, "weights.safetensors")),
    (ArgumentError, "DataLoader: got batch_size = 0; needed an integer from 1 up", lambda: data.DataLoader((X, LABELS), 0)),
    (ShapeError, "Dataset: x holds 4 examples but y 2", lambda: data.Dataset(X, LABELS[:2])),
    (ArgumentError, "Dataset: got labels in 0..1; needed 0..0, one per class", lambda: data.Dataset(X, LABELS, classes=["one"])),
]
# fmt: on


@each_row(FIT + OTHERS)
def test_it_is_refused(error: type[Exception], message: str, call: Callable[[], Any]) -> None:
    assert_refused(error, message, call)


@pytest.mark.parametrize("count", [0, -1, 1.5, "3", None, True])
@pytest.mark.parametrize("name", ["epochs", "batch_size"])
def test_counts_are_positive_integers(name: str, count: Any) -> None:
    message = f"fit: {name} is {count!r}; needed a positive integer"
    assert_refused(ArgumentError, message, lambda: fit(**{name: count}))


@pytest.mark.parametrize("seed", [-1, 1.5, "3", 2**64, True])
def test_the_seed_of_an_order_is_a_word(seed: Any) -> None:
    for call in (lambda: fit(seed=seed), lambda: data.DataLoader((X, LABELS), 2, seed=seed)):
        assert_refused(ArgumentError, f"DataLoader: seed: got {seed!r}; needed an integer in", call)


def test_a_refused_fit_leaves_the_model_as_it_was() -> None:
    net = model()
    before = {name: a.copy() for name, a in net.state_dict().items()}
    for call in (
        lambda: fit(net, (X, LABELS + 5)),
        lambda: fit(net, (X * NAN, LABELS)),
        lambda: fit(net, loss=each_loss),
    ):
        with pytest.raises(tn.errors.TinynnError):
            call()
    assert all(np.array_equal(a, before[name]) for name, a in net.state_dict().items())
    history = fit(net, epochs=3)
    assert history["loss"][-1] < history["loss"][0]
