"""A data set: examples, what they are, and where they came from.

Legend: n examples, c channels, h height, w width, d features.
Images stay uint8, a quarter of the memory of float32; the loader converts one batch at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.data.shuffle import permutation
from tinynn.errors import ArgumentError, DtypeError, ShapeError

Array = NDArray[Any]


class Dataset:
    """Examples `x` with their targets `y`: a pair of arrays that know what they mean.

    Parameters
    ----------
    x : array (n, ...)
        uint8 images (n, c, h, w), or float features (n, d).
    y : array (n,) or (n, ...)
        Integer class labels, kept as int64, or float targets of a regression.
    classes : sequence of str, optional
        The name of each label. Labels must then lie in 0..len(classes)-1.
    name : str
        What the set is called in titles and in metrics.json.
    synthetic : bool
        True where the examples were generated and not measured. Everything that reports on the
        set passes this on.

    Raises
    ------
    ShapeError
        `x` and `y` differ in length, or images are not (n, c, h, w).
    DtypeError
        `x` is neither uint8 nor float, or `y` neither integer nor float.
    ArgumentError
        A label has no class.

    Examples
    --------
    >>> import numpy as np
    >>> toy = Dataset(np.zeros((4, 2), np.float32), [0, 1, 0, 1], classes=("left", "right"), name="toy")
    >>> len(toy), toy[1:3].labels.tolist()
    (4, [1, 0])
    >>> point, label = toy[3]
    """

    __slots__ = ("classes", "name", "synthetic", "x", "y")

    def __init__(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        classes: Sequence[str] = (),
        name: str = "data",
        synthetic: bool = False,
    ) -> None:
        self.x: Array = _examples(np.asarray(x))
        self.y: Array = _targets(np.asarray(y))
        self.classes: tuple[str, ...] = tuple(str(c) for c in classes)
        self.name = name
        self.synthetic = bool(synthetic)
        if len(self.x) != len(self.y):
            raise ShapeError(
                f"Dataset: x holds {len(self.x)} examples but y {len(self.y)}; needed one target per example"
            )
        if self.classes and len(self.y):
            self._check_labels()

    def _check_labels(self) -> None:
        if self.y.dtype != np.int64:
            raise DtypeError(f"Dataset: got classes and {self.y.dtype} targets; needed integer labels")
        low, high = int(self.y.min()), int(self.y.max())
        if low < 0 or high >= len(self.classes):
            raise ArgumentError(
                f"Dataset: got labels in {low}..{high}; needed 0..{len(self.classes) - 1}, one per class"
            )

    @property
    def images(self) -> Array:
        """`x` under the name it has for images."""
        return self.x

    @property
    def labels(self) -> Array:
        """`y` under the name it has for classification."""
        return self.y

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example: (c, h, w) or (d,)."""
        return tuple(self.x.shape[1:])

    def __len__(self) -> int:
        return len(self.x)

    def __iter__(self) -> Iterator[tuple[Array, Any]]:
        return iter(zip(self.x, self.y, strict=True))

    def __getitem__(self, key: Any) -> Any:
        """An integer gives the pair (example, target); a slice, mask or list of indices a Dataset.

        Slices share memory with the whole, as NumPy's do.
        """
        if isinstance(key, int | np.integer):
            return self.x[key], self.y[key]
        if not isinstance(key, slice):
            key = _index_array(key, len(self))
        return self._with(self.x[key], self.y[key])

    def _with(self, x: Array, y: Array) -> Dataset:
        part = Dataset.__new__(Dataset)  # the parts of a checked set need no second check
        part.x, part.y = x, y
        part.classes, part.name, part.synthetic = self.classes, self.name, self.synthetic
        return part

    def take(self, n: int) -> Dataset:
        """The first `n` examples (all of them where the set is smaller)."""
        if n < 0:
            raise ArgumentError(f"take: got n = {n}; needed 0 or more")
        return self._with(self.x[:n], self.y[:n])

    def split(self, fraction: float, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Shuffle and cut in two: `fraction` of the examples, and the rest.

        The same seed gives the same cut on every machine.

        Examples
        --------
        >>> import numpy as np
        >>> first, second = Dataset(np.zeros((10, 2)), np.zeros(10, int)).split(0.8)
        >>> len(first), len(second)
        (8, 2)
        """
        if not 0.0 <= fraction <= 1.0:
            raise ArgumentError(f"split: got fraction = {fraction}; needed a number from 0 to 1")
        order = permutation(len(self), seed=seed)
        cut = round(fraction * len(self))
        return self[order[:cut]], self[order[cut:]]

    def __repr__(self) -> str:
        about = [f"{len(self)} x {self.shape} {self.x.dtype}"]
        if self.classes:
            about.append(f"{len(self.classes)} classes")
        if self.synthetic:
            about.append("synthetic")
        return f"Dataset({self.name!r}: {', '.join(about)})"


def _examples(x: Array) -> Array:
    if x.ndim == 0:
        raise ShapeError("Dataset: got a scalar x; needed (n, c, h, w) images or (n, d) features")
    if x.dtype == np.uint8:
        if x.ndim != 4:
            raise ShapeError(
                f"Dataset: got uint8 images {x.shape}; needed (n, c, h, w); try x[:, None] for grey"
            )
        return x
    if x.dtype in (np.float32, np.float64):
        return x
    raise DtypeError(
        f"Dataset: got x of {x.dtype}; needed uint8 images or float features; try x.astype('float32')"
    )


def _targets(y: Array) -> Array:
    if y.ndim == 0:
        raise ShapeError("Dataset: got a scalar y; needed one target per example")
    if np.issubdtype(y.dtype, np.integer) or y.dtype == np.bool_:
        if y.ndim != 1:
            raise ShapeError(
                f"Dataset: got labels {y.shape}; needed (n,); try y.argmax(1) for one-hot labels"
            )
        return y.astype(np.int64, copy=False)
    if y.size == 0:
        return np.zeros(y.shape, np.int64)  # np.asarray([]) is float64, but nobody means that
    if y.dtype in (np.float32, np.float64):
        return y
    raise DtypeError(f"Dataset: got y of {y.dtype}; needed integer labels or float targets")


def _index_array(key: Any, n: int) -> Array:
    index = np.asarray(key)
    if index.size == 0 and index.dtype != np.bool_:
        index = index.astype(np.int64)
    if index.ndim != 1 or index.dtype.kind not in "iub":
        raise TypeError(f"Dataset: got the index {key!r}; needed an int, a slice, a mask or a list of ints")
    if index.dtype == np.bool_ and len(index) != n:
        raise IndexError(
            f"Dataset: got a mask of {len(index)} for {n} examples; needed one entry per example"
        )
    return index
