"""How a small kernel steps over an image: stride, padding, dilation, per axis, and what they leave over.

An option is one integer for all axes, or a tuple with one for each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from tinynn.autograd import Array
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.checks import need_choice

Sizes = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


class Geometry(NamedTuple):
    """One entry per axis; of padding a pair: before, after."""

    stride: Sizes
    padding: Pairs
    dilation: Sizes

    def options(self) -> dict[str, Any]:
        """As the kernels take them: numbers in one dimension, tuples in two."""
        stride, padding, dilation = self
        if len(stride) == 1:
            return {"stride": stride[0], "padding": padding[0], "dilation": dilation[0]}
        return {"stride": stride, "padding": padding, "dilation": dilation}

    @lru_cache(maxsize=1024)  # noqa: B019 (a geometry is a value; 3 us of a small layer's 16 went here)
    def places(self, who: str, size: Sizes, kernel: Sizes) -> Sizes:
        """How many places a kernel has in an input of this size.

        Raises
        ------
        ShapeError
            It has none: it reaches beyond the padded input.
        """
        padded = tuple(s + sum(p) for s, p in zip(size, self.padding, strict=True))
        reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, self.dilation, strict=True))
        if any(r > s for r, s in zip(reach, padded, strict=True)):
            dilated = f", {reach} with its dilation" if reach != kernel else ""
            raise ShapeError(
                f"{who}: the kernel is {kernel}{dilated}, but the input with its padding is {padded}; "
                "needed a kernel that fits in; try padding, or a smaller kernel"
            )
        return tuple((s - r) // step + 1 for s, r, step in zip(padded, reach, self.stride, strict=True))


def geometry(who: str, dims: int, kernel: Sizes, stride: Any, padding: Any, dilation: Any) -> Geometry:
    """The options of a convolution, checked.

    Raises
    ------
    ArgumentError
    """
    steps = need_sizes(who, "stride", stride, dims, 1)
    dilation = need_sizes(who, "dilation", dilation, dims, 1)
    if not isinstance(padding, str):
        return Geometry(steps, _paddings(who, padding, dims), dilation)
    need_choice(who, "padding", padding, ("same", "valid"))
    if padding == "valid":
        return Geometry(steps, ((0, 0),) * dims, dilation)
    if set(steps) != {1}:
        raise ArgumentError(
            f"{who}: padding is 'same' and stride is {stride!r}; needed stride 1, for the output to have the "
            "size of the input; try padding=(kernel - 1) // 2"
        )
    extra = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
    return Geometry(steps, tuple((e // 2, e - e // 2) for e in extra), dilation)


def _paddings(who: str, padding: Any, dims: int) -> Pairs:
    """A pair for each axis; of one axis (left, right) will do too, and a number stands for both sides."""
    if type(padding) is int and 0 <= padding < 2**31:
        return ((padding, padding),) * dims
    if dims == 1 and isinstance(padding, (tuple, list)) and len(padding) == 2:
        padding = (padding,)
    if isinstance(padding, (tuple, list)) and any(isinstance(p, (tuple, list)) for p in padding):
        if len(padding) != dims:
            raise ArgumentError(f"{who}: padding is {padding!r}; needed {dims} pairs (before, after)")
        sides = [need_sizes(who, "padding", p, 2, 0) for p in padding]
        return tuple((before, after) for before, after in sides)
    return tuple((p, p) for p in need_sizes(who, "padding", padding, dims, 0))


def need_sizes(who: str, name: str, got: Any, dims: int, least: int) -> Sizes:
    """One integer for each axis, each at least `least`; one alone stands for all.

    Raises
    ------
    ArgumentError
    """
    if type(got) is int and least <= got < 2**31:  # the common case, at a tenth of the time
        return (got,) * dims
    sizes = tuple(got) if isinstance(got, (tuple, list)) else (got,) * dims
    if len(sizes) != dims or not all(_is_size(s, least) for s in sizes):
        tuples = "" if dims == 1 else f" or a tuple of {dims}"
        raise ArgumentError(f"{who}: {name} is {got!r}; needed an integer >= {least}{tuples}")
    return tuple(int(s) for s in sizes)


def _is_size(value: Any, least: int) -> bool:
    integer = isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))
    return integer and least <= value < 2**31


def need_images(who: str, name: str, x: Array, dims: int) -> None:
    """An array of images: (n, c, l), or in two dimensions (n, c, h, w).

    Raises
    ------
    ShapeError
    """
    if x.ndim != dims + 2:
        wanted = "(n, c, l)" if dims == 1 else "(n, c, h, w)"
        one = f"; try {name}[None] for a single one" if x.ndim == dims + 1 else ""
        raise ShapeError(f"{who}: {name} is {x.shape}; needed {wanted}{one}")
