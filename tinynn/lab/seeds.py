"""The same net from many seeds, trained side by side as an Ensemble: is what was seen luck?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinynn as tn
from tinynn import functional as F
from tinynn.compile import EnsembleStep
from tinynn.lab.folding import REACH, lattice
from tinynn.lab.trainer import Lab

Array = NDArray[Any]


class Seeds:
    """`count` nets with the settings of a lab and the seeds from its own on; the first is the lab's net.

    Attributes
    ----------
    losses, accuracy : (count,)
        As they are now.
    steps : int

    Raises
    ------
    BackendError
        There are no native kernels, in which alone an ensemble trains.

    Examples
    --------
    >>> from tinynn.lab import Settings
    >>> seeds = Seeds(Lab(Settings(data="moons", width=4, depth=1)), 3)
    >>> seeds.advance(200)
    >>> seeds.regions(8).shape
    (3, 8, 8)
    """

    def __init__(self, lab: Lab, count: int) -> None:
        settings, points = lab.settings, lab.points
        self.activation, self.points, self.rate = settings.activation, points, settings.lr
        self.nets = tn.Ensemble(
            lab.builder(), count, range(settings.seed, settings.seed + count), optimize=True
        )
        self._step = EnsembleStep(self.nets, F.cross_entropy, settings.new_optimizer(), (points.x, points.y))
        self.steps = 0

    def advance(self, steps: int) -> None:
        """So many steps for each."""
        x, y = self.points.x, self.points.y
        self._step.run(x, y, len(x), np.full(steps, self.rate))
        self.steps += steps

    def scores(self, places: Array) -> Array:
        """(nets, n, classes) at places (n, 2)."""
        arrays = [np.ascontiguousarray(a) for a in self.nets.parameters().values()]
        h: Any = np.repeat(places[None].astype(np.float32), len(self.nets), 0)
        pairs = list(zip(arrays[::2], arrays[1::2], strict=True))
        for i, (w, b) in enumerate(pairs):
            h = np.asarray(F.linear(h, w, b))
            if i < len(pairs) - 1:
                h = np.asarray(F.activation(h, activation=self.activation))
        return np.asarray(h)

    @property
    def accuracy(self) -> Array:
        return np.asarray((self.scores(self.points.x).argmax(-1) == self.points.y).mean(-1))

    @property
    def losses(self) -> Array:
        scores, y = self.scores(self.points.x), self.points.y
        return np.array([float(np.asarray(F.cross_entropy(s, y))) for s in scores])

    def regions(self, side: int) -> Array:
        """(nets, side, side): the class at each place, the lowest row first."""
        found = self.scores(lattice(REACH, side)).argmax(-1)
        return np.asarray(found.reshape(len(self.nets), side, side))
