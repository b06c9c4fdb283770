"""Chance: random arrays, and dropout and noise in training.

Which numbers are dropped is a function of (seed, offset) alone, so backward draws them again in place
of keeping a mask, and a compiled step drops the same ones. See tinynn.random.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import DtypeError
from tinynn.functional.checks import need_array, need_float, need_number
from tinynn.functional.layout import contiguous
from tinynn.random import Generator, default_generator


def uniform(
    shape: tuple[int, ...],
    low: float = 0.0,
    high: float = 1.0,
    *,
    dtype: Any = "float32",
    generator: Generator | None = None,
) -> Array:
    """Numbers uniform in [low, high), the next of the generator.

    Examples
    --------
    >>> uniform((2, 3), generator=Generator(0)).shape
    (2, 3)
    """
    name, seed, offset = _reserve(prod(shape), dtype, generator)
    y: Array = kernels.philox_uniform(shape, seed=seed, offset=offset, low=low, high=high, dtype=name)
    return y


def normal(
    shape: tuple[int, ...],
    mean: float = 0.0,
    std: float = 1.0,
    *,
    dtype: Any = "float32",
    generator: Generator | None = None,
) -> Array:
    """Normal numbers, the next of the generator.

    Examples
    --------
    >>> normal((2, 3), generator=Generator(0)).shape
    (2, 3)
    """
    name, seed, offset = _reserve(prod(shape), dtype, generator)
    y: Array = kernels.philox_normal(shape, seed=seed, offset=offset, mean=mean, std=std, dtype=name)
    return y


def _reserve(n: int, dtype: Any, generator: Generator | None) -> tuple[str, int, int]:
    """The dtype's name, and where in the stream n numbers begin.

    As many blocks are taken as float64 needs, two numbers from each, for float32 too: what comes later in
    the stream does not depend on the dtype of what came before.
    """
    name = np.dtype(dtype).name
    if name not in ("float32", "float64"):
        raise DtypeError(f"random: dtype is {name}; needed float32 or float64")
    return name, *_stream(generator).reserve((n + 1) // 2)


def _stream(generator: Generator | None) -> Generator:
    """The generator given, or the one that `manual_seed` seeds."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise DtypeError(f"random: the generator is {generator!r}; needed one; try tn.Generator(seed)")
    return generator


@op
def dropout(
    x: Any, /, p: float = 0.5, training: bool = True, *, generator: Generator | None = None
) -> tuple[Array, Backward]:
    """Drop each number with probability p and scale the rest: y = x / (1 - p) where kept, else 0.

    The expectation of y is x, so that nothing need be done in evaluation: there y is x.

    Parameters
    ----------
    x : (...) float
    p : float in 0..1
    training : bool
    generator : Generator, optional
        Default: the one that `manual_seed` seeds.

    Raises
    ------
    ArgumentError, DtypeError

    Notes
    -----
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout (JMLR 15, 2014), in the inverted form.

    Examples
    --------
    >>> dropout(np.ones(3), 0.5, training=False)
    array([1., 1., 1.])
    """
    need_array("dropout", "x", x)
    need_float("dropout", x=x)
    p = need_number("dropout", "p", p, 0, 1)
    if not training or p == 0:
        return x, _through
    seed, offset = _stream(generator).reserve((x.size + 3) // 4)  # a block has four words
    y = kernels.dropout(contiguous(x), p=p, seed=seed, offset=offset)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (kernels.dropout(contiguous(dy), p=p, seed=seed, offset=offset),)

    return y, backward


@op
def gaussian_noise(
    x: Any, /, std: float = 0.1, training: bool = True, *, generator: Generator | None = None
) -> tuple[Array, Backward]:
    """y = x + std n, n normal: noise on the input or on a layer, in training only; dx = dy.

    Parameters
    ----------
    x : (...) float
    std : float >= 0
    training, generator
        As in `dropout`.

    Raises
    ------
    ArgumentError, DtypeError

    Notes
    -----
    Bishop: Training with noise is equivalent to Tikhonov regularization (Neural Computation 7, 1995).

    Examples
    --------
    >>> gaussian_noise(np.ones(3), training=False)
    array([1., 1., 1.])
    """
    need_array("gaussian_noise", "x", x)
    need_float("gaussian_noise", x=x)
    std = need_number("gaussian_noise", "std", std, 0)
    if not training or std == 0:
        return x, _through
    noise = normal(x.shape, 0.0, std, dtype=x.dtype, generator=generator)
    return kernels.binary_forward(x, noise, op="add"), _through


def _through(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
    """The gradient of the identity."""
    return (dy,)
