"""The net that is being looked at, and the steps it takes: full batch, compiled where that can be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinynn as tn
from tinynn import functional as F
from tinynn import nn
from tinynn.backends import native
from tinynn.errors import ArgumentError
from tinynn.experiments._starts import builder
from tinynn.lab.points import Points, made
from tinynn.lab.settings import OWN, Settings
from tinynn.random import default_generator, set_apart

Array = NDArray[Any]


class Lab:
    """A net of the plane in training.

    Parameters
    ----------
    settings : Settings
    own : Points, optional
        Of the user's file, where settings.data asks for it.

    Attributes
    ----------
    net : Sequential of Linear
    points : Points
    losses : list of float
        Of every step since the net was made, before the update.
    stopped : str
        Why it cannot go on; "" as long as it can.

    Examples
    --------
    >>> lab = Lab(Settings(data="moons", width=8, depth=1))
    >>> lab.advance(300)
    >>> lab.steps, lab.losses[-1] < lab.losses[0]
    (300, True)
    """

    def __init__(self, settings: Settings, own: Points | None = None) -> None:
        self.settings, self.own = settings, own
        self.restart()

    def restart(self) -> None:
        """A new net from the seed."""
        settings = self.settings
        if settings.data == OWN and self.own is None:
            raise ArgumentError("lab: there is no file yet; needed one of x, y, class; try uploading it")
        self.points = self.own if settings.data == OWN and self.own else made(settings.data, settings.seed)
        with set_apart([default_generator]):
            default_generator.manual_seed(settings.seed)
            self.net: Any = self.builder()()
        self.losses: list[float] = []
        self.stopped = ""
        self._take_up()

    def builder(self) -> Any:
        """A function that makes such a net from the default generator, as an Ensemble wants it."""
        s = self.settings
        return builder(s.width, s.depth, s.activation, "wide", len(self.points.classes))

    def _take_up(self) -> None:
        """Give the net the rule of the settings, and compile the step."""
        self.optimizer = self.settings.new_optimizer()
        self.optimizer.bind(self.net.parameters())
        self._compiled: tn.CompiledStep | None = None
        if native.module() is not None:
            batch = self.points.x, self.points.y
            self._compiled = tn.compile(self.net, F.cross_entropy, self.optimizer, example=batch)

    def change(self, **choices: Any) -> bool:
        """Other settings; returns whether the net begins anew.

        Raises
        ------
        ArgumentError
            Nothing is changed then.
        """
        new, old = replace(self.settings, **choices), self.settings
        if new == old:
            return False
        self.settings = new
        if new.needs_a_new_net(old):
            try:
                self.restart()
            except ArgumentError:
                self.settings = old
                raise
            return True
        if (new.optimizer, new.decay) == (old.optimizer, old.decay):
            self.optimizer.lr = new.lr
        else:
            self._take_up()
        self.stopped = ""
        return False

    def use_file(self, own: Points) -> None:
        """Train on somebody's points, from the beginning."""
        self.own = own
        self.settings = replace(self.settings, data=OWN)
        self.restart()

    @property
    def steps(self) -> int:
        return len(self.losses)

    def advance(self, steps: int) -> None:
        """Take some steps; a net whose loss is no number any more stops, as it was before these.

        The losses are those before each step; that of the net as it is now is asked for too. With it every
        place that the points have in the net is finite: its layers can be drawn.
        """
        if self.stopped:
            return
        before = [p.data.copy() for p in self.net.parameters()]
        with np.errstate(all="ignore"):
            losses = self._steps(steps)
            now = self.loss()
        whole = np.isfinite([*losses, now]).all()
        if whole and all(np.isfinite(p.data).all() for p in self.net.parameters()):
            self.losses += losses.tolist()
            return
        for parameter, array in zip(self.net.parameters(), before, strict=True):
            parameter.data[...] = array
        self.stopped = (
            f"After step {self.steps} the loss became infinite: the steps are too large. "
            "Try a smaller learning rate, then restart."
        )

    def _steps(self, steps: int) -> Array:
        x, y = self.points.x, self.points.y
        if self._compiled is not None:
            return self._compiled.repeat(x, y, steps)
        found = []
        for _ in range(steps):  # where there was no compiler when tinynn was installed
            loss: Any = F.cross_entropy(self.net(x), y)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
            found.append(float(loss.item()))
        return np.array(found)

    def scores(self, places: Array) -> Array:
        """(n, classes) at places (n, 2)."""
        with tn.no_grad():
            return np.asarray(self.net(np.ascontiguousarray(places, np.float32)))

    def accuracy(self) -> float:
        """The share of points on the right side."""
        return float((self.scores(self.points.x).argmax(1) == self.points.y).mean())

    def loss(self) -> float:
        """Of the net as it is now."""
        return float(np.asarray(F.cross_entropy(self.scores(self.points.x), self.points.y)))

    def layers(self) -> list[nn.Linear]:
        """The linear layers, the last one making the scores."""
        return list(self.net)
