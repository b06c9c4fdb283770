"""OpCase: one row of the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from tinynn.autograd import Array

Rng = np.random.Generator
SIZES = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33)  # around every vector width

ACTIVATION_ORACLES: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: z * special.ndtr(z),
    "silu": lambda z: z * special.expit(z),
    "softplus": lambda z: np.logaddexp(0, z),
}
KINKED = ("relu", "leaky_relu", "elu", "prelu")


@dataclass(frozen=True)
class Sample:
    """The positional inputs of one call, in float64 (labels and indices: int64), away from every kink."""

    arrays: tuple[Any, ...]

    def cast(self, dtype: Any) -> tuple[Any, ...]:
        """The inputs with the floats in another precision."""
        return tuple(
            a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in self.arrays
        )

    def floats(self) -> tuple[int, ...]:
        """The positions of the float inputs."""
        return tuple(
            i for i, a in enumerate(self.arrays) if isinstance(a, np.ndarray) and a.dtype == np.float64
        )


@dataclass(frozen=True)
class OpCase:
    """One row: an op, how to call it, what it must give, and where it is smooth.

    Attributes
    ----------
    op : str
        The op's name, as @op registers it.
    variant : str
        Tells rows of one op apart.
    call : callable
        Runs the op on arrays or Tensors.
    inputs : callable (rng, *size) -> tuple of arrays
        Draws the positional inputs.
    oracle : callable
        The same in NumPy or SciPy, on float64 arrays, independent of every rung.
    sizes : sequence of tuples
        What `inputs` is called with: the first is the small one that quick checks use.
    empty : tuple or None
        A size with no elements; None where the op has no meaning there.
    kink : callable (*arrays) -> array, optional
        Distances to the nearest points where the op is not smooth.
    grad : positions that must receive a gradient; None means all floats.
    linear_in : positions in which the op is linear when all others are fixed: the adjoint test.
    reduces : callable (*arrays) -> (K, array), optional
        The length of the sums and sum |a b| for each output: the float32 bound 4 sqrt(K) eps sum|ab|.
    rtol, atol : float
        float32 against float64 where `reduces` is not given.
    keeps_dtype : bool
        float32 in, float32 out.
    """

    op: str
    call: Callable[..., Any]
    inputs: Callable[..., tuple[Any, ...]]
    oracle: Callable[..., Any]
    sizes: Sequence[tuple[int, ...]]
    variant: str = ""
    empty: tuple[int, ...] | None = None
    kink: Callable[..., Any] | None = None
    grad: tuple[int, ...] | None = None
    linear_in: tuple[int, ...] = ()
    reduces: Callable[..., tuple[int, Any]] | None = None
    rtol: float = 2e-5
    atol: float = 2e-6
    keeps_dtype: bool = True

    @property
    def name(self) -> str:
        """The row's own name."""
        return f"{self.op}[{self.variant}]" if self.variant else self.op

    def sample(self, size: tuple[int, ...], seed: int = 0) -> Sample:
        """Draw inputs until all stand clear of the kinks (at most 200 times).

        Raises
        ------
        RuntimeError
            The row's domain is not smooth at this size.
        """
        for attempt in range(200):
            arrays = self.inputs(np.random.default_rng([seed, attempt, *size]), *size)
            if self.kink is None or (d := np.abs(self.kink(*arrays))).size == 0 or d.min() > 1e-4:
                return Sample(arrays)
        raise RuntimeError(f"{self.name}: no smooth inputs found at size {size}")

    def differentiable(self, sample: Sample) -> tuple[int, ...]:
        """The positions whose gradient is checked."""
        return sample.floats() if self.grad is None else self.grad


def uniform(low: float, high: float, *shapes: str) -> Callable[..., tuple[Array, ...]]:
    """Inputs uniform in [low, high), one array per shape: "ab", "b" of sizes (a, b)."""

    def draw(rng: Rng, *size: int) -> tuple[Array, ...]:
        return tuple(rng.uniform(low, high, shape_of(s, size)) for s in shapes)

    return draw


def normal(*shapes: str) -> Callable[..., tuple[Array, ...]]:
    """Inputs normal(0, 1), one array per shape."""

    def draw(rng: Rng, *size: int) -> tuple[Array, ...]:
        return tuple(rng.normal(size=shape_of(s, size)) for s in shapes)

    return draw


def shape_of(letters: str, size: tuple[int, ...]) -> tuple[int, ...]:
    """The shape "ac" of sizes (a, b, c, ...): the letters count the sizes; "1" is one."""
    return tuple(1 if letter == "1" else size["abcdef".index(letter)] for letter in letters)
