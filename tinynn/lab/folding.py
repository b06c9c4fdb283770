"""Where the plane is after every affine map and every activation, as pictures in two dimensions.

Legend: stage 0 is the input, stages 2i-1 and 2i are layer i after its affine map and its activation; k units.

A stage of more than two units is seen from the two directions in which the points spread most. These turn
while the net learns; from one picture to the next they follow slowly, so that what is seen to move is the
net's doing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinynn as tn
from tinynn import functional as F
from tinynn.lab.trainer import Lab

Array = NDArray[Any]
LINES, FINE = 17, 49
REACH = 1.15  # the grid reaches a little beyond the points
FOLLOW = 0.3  # how much of a turn of the directions is followed in one picture
FAR = 2.5  # beyond so many half widths of the picture nothing is drawn


def lattice(reach: float, steps: int) -> Array:
    """Places (steps * steps, 2) over the input plane, row by row."""
    line = np.linspace(-reach, reach, steps, dtype=np.float32)
    return np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)


@dataclass(frozen=True)
class Picture:
    """One picture of the plane.

    Attributes
    ----------
    along, across : (lines * (fine + 1), 2)
        Grid lines one after the other, a NaN between them.
    points : (n, 2)
    zero : (2,)
        Where the origin is.
    """

    along: Array
    across: Array
    points: Array
    zero: Array


class Folding:
    """The views of one net, which remember how they looked at each stage."""

    def __init__(self) -> None:
        self.grid = lattice(REACH, FINE)
        self.bases: dict[int, Array] = {}

    @staticmethod
    def titles(lab: Lab) -> list[str]:
        """The names of the stages."""
        name = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "gelu": "GELU"}
        kind = name.get(lab.settings.activation, lab.settings.activation)
        layers = [(f"layer {i}: affine", f"layer {i}: {kind}") for i in range(1, lab.settings.depth + 1)]
        return ["input", *(title for pair in layers for title in pair)]

    def picture(self, lab: Lab, place: float) -> Picture:
        """The plane at a stage, or on its way from one to the next.

        Parameters
        ----------
        lab : Lab
        place : float
            0 for the input; 2.5 is halfway from stage 2 to stage 3.
        """
        last = 2 * lab.settings.depth
        place = min(max(float(place), 0.0), float(last))
        first = int(place)
        share = place - first
        both = np.concatenate([self.grid, lab.points.x, np.zeros((1, 2), np.float32)])
        seen = [self._seen(stage, a) for stage, a in self._stages(lab, both, {first, min(first + 1, last)})]
        flat = seen[0] if share == 0 else (1 - share) * seen[0] + share * seen[-1]
        return self._drawn(flat)

    def _stages(self, lab: Lab, x: Array, wanted: set[int]) -> list[tuple[int, Array]]:
        """(stage, places) of those wanted, in order; the origin of each space stands last."""
        found = [(0, x)] if 0 in wanted else []
        activation = lab.settings.activation
        h = x[:-1]
        with tn.no_grad():
            for i, layer in enumerate(lab.layers()[:-1]):
                if 2 * i + 1 > max(wanted):
                    break
                z = np.asarray(F.linear(h, layer.weight, layer.bias))
                h = np.asarray(F.activation(z, activation=activation))
                for stage, a in ((2 * i + 1, z), (2 * i + 2, h)):
                    if stage in wanted:
                        found.append((stage, np.concatenate([a, np.zeros((1, a.shape[1]), a.dtype)])))
        return found

    def _seen(self, stage: int, a: Array) -> Array:
        """(m, k) -> (m, 2), the points filling -1..1 on each axis."""
        grid, points = len(self.grid), a[len(self.grid) : -1].astype(np.float64)
        k = a.shape[1]
        if k == 1:
            flat = np.concatenate([a, np.zeros_like(a)], 1).astype(np.float64)
        elif k == 2:
            flat = a.astype(np.float64)
        else:
            flat = a @ self._basis(stage, points)
        shown = flat[grid:]  # the points and the origin
        low, high = shown.min(0), shown.max(0)
        half = np.maximum((high - low) / 2, 1e-6)
        return np.asarray((flat - (low + high) / 2) / half)

    def _basis(self, stage: int, points: Array) -> Array:
        """(k, 2): the directions of largest spread, turned towards those of the picture before.

        Points beyond the range of float32, as before a tanh that bounds them again, spread in none: there
        the directions stay. Those within it cannot overflow here, in float64.
        """
        old = self.bases.get(stage)
        if not np.isfinite(points).all():
            return np.eye(points.shape[1], 2) if old is None else old
        centred = points - points.mean(0)
        new = np.linalg.eigh(centred.T @ centred)[1][:, :-3:-1]
        if old is not None and old.shape == new.shape:
            u, _, v = np.linalg.svd(new.T @ old)
            u, _, v = np.linalg.svd((1 - FOLLOW) * old + FOLLOW * new @ (u @ v), full_matrices=False)
            new = u @ v
        self.bases[stage] = new
        return np.asarray(new)

    def _drawn(self, flat: Array) -> Picture:
        grid = flat[: len(self.grid)].reshape(FINE, FINE, 2)
        grid = np.where(np.abs(grid).max(-1, keepdims=True) < FAR, grid, np.nan)
        step = (FINE - 1) // (LINES - 1)
        gap = np.full((LINES, 1, 2), np.nan)
        along = np.concatenate([grid[::step], gap], 1).reshape(-1, 2)
        across = np.concatenate([grid[:, ::step].swapaxes(0, 1), gap], 1).reshape(-1, 2)
        points = flat[len(self.grid) : -1]
        return Picture(*(a.astype(np.float32) for a in (along, across, points, flat[-1])))
