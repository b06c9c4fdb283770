"""From a data set to batches: shuffle, gather, convert.

The pixels lie in memory as uint8. A batch is picked, turned into floats and normalised by one kernel,
`gather_images` (`gather_crops` where they are augmented), in one pass over the memory; Python sees a batch,
never a pixel.

Legend: n examples in the batch, c channels, h height, w width, d features.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinynn.backends import kernels
from tinynn.data.augment import Augment, check_augment, check_place
from tinynn.data.dataset import Dataset
from tinynn.data.shuffle import permutation
from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.random import initial_seed, word

Array = NDArray[Any]


class DataLoader:
    """Cut a data set into batches (x, y), in a new order every epoch.

        x = (pixels / 255 - mean) / std        for uint8 images
        x = (features - mean) / std            for float features

    Parameters
    ----------
    dataset : Dataset, or a pair of arrays (x, y)
    batch_size : int
        The last batch of an epoch is smaller where the set does not divide.
    shuffle : bool
    seed : int, optional
        The order of epoch e is a function of (seed, e) and of nothing else: a run that sets
        `loader.epoch = e` continues as if it had never stopped. Default: the seed of `tn.manual_seed`.
    drop_last : bool
        Leave the smaller last batch out.
    normalize : (mean, std), optional
        A number each, or one per channel (per feature), as `normalization(dataset)` gives them.
    augment : Augment, optional
        Show every image shifted, mirrored or with a hole, in another way each time; images of uint8 only.
    dtype : float32 or float64

    Attributes
    ----------
    epoch : int
        The number of the next pass, counted from 0.
    normalize
        As given: another loader may be made alike.

    Raises
    ------
    ArgumentError
        An empty set, a batch size below 1, a std that is not positive, or no batch to give.

    Examples
    --------
    >>> loader = DataLoader((np.zeros((10, 2)), np.arange(10)), batch_size=4, seed=0)
    >>> [x.shape for x, y in loader]
    [(4, 2), (4, 2), (2, 2)]
    """

    def __init__(
        self,
        dataset: Dataset | tuple[ArrayLike, ArrayLike],
        batch_size: int = 64,
        *,
        shuffle: bool = True,
        seed: int | None = None,
        drop_last: bool = False,
        normalize: tuple[ArrayLike, ArrayLike] | None = None,
        augment: Augment | None = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.dataset = dataset if isinstance(dataset, Dataset) else _pair(dataset)
        self.batch_size = _batch_size(batch_size, len(self.dataset), drop_last)
        self.shuffle = shuffle
        self.seed = initial_seed() if seed is None else word("DataLoader: seed", seed)
        self.drop_last = drop_last
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise DtypeError(f"DataLoader: got dtype {self.dtype}; needed float32 or float64")
        self.epoch = 0
        self.normalize = normalize
        self._mean, self._std = _normalize(normalize, self.dataset, self.dtype)
        self._x, self._y = self._prepare(self.dataset)
        self.augment = check_augment(augment, self.dataset)

    def _prepare(self, data: Dataset) -> tuple[Array, Array]:
        """The arrays as the kernels want them: contiguous, (rows, c, inner) bytes or (rows, d) floats."""
        y = data.y if data.y.dtype == np.int64 else data.y.astype(self.dtype)
        if data.x.dtype == np.uint8:
            return np.ascontiguousarray(data.x), y
        x = np.ascontiguousarray(data.x, self.dtype)
        if self._mean is not None and self._std is not None:
            along = (1, -1) + (1,) * (x.ndim - 2)
            x = (x - self._mean.reshape(along)) / self._std.reshape(along)
        return x.reshape(len(x), -1), y

    def __len__(self) -> int:
        """The number of batches in one epoch."""
        n = len(self.dataset)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """Begin the next epoch: x (n, c, h, w) or (n, d) of `dtype`, y (n,) int64 (or float targets)."""
        order, place = self.next_epoch()
        size = self.batch_size
        return (
            self.gather(order[i : i + size], None if place is None else place[i : i + size])
            for i in range(0, len(order), size)
        )

    def next_epoch(self) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """Begin the next epoch, as numbers: the order of the examples, and how each image is augmented.

        Returns
        -------
        order : (n,) int64
            Batch i are the examples order[i * batch_size : (i + 1) * batch_size].
        place : (n, 5) int64, or None without augment
        """
        n, epoch = len(self.dataset), self.epoch
        order = permutation(n, seed=self.seed, epoch=epoch) if self.shuffle else np.arange(n)
        self.epoch += 1
        order = order[: len(self) * self.batch_size]
        if self.augment is None:
            return order, None
        size = self._x.shape[2:]
        return order, check_place(self.augment.draw(len(order), size, self.seed, epoch), len(order), size)

    def gather(self, index: NDArray[np.int64], place: NDArray[np.int64] | None = None) -> tuple[Array, Array]:
        """The examples of these numbers as a batch, images augmented as `place` says: kernels alone."""
        n, x = len(index), self._x
        statistics = self._mean, self._std
        if x.dtype != np.uint8:
            batch = kernels.gather_rows(x, index).reshape(n, *self.dataset.shape)
        elif place is None or self.augment is None:
            planes = x.reshape(*x.shape[:2], -1)
            batch = kernels.gather_images(planes, index, *statistics, dtype=self.dtype).reshape(
                n, *x.shape[1:]
            )
        else:
            hole = self.augment.cutout
            batch = kernels.gather_crops(x, index, place, *statistics, hole=hole, dtype=self.dtype)
        return batch, self.targets(index)

    def targets(self, index: NDArray[np.int64]) -> Array:
        """The targets of these examples."""
        y = self._y
        bits = (
            y.view(np.float64) if y.dtype == np.int64 else y
        )  # rows are moved as they are, whatever they mean
        rows = kernels.gather_rows(bits.reshape(len(y), -1), index)
        targets: Array = rows.view(y.dtype).reshape(len(index), *y.shape[1:])
        return targets

    def sources(self) -> dict[str, Array]:
        """The arrays that `gather` reads, by name."""
        return {"images" if self._x.dtype == np.uint8 else "features": self._x, "targets": self._y}

    def __repr__(self) -> str:
        order = f"shuffled, seed {self.seed}, epoch {self.epoch}" if self.shuffle else "in order"
        return f"DataLoader({self.dataset!r}, {len(self)} batches of {self.batch_size}, {order})"


def normalization(dataset: Dataset) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of every channel (c,), or of every feature (d,).

    Images are measured as the loader scales them, pixels / 255. A channel that never changes gets
    std 1, so that dividing by it does nothing.

    Raises
    ------
    ArgumentError
        The set is empty.

    Examples
    --------
    >>> mean, std = normalization(Dataset([[1.0, 5.0], [3.0, 5.0]], [0, 1]))
    >>> mean.tolist(), std.tolist()
    ([2.0, 5.0], [1.0, 1.0])
    """
    x = dataset.x
    if x.size == 0:
        raise ArgumentError("normalization: got an empty data set; needed at least one example")
    if x.dtype == np.uint8:
        mean, variance = _moments_of_bytes(x)
    else:
        axes = (0, *range(2, x.ndim))
        mean, variance = x.mean(axes, dtype=np.float64), x.var(axes, dtype=np.float64)
    std = np.sqrt(variance)
    return mean, np.where(std > 0, std, 1.0)


def _moments_of_bytes(x: Array) -> tuple[Array, Array]:
    """Mean and variance from how often each byte occurs: exact, and without a float copy of the set."""
    values = np.arange(256) / 255
    mean, variance = np.empty(x.shape[1]), np.empty(x.shape[1])
    for channel in range(x.shape[1]):
        counts = np.zeros(256, np.int64)
        for start in range(0, len(x), 1000):
            counts += np.bincount(x[start : start + 1000, channel].ravel(), minlength=256)
        share = counts / counts.sum()
        mean[channel] = share @ values
        variance[channel] = share @ (values - mean[channel]) ** 2
    return mean, variance


def _pair(pair: Any) -> Dataset:
    try:
        x, y = pair
    except (TypeError, ValueError):
        raise DtypeError(
            f"DataLoader: got {type(pair).__name__}; needed a Dataset or a pair (x, y)"
        ) from None
    return Dataset(x, y)


def _batch_size(size: Any, n: int, drop_last: bool) -> int:
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        raise ArgumentError(f"DataLoader: got batch_size = {size!r}; needed an integer from 1 up")
    if n == 0:
        raise ArgumentError("DataLoader: got an empty data set; needed at least one example")
    if drop_last and size > n:
        raise ArgumentError(
            f"DataLoader: got batches of {size} from {n} examples with drop_last, which leaves none; "
            f"try batch_size={n} or drop_last=False"
        )
    return int(size)


def _normalize(pair: Any, data: Dataset, dtype: np.dtype[Any]) -> tuple[Array | None, Array | None]:
    """(mean, std), each (c,) of `dtype`; (None, None) where there is nothing to do."""
    if pair is None:
        return None, None
    try:
        mean, std = (np.asarray(part, np.float64) for part in pair)
    except (TypeError, ValueError):
        raise ArgumentError(f"DataLoader: got normalize = {pair!r}; needed a pair (mean, std)") from None
    c = data.shape[0] if data.shape else 1
    for name, part in (("mean", mean), ("std", std)):
        if part.shape not in ((), (1,), (c,)):
            raise ShapeError(f"DataLoader: got a {name} of shape {part.shape}; needed a number or ({c},)")
    if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
        raise ArgumentError(f"DataLoader: got mean {mean}, std {std}; needed finite numbers, std above 0")
    return tuple(np.full(c, part, dtype) for part in (mean, std))  # type: ignore[return-value]
