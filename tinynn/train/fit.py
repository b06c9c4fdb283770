"""fit: the loop of all training, meant to be read aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.compile import Ensemble
from tinynn.data.places import PathLike
from tinynn.nn import Module
from tinynn.optim import Optimizer
from tinynn.train.batches import check_model, training_loader
from tinynn.train.callbacks import Callback
from tinynn.train.evaluate import validate
from tinynn.train.guard import Guard
from tinynn.train.history import History
from tinynn.train.many import fit_ensemble
from tinynn.train.metrics import Metrics
from tinynn.train.progress import progress_bar
from tinynn.train.setup import learning_rate, prepare
from tinynn.train.steps import Steps
from tinynn.train.tally import Tally
from tinynn.train.training import Training


def fit(
    model: Module | Ensemble,
    train: Any,
    *,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    epochs: int = 1,
    batch_size: int = 64,
    validation: Any = None,
    metrics: Metrics = None,
    schedule: Callable[[int], float] | None = None,
    schedule_every: str = "step",
    clip: float | None = None,
    early_stopping: int | Callback | None = None,
    callbacks: Sequence[Callback | Callable[[Training], Any]] = (),
    checkpoint: PathLike | None = None,
    resume: PathLike | bool = False,
    history: History | None = None,
    seed: int | None = None,
    progress: bool | None = None,
    compile: bool | None = None,
) -> History:
    """Train a model: for every batch, w <- w - lr dloss/dw.

    Parameters
    ----------
    model : Module or Ensemble
        Of an Ensemble every net is trained, each with its own seed, many steps at a time without Python:
        there is no validation, metric, clipping, callback or checkpoint.
    train : Dataset, pair (x, y) of arrays, or DataLoader
        uint8 images are scaled to 0..1. A DataLoader brings its own batch size, order and normalisation.
    loss : callable (prediction, target) -> Tensor
        F.cross_entropy, F.mse, ... or your own, of one element.
    optimizer : Optimizer
        optim.SGD(lr=0.1) is bound to the model's parameters; one bound to some of them trains only those.
    epochs : int
        How many passes there are to be in all, those before a resume included.
    batch_size : int
        The last batch of an epoch is smaller where the set does not divide.
    validation : like train, optional
        Measured after every epoch, in evaluation mode.
    metrics : functions (prediction, target) -> float, optional
        A dict by name, or a list. Default: accuracy where the targets are labels, none for a regression.
    schedule : callable, optional
        The learning rate as a function of the step, counted from 0; see tinynn.optim.
    schedule_every : {"step", "epoch"}
        What the schedule counts.
    clip : float, optional
        Scale the gradients down to this norm (all of them as one vector) where it is larger.
    early_stopping : int or EarlyStopping, optional
        Stop after so many epochs without a better validation loss (training loss without validation).
    callbacks : Callbacks, or functions of the Training, called after every epoch
    checkpoint : path, optional
        After every epoch, write all that a resume needs.
    resume : path or True, optional
        Go on from this checkpoint, bit for bit as if nothing had happened. True: from `checkpoint`, where
        it exists.
    history : History, optional
        Is filled as training goes, so it is there after Ctrl-C too; one with epochs is gone on with.
    seed : int, optional
        Of the order of the examples. Default: the seed of tn.manual_seed.
    progress : bool, optional
        A bar on stderr. Default: where that is a terminal.
    compile : bool, optional
        Whether the steps are recorded once and then run in C++, to the same bits; see tn.compile. Default:
        where they can be, and a warning says why where they cannot. A callback with on_step_end, a loader
        with an `__iter__` of its own, use_backend and use_kernel keep them in Python. What changes in the
        attributes of the model, the optimiser or the loss is seen, at least after every epoch; what Python
        functions find among their globals is taken as it is when the step is recorded: where that changes,
        compile=False.

    Returns
    -------
    History
        Per epoch: loss, the metrics, lr, seconds, and validation_... of loss and metrics. Of an Ensemble the
        losses, an array with one for each net, lr and the number of the epoch.

    Raises
    ------
    NonFiniteError
        The loss or a gradient became NaN or infinite; says the step and the first layer that made it. The
        model is as it was before that step.
    ArgumentError, DtypeError, ShapeError, FormatError, OSError

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import functional as F, nn, optim
    >>> x = np.array([[-1.0], [1.0]])
    >>> history = fit(nn.Linear(1, 2), (x, np.array([0, 1])), loss=F.cross_entropy,
    ...               optimizer=optim.SGD(lr=1.0), epochs=20)
    >>> history["accuracy"][-1]
    1.0
    """
    if isinstance(model, Ensemble):
        return fit_ensemble(
            model, train, loss=loss, optimizer=optimizer, epochs=epochs, batch_size=batch_size,
            schedule=schedule, schedule_every=schedule_every, history=history, progress=progress,
            compile=compile, validation=validation, metrics=metrics, clip=clip, early_stopping=early_stopping,
            callbacks=callbacks, checkpoint=checkpoint, resume=resume, seed=seed,
        )  # fmt: skip
    loader = training_loader(check_model("fit", model), train, batch_size, seed)
    training = prepare(
        model, loader, loss, optimizer, epochs, history, callbacks, early_stopping, checkpoint, resume
    )
    guard, rate = Guard(model, optimizer, loss, clip), learning_rate(optimizer, schedule, schedule_every)
    history = training.history

    def step(x: Array, y: Array) -> tuple[float, Any]:
        guard.remember()  # should this step fail, nothing of it stays
        prediction = model(x)
        cost = loss(prediction, y)
        value = guard.check_loss(cost, x, y, history.steps)
        cost.backward()
        guard.check_gradients(history.steps)
        optimizer.lr = rate(history.steps, history.epochs)
        optimizer.step()
        optimizer.zero_grad()
        return value, prediction

    steps = Steps(training, loss, step, rate, clip, compile)  # the same steps, in C++ where that can be
    with training, np.errstate(all="ignore"):  # the guard says more than NumPy's warnings would
        while history.epochs < epochs and not training.stopped:
            model.train()
            tally, title = Tally(metrics), f"epoch {history.epochs + 1}/{epochs}"
            for value, prediction, y in progress_bar(steps.epoch(), title, progress, len(loader)):
                tally.add(value, prediction, y)
                training.step_done(value)
            training.epoch_done(
                {**tally.figures(), "lr": optimizer.lr, **validate(model, validation, loss, metrics)}
            )
    return history
