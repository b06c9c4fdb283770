"""Layers that pool: the largest number or the mean of every window. They have no parameters."""

from __future__ import annotations

from typing import Any

from tinynn import functional as F
from tinynn.errors import ShapeError
from tinynn.functional.adaptive_pool import need_output_size
from tinynn.functional.checks import need_flag, shape_of
from tinynn.functional.pool import Size, Windows
from tinynn.nn.module import Module


class _Pool(Module):
    """What the pools with windows of one size share."""

    axes = 2

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False
    ) -> None:
        Windows(type(self).__name__, self.axes, kernel_size, stride, padding, ceil_mode)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, bool(ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_Pool):
    """The largest number of every window of lines (n, c, l); see `functional.max_pool1d`.

    Parameters
    ----------
    kernel_size : int
    stride : int, optional
        The kernel size where it is not given.
    padding : int
    ceil_mode : bool

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> nn.MaxPool1d(2)(np.array([[[1.0, 5.0, 2.0, 3.0]]])).tolist()
    [[[5.0, 3.0]]]
    """

    axes = 1

    def forward(self, x: Any) -> Any:
        return F.max_pool1d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode)


class MaxPool2d(_Pool):
    """The largest number of every window of images (n, c, h, w); see `functional.max_pool2d`.

    Parameters
    ----------
    kernel_size : int, or a pair (height, width)
    stride : int or pair, optional
        The kernel size where it is not given.
    padding : int or pair
    ceil_mode : bool

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> nn.MaxPool2d(2)(np.zeros((8, 3, 28, 28), "float32")).shape
    (8, 3, 14, 14)
    """

    def forward(self, x: Any) -> Any:
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode)


class _AvgPool(_Pool):
    """A pool with one option more."""

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = need_flag(type(self).__name__, "count_include_pad", count_include_pad)


class AvgPool1d(_AvgPool):
    """The mean of every window of lines (n, c, l); see `functional.avg_pool1d`.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode
        As in `MaxPool1d`.
    count_include_pad : bool
        Whether padding counts, as zeros.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> nn.AvgPool1d(2)(np.array([[[1.0, 5.0, 2.0, 4.0]]])).tolist()
    [[[3.0, 3.0]]]
    """

    axes = 1

    def forward(self, x: Any) -> Any:
        sizes = self.kernel_size, self.stride, self.padding, self.ceil_mode
        return F.avg_pool1d(x, *sizes, self.count_include_pad)


class AvgPool2d(_AvgPool):
    """The mean of every window of images (n, c, h, w); see `functional.avg_pool2d`.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode
        As in `MaxPool2d`.
    count_include_pad : bool
        Whether padding counts, as zeros.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> nn.AvgPool2d((2, 1))(np.zeros((8, 3, 28, 28), "float32")).shape
    (8, 3, 14, 28)
    """

    def forward(self, x: Any) -> Any:
        sizes = self.kernel_size, self.stride, self.padding, self.ceil_mode
        return F.avg_pool2d(x, *sizes, self.count_include_pad)


class _AdaptivePool(Module):
    """What the pools to a size share."""

    axes = 2

    def __init__(self, output_size: Any) -> None:
        need_output_size(type(self).__name__, output_size, self.axes)
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptivePool):
    """The largest number of each of o windows that cover a line; see `functional.adaptive_max_pool1d`.

    Examples
    --------
    >>> nn.AdaptiveMaxPool1d(2)(np.zeros((8, 3, 7))).shape
    (8, 3, 2)
    """

    axes = 1

    def forward(self, x: Any) -> Any:
        return F.adaptive_max_pool1d(x, self.output_size)


class AdaptiveMaxPool2d(_AdaptivePool):
    """The largest number of each of oh x ow windows that cover a plane; see `functional.adaptive_max_pool2d`.

    Examples
    --------
    >>> nn.AdaptiveMaxPool2d((2, None))(np.zeros((8, 3, 7, 5))).shape
    (8, 3, 2, 5)
    """

    def forward(self, x: Any) -> Any:
        return F.adaptive_max_pool2d(x, self.output_size)


class AdaptiveAvgPool1d(_AdaptivePool):
    """The mean of each of o windows that cover a line; see `functional.adaptive_avg_pool1d`.

    Examples
    --------
    >>> nn.AdaptiveAvgPool1d(2)(np.zeros((8, 3, 7))).shape
    (8, 3, 2)
    """

    axes = 1

    def forward(self, x: Any) -> Any:
        return F.adaptive_avg_pool1d(x, self.output_size)


class AdaptiveAvgPool2d(_AdaptivePool):
    """The mean of each of oh x ow windows that cover a plane; see `functional.adaptive_avg_pool2d`.

    Examples
    --------
    >>> nn.AdaptiveAvgPool2d(1)(np.zeros((8, 3, 7, 5))).shape
    (8, 3, 1, 1)
    """

    def forward(self, x: Any) -> Any:
        return F.adaptive_avg_pool2d(x, self.output_size)


class _GlobalPool(Module):
    """What the pools over all of the image share."""

    axes = 2

    def _checked(self, x: Any) -> Any:
        shape = shape_of(x)
        if len(shape) != 2 + self.axes:
            needed = "(n, c, l)" if self.axes == 1 else "(n, c, h, w)"
            raise ShapeError(f"{type(self).__name__}: x is {shape}; needed {needed}")
        return x


class GlobalMaxPool1d(_GlobalPool):
    """The largest number of each channel of a line, (n, c, l) to (n, c); see `functional.global_max_pool`.

    Examples
    --------
    >>> nn.GlobalMaxPool1d()(np.zeros((8, 3, 7))).shape
    (8, 3)
    """

    axes = 1

    def forward(self, x: Any) -> Any:
        return F.global_max_pool(self._checked(x))


class GlobalMaxPool2d(_GlobalPool):
    """The largest number of each channel, (n, c, h, w) to (n, c); see `functional.global_max_pool`.

    Examples
    --------
    >>> nn.GlobalMaxPool2d()(np.zeros((8, 3, 7, 5))).shape
    (8, 3)
    """

    def forward(self, x: Any) -> Any:
        return F.global_max_pool(self._checked(x))


class GlobalAvgPool1d(_GlobalPool):
    """The mean of each channel of a line, (n, c, l) to (n, c); see `functional.global_avg_pool`.

    Examples
    --------
    >>> nn.GlobalAvgPool1d()(np.zeros((8, 3, 7))).shape
    (8, 3)
    """

    axes = 1

    def forward(self, x: Any) -> Any:
        return F.global_avg_pool(self._checked(x))


class GlobalAvgPool2d(_GlobalPool):
    """The mean of each channel of an image, (n, c, h, w) to (n, c); see `functional.global_avg_pool`.

    Examples
    --------
    >>> nn.GlobalAvgPool2d()(np.zeros((8, 3, 7, 5))).shape
    (8, 3)
    """

    def forward(self, x: Any) -> Any:
        return F.global_avg_pool(self._checked(x))
