"""What `fit`, `evaluate` and `predict` accept as data, as a DataLoader; what they accept as arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.data.dataset import Dataset
from tinynn.data.loader import DataLoader
from tinynn.errors import ArgumentError, DtypeError
from tinynn.nn import Module
from tinynn.optim import Optimizer


def as_dataset(who: str, data: Any) -> Dataset:
    """A Dataset as it is; of a pair (x, y) of arrays one is made.

    Raises
    ------
    DtypeError, ArgumentError
    """
    if isinstance(data, tuple | list) and len(data) == 2:
        data = Dataset(*data)
    if not isinstance(data, Dataset):
        raise DtypeError(
            f"{who}: the data are {type(data).__name__}; needed a Dataset, a pair (x, y) of arrays "
            "or a DataLoader"
        )
    if len(data) == 0:
        raise ArgumentError(f"{who}: the data hold no examples; needed at least one")
    return data


def check_count(who: str, name: str, value: Any) -> int:
    """A positive integer.

    Raises
    ------
    ArgumentError
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ArgumentError(f"{who}: {name} is {value!r}; needed a positive integer")
    return int(value)


def check_model(who: str, model: Any) -> Module:
    """A Module.

    Raises
    ------
    DtypeError
    """
    if not isinstance(model, Module):
        kind = model.__name__ if isinstance(model, type) else type(model).__name__
        raise DtypeError(f"{who}: the model is {kind}; needed an nn.Module; try nn.Sequential(...)")
    return model


def check_loss_function(who: str, loss: Any) -> None:
    """A function (prediction, target) -> Tensor.

    Raises
    ------
    DtypeError
    """
    if isinstance(loss, type):
        raise DtypeError(
            f"{who}: the loss is the class {loss.__name__}; needed one of it; try {loss.__name__}()"
        )
    if not callable(loss):
        raise DtypeError(f"{who}: the loss is {loss!r}; needed a function; try F.cross_entropy")


def bind(optimizer: Any, model: Module) -> None:
    """Give the optimiser the model's parameters; one that has some of them already keeps to those.

    Raises
    ------
    DtypeError, ArgumentError
        No optimiser; no parameter to train; an optimiser that belongs to another model.
    """
    if not isinstance(optimizer, Optimizer):
        raise DtypeError(f"fit: the optimizer is {optimizer!r}; needed one; try optim.SGD(lr=0.1)")
    trainable = [p for p in model.parameters() if p.requires_grad]
    if not trainable:
        raise ArgumentError("fit: the model has no parameters to train; are all frozen?")
    if not optimizer.parameters:
        optimizer.bind(trainable)
        return
    own = {id(p) for p in model.parameters()}
    if any(id(p) not in own for p in optimizer.parameters):
        raise ArgumentError(
            "fit: the optimizer is bound to parameters that are not this model's; "
            "try a new one, optim.SGD(lr=0.1)"
        )


def training_loader(model: Module, data: Any, batch_size: int, seed: int | None) -> DataLoader:
    """What `fit` goes through: shuffled anew every epoch; a DataLoader is taken as it is."""
    size = check_count("fit", "batch_size", batch_size)
    if isinstance(data, DataLoader):
        return data
    return DataLoader(as_dataset("fit", data), size, shuffle=True, seed=seed, dtype=dtype_of(model))


def ordered_loader(who: str, model: Module, data: Any, batch_size: int) -> DataLoader:
    """The examples in their own order; of a DataLoader its normalisation is kept."""
    size = check_count(who, "batch_size", batch_size)
    if not isinstance(data, DataLoader):
        return DataLoader(as_dataset(who, data), size, shuffle=False, dtype=dtype_of(model))
    return DataLoader(data.dataset, size, shuffle=False, normalize=data.normalize, dtype=data.dtype)


def dtype_of(model: Module) -> Any:
    """What the model computes in: the dtype of its first parameter."""
    return next((p.dtype for p in model.parameters()), np.dtype(np.float32))
