"""What the calls of kernels are made of: random arguments of one dtype, and who draws them for which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


# Arguments changed in place beside the results: running statistics, weights and their velocities.
MOVES = {"batch_norm_forward": (3, 4), "linear_backward_sgd": (2, 3, 5, 6)}


@dataclass(frozen=True)
class KernelCall:
    """One call: the positional arguments and the options."""

    name: str
    arrays: tuple[Any, ...]
    options: dict[str, Any]

    def run(self, kernel: Callable[..., Any]) -> list[Array | None]:
        """All results and all that it changes; of a step, its arrays afterwards. Ours stay as they were."""
        arrays, options = deepcopy((self.arrays, self.options))
        result = kernel(*arrays, **options)
        if result is None:
            result = arrays
        changed = [arrays[i] for i in MOVES.get(self.name, ())]
        results = [*result, *changed] if isinstance(result, tuple) else [result, *changed]
        return [one for each in results for one in (each if isinstance(each, tuple) else (each,))]

    def __str__(self) -> str:
        shapes = [getattr(a, "shape", a) for a in self.arrays]
        return f"{self.name}{tuple(shapes)} {self.options}"


class Draw:
    """Random arguments of one dtype."""

    def __init__(self, dtype: DTypeLike, seed: int) -> None:
        self.dtype, self.rng = np.dtype(dtype), np.random.default_rng(seed)

    def __call__(self, *shape: int) -> Array:
        """Normal numbers, one in eight an exact zero: the kink of many a formula."""
        x = self.rng.normal(size=shape)
        return np.where(self.rng.random(shape) < 0.125, 0, x).astype(self.dtype)

    def positive(self, *shape: int) -> Array:
        return self.rng.uniform(0.5, 2, shape).astype(self.dtype)

    def integers(self, n: int, high: int) -> Array:
        return self.rng.integers(0, max(high, 1), n)

    def slope(self, activation: str, n: int) -> list[Array | None]:
        """What may stand for the slope: None, or for prelu one for all and one for each."""
        return [self(1), self(n)] if activation == "prelu" else [None]


Drawer = Callable[[Draw, int, int, int], Iterator[Arguments]]
DRAWERS: dict[str, Drawer] = {}


def draws(drawer: Drawer) -> Drawer:
    """Enter a function among DRAWERS: it yields the calls of the kernel of its name."""
    DRAWERS[drawer.__name__] = drawer
    return drawer
