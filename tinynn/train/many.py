"""What `fit` does with an Ensemble: every net is trained as it would be alone with its own seed.

The steps of all nets run in C++, many at a time; here it is decided which examples they see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.compile import Ensemble, EnsembleStep
from tinynn.data.loader import DataLoader
from tinynn.data.shuffle import permutation
from tinynn.errors import ArgumentError
from tinynn.train.batches import check_count, check_loss_function, training_loader
from tinynn.train.history import History
from tinynn.train.progress import progress_bar
from tinynn.train.setup import learning_rate

LOSSES, ORDERS = 1 << 17, 1 << 21  # how many numbers to hold at most while C++ runs


def fit_ensemble(
    ensemble: Ensemble,
    train: Any,
    *,
    loss: Callable[[Any, Any], Any],
    optimizer: Any,
    epochs: int,
    batch_size: int,
    schedule: Callable[[int], float] | None,
    schedule_every: str,
    history: History | None,
    progress: bool | None,
    compile: bool | None,
    **others: Any,
) -> History:
    """Train every net; see `fit`.

    Returns
    -------
    History
        "loss": for each epoch kept an array (n,), the mean loss of every net, NaN for those that stopped;
        "lr" and "epoch" (counted from 1) beside it.

    Raises
    ------
    ArgumentError
        One of `others` was given: it would need Python between the steps.
    """
    for name, value in others.items():
        if not (value is None or value is False or value == ()):
            raise ArgumentError(f"fit: got {name} with an Ensemble; needed none; try it on one net, nets[i]")
    if compile is False:
        raise ArgumentError("fit: got compile=False with an Ensemble, whose steps run in C++ alone")
    check_count("fit", "epochs", epochs)
    check_loss_function("fit", loss)
    if len({*ensemble.steps[~ensemble.stopped].tolist()}) > 1:
        raise ArgumentError(
            f"fit: the nets have had {ensemble.steps.min()} to {ensemble.steps.max()} steps, since a fit was "
            "interrupted; needed as many for all; try a new Ensemble"
        )
    ensemble.template.train()
    feed = Feed(ensemble, train, batch_size)
    ensemble.bind(optimizer)
    rate = learning_rate(optimizer, schedule, schedule_every)
    history = History() if history is None else history
    begun = int(history["epoch"][-1]) if history.epochs else 0
    steps: dict[int, EnsembleStep] = {}  # by the rows of a batch
    pieces = range(begun, epochs, feed.most_epochs(epochs))
    with _told(history):
        for first in progress_bar(pieces, f"{len(ensemble)} nets", progress):
            count = min(pieces.step, epochs - first)
            totals = np.zeros((count, len(ensemble)))
            for piece in feed.pieces(first, count):
                example = piece.x[: piece.batch], piece.y[: piece.batch]
                if piece.batch not in steps:
                    steps[piece.batch] = EnsembleStep(ensemble, loss, optimizer, example)
                rates = [rate(step, epoch) for epoch, step in piece.steps]
                losses = steps[piece.batch].run(piece.x, piece.y, piece.batch, np.array(rates), piece.order)
                turns = len(rates) // count
                for i in range(turns):  # one after the other, as for one net
                    totals += losses[i::turns] * piece.batch
                optimizer.lr = rates[-1]
                history.steps += len(rates)
            for epoch, total in enumerate(totals, first + 1):
                if epoch % ensemble.every == 0 or epoch == epochs:
                    kept: dict[str, Any] = {"loss": total / feed.examples, "lr": optimizer.lr, "epoch": epoch}
                    history.add(kept)
    return history


@contextmanager
def _told(history: History) -> Iterator[None]:
    """Say in the history how the training ended, where it did not come to its end."""
    history.stopped = ""
    try:
        yield
    except BaseException as error:
        kind = "interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__
        history.stopped = f"{kind} after {history.steps} steps"
        raise


@dataclass
class Piece:
    """Examples for many steps in a row, all of batches of one size.

    Attributes
    ----------
    x, y : (examples, ...)
    order : (nets, steps * batch) or None
        Which of them each net sees; None: all see them as they lie.
    batch : int
    steps : list of (epoch, step)
        The number of each, as a schedule counts them.
    """

    x: Array
    y: Array
    order: Array | None
    batch: int
    steps: list[tuple[int, int]]


class Feed:
    """The examples, epoch by epoch: a pair or a Dataset is shuffled by each net's own seed, as `fit` does
    with one net; the batches of a DataLoader are the same for all."""

    def __init__(self, ensemble: Ensemble, train: Any, batch_size: int) -> None:
        self.loader = training_loader(ensemble.template, train, batch_size, None)
        n = len(self.loader.dataset)
        self.size = min(self.loader.batch_size, n)
        self.full, rest = divmod(n, self.size)
        self.rest = 0 if self.loader.drop_last else rest
        self.examples = self.full * self.size + self.rest
        self.seeds = None if isinstance(train, DataLoader) else ensemble.seeds
        self.nets = len(ensemble)
        self.varies = self.seeds is None and (self.loader.shuffle or self.loader.augment is not None)
        if self.seeds is not None:
            self.loader.shuffle = False
        self.x, self.y = self._all(0)

    def _all(self, epoch: int) -> tuple[Array, Array]:
        """The batches of an epoch, one after the other."""
        self.loader.epoch = epoch
        x, y = zip(*self.loader, strict=True)
        return np.concatenate(x), np.concatenate(y)

    def most_epochs(self, epochs: int) -> int:
        """How many may be run at once: few enough for the memory, and for a progress bar."""
        if self.rest or self.varies:
            return 1
        room = LOSSES // (self.nets * self.full)
        if self.seeds is not None:
            room = min(room, ORDERS // (self.nets * self.examples))
        return max(1, min(room, epochs // 100))

    def pieces(self, first: int, count: int) -> Iterator[Piece]:
        """Epochs first..first+count-1."""
        if self.varies:
            self.x, self.y = self._all(first)
        order = None if self.seeds is None else self._orders(self.seeds, first, count)
        per_epoch = self.full + (self.rest > 0)
        middle = self.full * self.size
        parts = [(self.size, range(self.full), slice(0, middle))]
        if self.rest:
            parts.append((self.rest, range(self.full, per_epoch), slice(middle, None)))
        for batch, turns, part in parts:
            steps = [(e, e * per_epoch + i) for e in range(first, first + count) for i in turns]
            if order is None:
                yield Piece(self.x[part], self.y[part], None, batch, steps)
            else:
                own = np.ascontiguousarray(order[:, :, part]).reshape(self.nets, -1)
                yield Piece(self.x, self.y, own, batch, steps)

    def _orders(self, seeds: list[int], first: int, count: int) -> Array:
        """(nets, epochs, examples): which example comes where."""
        n = len(self.loader.dataset)
        orders = [[permutation(n, seed=s, epoch=first + e) for e in range(count)] for s in seeds]
        return np.asarray(orders)[:, :, : self.examples]
