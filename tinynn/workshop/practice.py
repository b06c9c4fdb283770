"""Practice: where an exercise is at home. Which training its kernel takes part in, and how it is timed.

A folder of exercises/ has a practice.py with PRACTICE beside its exercise.py. `joins(mine, ours)` makes of
the learner's function and of tinynn's kernels those that `tn.use_kernel` puts in the place of tinynn's: what
the exercise asks for comes from the learner, the rest of the kernel stays ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinynn.workshop.contract import Array, Function, Sizes

Kernel = Callable[..., Any]
Kernels = Mapping[str, Kernel]
PLACES = {"dx": 0, "dw": 1, "db": 2}


@dataclass(frozen=True)
class Practice:
    """How one exercise is trained with and timed.

    Attributes
    ----------
    sizes : {letter: length}
        Of a timed call.
    flops : callable (**sizes) -> number
        Additions and multiplications of a timed call.
    ours : callable (kernels, *arrays, *numbers)
        The exercise by tinynn's own kernels; None where it is not timed.
    numbers : {name: number}
        Of a timed call; those that are not named are drawn.
    net : str
        Which net of training.py it takes part in; "" where it takes part in none.
    joins : callable (mine, ours) -> {name of a kernel: kernel}
    why_not : str
        Where there is no training to join: why.
    """

    sizes: Sizes = field(default_factory=dict)
    flops: Callable[..., float] = lambda **sizes: 0
    ours: Callable[..., None] | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    net: str = ""
    joins: Callable[[Function, Kernels], dict[str, Kernel]] | None = None
    why_not: str = ""


def into(array: Array, call: Callable[[Array], None]) -> Array:
    """The array after a call that writes to it."""
    call(array)
    return array


def one_gradient(
    name: str, part: str, call: Callable[..., Array]
) -> Callable[[Function, Kernels], dict[str, Kernel]]:
    """Joins of a backward kernel of which one gradient is the learner's.

    `call(mine, dz, x, w, options)` gives it; the others, and the derivative of the activation, stay ours.
    """
    place = PLACES[part]

    def joins(mine: Function, ours: Kernels) -> dict[str, Kernel]:
        def kernel(
            dy: Array,
            x: Array,
            w: Array,
            kept: Any,
            slope: Any,
            *,
            activation: str,
            alpha: Any,
            needs: tuple[bool, ...] = (True,) * 4,
            **options: Any,
        ) -> tuple[Any, ...]:
            of = {"activation": activation, "alpha": alpha}
            others = tuple(need and i != place for i, need in enumerate(needs))
            found = list(ours[name](dy, x, w, kept, slope, needs=others, **of, **options))
            if needs[place]:
                plain = activation == "identity"
                dz = dy if plain else ours["activation_backward"](dy, kept, slope, **of)[0]
                found[place] = call(mine, dz, x, w, options)
            return tuple(found)

        return {name: kernel}

    return joins


def forward(name: str, call: Callable[..., Array]) -> Callable[[Function, Kernels], dict[str, Kernel]]:
    """Joins of a forward kernel that is the learner's where there is a bias and no activation.

    `call(mine, x, w, b, options)` gives y.
    """

    def joins(mine: Function, ours: Kernels) -> dict[str, Kernel]:
        def kernel(
            x: Array, w: Array, b: Any, slope: Any, *, activation: str, alpha: Any, **options: Any
        ) -> tuple[Any, Any]:
            if activation != "identity" or b is None:
                found: tuple[Any, Any] = ours[name](
                    x, w, b, slope, activation=activation, alpha=alpha, **options
                )
                return found
            return call(mine, x, w, b, options), None

        return {name: kernel}

    return joins


IDENTITY: dict[str, Any] = {"activation": "identity", "alpha": None}


def only(part: str) -> dict[str, Any]:
    """Options of a backward kernel that gives one gradient."""
    return {**IDENTITY, "needs": tuple(name == part for name in (*PLACES, "dslope"))}


def conv2d_options(stride: int, padding: int) -> dict[str, Any]:
    """Of tinynn's own convolution of images."""
    sides = ((padding, padding), (padding, padding))
    return {"stride": (stride, stride), "padding": sides, "dilation": (1, 1), "groups": 1, "flip": False}


def conv1d_options(stride: int) -> dict[str, Any]:
    """Of tinynn's own convolution in one dimension."""
    return {"stride": stride, "padding": (0, 0), "dilation": 1, "groups": 1, "flip": False}


def stride_of(options: Mapping[str, Any]) -> int:
    """The one stride of a convolution."""
    return int(np.ravel(options["stride"])[0])


def padding_of(options: Mapping[str, Any]) -> int:
    """The one padding."""
    return int(np.ravel(options["padding"])[0])
