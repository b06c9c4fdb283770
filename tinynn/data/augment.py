"""More images than there are: each shown shifted, mirrored, or with a hole, in another way every epoch.

A label does not change when its object moves a little or is seen in a mirror, and a net that has never seen
the same pixels twice cannot learn them by heart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinynn.backends import kernels
from tinynn.data.dataset import Dataset
from tinynn.errors import ArgumentError, DtypeError, ShapeError

_DRAWS = 5  # per image: row, column, mirrored, row and column of the hole
_BLOCKS = 2  # of four random words: room for them
_STREAM = 0x6175676D656E7400  # apart from the numbers that training draws under the same seed


@dataclass(frozen=True)
class Augment:
    """How a DataLoader varies its images.

    Parameters
    ----------
    crop : int
        Shift by up to so many pixels in each direction; beyond its rim an image goes on mirrored.
    flip : bool
        Mirror every second image, left to right.
    cutout : int
        Put a square of so many pixels a side somewhere at the mean colour (0 after normalisation); at the
        rim a part of it falls outside.

    Raises
    ------
    ArgumentError

    Notes
    -----
    DeVries, Taylor: Improved regularization of convolutional neural networks with cutout (2017).

    Examples
    --------
    >>> Augment(crop=4, flip=True)
    Augment(crop=4, flip=True, cutout=0)
    """

    crop: int = 0
    flip: bool = False
    cutout: int = 0

    def __post_init__(self) -> None:
        for name in ("crop", "cutout"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
                raise ArgumentError(f"Augment: got {name} = {value!r}; needed a number of pixels from 0 up")
        if not isinstance(self.flip, bool | np.bool_):
            raise ArgumentError(f"Augment: got flip = {self.flip!r}; needed True or False")

    def draw(self, n: int, size: tuple[int, ...], seed: int, epoch: int) -> NDArray[np.int64]:
        """What happens to the n images (h, w) of an epoch: the `place` (n, 5) of the kernel `gather_crops`.

        A function of the seed, the epoch and an image's place in its order alone.
        """
        offset = (epoch << 40) % 2**64
        numbers = kernels.philox_uniform((n, 4 * _BLOCKS), seed=seed ^ _STREAM, offset=offset)[:, :_DRAWS]
        h, w = size
        shifts, half = 2 * self.crop + 1, self.cutout // 2
        many = np.array([shifts, shifts, 2 if self.flip else 1, h, w])
        lowest = np.array([-self.crop, -self.crop, 0, -half, -half])
        place: NDArray[np.int64] = (numbers * many).astype(np.int64) + lowest
        return place


def check_augment(augment: Augment | None, data: Dataset) -> Augment | None:
    """An Augment that suits these images, or None.

    Raises
    ------
    DtypeError, ShapeError
    """
    if augment is None:
        return None
    if not isinstance(augment, Augment):
        raise DtypeError(f"DataLoader: got augment = {augment!r}; needed a data.Augment(...)")
    if data.x.dtype != np.uint8 or data.x.ndim != 4:
        raise DtypeError(
            f"DataLoader: augment needs images, uint8 (n, c, h, w); got {data.x.dtype} {data.x.shape}"
        )
    if augment.crop >= min(data.x.shape[2:]):
        raise ShapeError(
            f"DataLoader: the images are {data.x.shape[2:]}; crop={augment.crop} moves them out of sight"
        )
    return augment


def check_place(place: NDArray[np.int64], n: int, size: tuple[int, ...]) -> NDArray[np.int64]:
    """What `draw` gave, whoever wrote it: (n, 5) int64 that leave a part of each image in sight.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError
    """
    if not isinstance(place, np.ndarray) or place.dtype != np.int64:
        got = getattr(place, "dtype", type(place).__name__)
        raise DtypeError(f"Augment.draw: gave {got}; needed an int64 array")
    if place.shape != (n, 5):
        raise ShapeError(f"Augment.draw: gave {place.shape}; needed {(n, 5)}")
    if (np.abs(place[:, :2]) >= size).any():
        raise ArgumentError(f"Augment.draw: moves a crop further than its image, {size}, is large")
    return np.ascontiguousarray(place)
