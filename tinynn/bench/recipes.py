"""How to reach an accuracy: what the experiments mnist-mlp, mnist-conv and cifar-conv do, as plain data.

Both sides train the same net from their own random weights on the same images, by the same rule and with the
same rates; see `peers/tinynn_fit.py` and `peers/pytorch_fit.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """One training.

    Attributes
    ----------
    name : str
        The experiment it is taken from; both sides build that net.
    dataset : {"mnist", "cifar10"}
    target : float
        The test accuracy to reach, within 0..1.
    epochs, batch : int
    lr : float
        The largest rate. It falls on a straight line to 0, or goes through one cycle where `one_cycle` says
        so, with Nesterov's momentum.
    momentum, weight_decay, label_smoothing : float
    crop : int
        Images are shifted by up to so many pixels, mirrored beyond their rim.
    flip : bool
        Every second image is mirrored, left to right.
    normalize : bool
        Every channel has mean 0 and variance 1; else pixels are 0..1.
    """

    name: str
    dataset: str
    target: float
    epochs: int
    batch: int
    lr: float
    momentum: float = 0.9
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    one_cycle: bool = False
    crop: int = 0
    flip: bool = False
    normalize: bool = False


_ROWS = (
    Recipe("mnist-mlp", "mnist", 0.978, 8, 128, 0.1, weight_decay=1e-4),
    Recipe("mnist-conv", "mnist", 0.99, 10, 64, 0.05, weight_decay=5e-4, crop=2),
    Recipe(
        "cifar-conv",
        "cifar10",
        0.79,
        6,
        128,
        0.2,
        weight_decay=5e-4,
        label_smoothing=0.1,
        one_cycle=True,
        crop=4,
        flip=True,
        normalize=True,
    ),
)
RECIPES = {row.name: row for row in _ROWS}
