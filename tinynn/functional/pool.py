"""Pooling: the largest number, or the mean, of every window of a line or a plane.

n images   c channels   l the line, h, w the plane. A line is pooled as a plane of one row.
"""

from __future__ import annotations

from typing import Any

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.checks import need_array, need_flag, need_float
from tinynn.functional.geometry import need_images, need_sizes

Pair = tuple[int, int]
Size = int | tuple[int, ...]
MOST = 2**31 - 1  # places in a window: arg counts them in 4 bytes


def need_planes(who: str, x: Any, axes: int) -> Array:
    """x (n, c, l) or (n, c, h, w), as (n, c, h, w), with at least one number in every line or plane."""
    need_array(who, "x", x)
    need_float(who, x=x)
    need_images(who, "x", x, axes)
    if 0 in x.shape[2:]:
        raise ShapeError(f"{who}: x is {x.shape}; there is nothing to pool")
    array: Array = x
    return array[:, :, None] if axes == 1 else array


def need_pair(who: str, name: str, got: Any, axes: int, least: int) -> Pair:
    """A size for the height and one for the width; in 1-D the height has the least."""
    sizes = need_sizes(who, name, got, axes, least)
    return (least, sizes[0]) if axes == 1 else (sizes[0], sizes[1])


class Windows:
    """The checked sizes of a pool, as its kernels take them: `options`, and `ceil_mode`."""

    def __init__(
        self, who: str, axes: int, kernel_size: Any, stride: Any, padding: Any, ceil_mode: Any
    ) -> None:
        self.ceil_mode = need_flag(who, "ceil_mode", ceil_mode)
        kernel = need_pair(who, "kernel_size", kernel_size, axes, 1)
        strides = kernel if stride is None else need_pair(who, "stride", stride, axes, 1)
        pads = need_pair(who, "padding", padding, axes, 0)
        if kernel[0] * kernel[1] > MOST:
            raise ArgumentError(
                f"{who}: kernel_size is {kernel_size!r}; needed at most {MOST} places in a window"
            )
        if any(2 * p > k for p, k in zip(pads, kernel, strict=True)):
            raise ArgumentError(
                f"{who}: padding is {padding!r} but kernel_size is {kernel_size!r}; needed at most half, "
                "so that no window is all padding"
            )
        self.options = {"kernel": kernel, "stride": strides, "padding": pads}

    def need_one(self, who: str, images: Array, axes: int) -> None:
        """At least one window fits on the images."""
        for h, k, s, p in zip(images.shape[2:], *self.options.values(), strict=True):
            if h + 2 * p - k + (s - 1 if self.ceil_mode else 0) < 0:
                kernel, padding = (self.options[name][2 - axes :] for name in ("kernel", "padding"))
                plane = images.shape[4 - axes :]
                raise ShapeError(
                    f"{who}: a window of {kernel} does not fit on {plane} with padding {padding}; "
                    "try a smaller kernel_size"
                )


def _windows(who: str, images: Array, axes: int, *sizes: Any) -> Windows:
    windows = Windows(who, axes, *sizes)
    windows.need_one(who, images, axes)
    return windows


def _max_pool(who: str, x: Any, axes: int, *sizes: Any) -> tuple[Array, Backward]:
    images = need_planes(who, x, axes)
    windows = _windows(who, images, axes, *sizes)
    y, arg = kernels.max_pool2d_forward(images, ceil_mode=windows.ceil_mode, **windows.options)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        dy = dy if axes == 2 else dy[:, :, None]
        dx = kernels.max_pool2d_backward(dy, arg, size=images.shape[2:], **windows.options)
        return (dx if axes == 2 else dx[:, :, 0],)

    return (y if axes == 2 else y[:, :, 0]), backward


def _avg_pool(who: str, x: Any, axes: int, count_include_pad: Any, *sizes: Any) -> tuple[Array, Backward]:
    images = need_planes(who, x, axes)
    windows = _windows(who, images, axes, *sizes)
    options = {**windows.options, "count_include_pad": need_flag(who, "count_include_pad", count_include_pad)}
    y = kernels.avg_pool2d_forward(images, ceil_mode=windows.ceil_mode, **options)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        dx = kernels.avg_pool2d_backward(
            dy if axes == 2 else dy[:, :, None], size=images.shape[2:], **options
        )
        return (dx if axes == 2 else dx[:, :, 0],)

    return (y if axes == 2 else y[:, :, 0]), backward


@op
def max_pool1d(
    x: Any, /, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False
) -> tuple[Array, Backward]:
    """The largest number of every window of a line; see `max_pool2d`.

    Parameters
    ----------
    x : (n, c, l) float
    kernel_size, stride, padding, ceil_mode
        As in `max_pool2d`, one number each.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> max_pool1d(np.array([[[1.0, 5.0, 2.0, 3.0]]]), 2)
    array([[[5., 3.]]])
    """
    return _max_pool("max_pool1d", x, 1, kernel_size, stride, padding, ceil_mode)


@op
def max_pool2d(
    x: Any, /, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False
) -> tuple[Array, Backward]:
    """The largest number of every window of a plane; dy goes to the first of equals; NaN is the largest.

    Parameters
    ----------
    x : (n, c, h, w) float
    kernel_size : int, or a pair (height, width)
    stride : int or pair
        From window to window; the kernel size where it is None, so that the windows tile the plane.
    padding : int or pair
        On every side, at most half the kernel size; padding never wins.
    ceil_mode : bool
        Whether a last window may hang over the end; else what is left there is dropped.

    Returns
    -------
    (n, c, oh, ow)
        oh = (h + 2 padding - kernel_size) / stride + 1, rounded down, or up in `ceil_mode`.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> max_pool2d(np.array([[[[1.0, 2.0, 0.0], [4.0, 3.0, 9.0]]]]), 2)
    array([[[[4.]]]])
    """
    return _max_pool("max_pool2d", x, 2, kernel_size, stride, padding, ceil_mode)


@op
def avg_pool1d(
    x: Any,
    /,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[Array, Backward]:
    """The mean of every window of a line; see `avg_pool2d`.

    Parameters
    ----------
    x : (n, c, l) float
    kernel_size, stride, padding, ceil_mode, count_include_pad
        As in `avg_pool2d`, one number each.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> avg_pool1d(np.array([[[1.0, 5.0, 2.0, 3.0]]]), 2, stride=1)
    array([[[3. , 3.5, 2.5]]])
    """
    return _avg_pool("avg_pool1d", x, 1, count_include_pad, kernel_size, stride, padding, ceil_mode)


@op
def avg_pool2d(
    x: Any,
    /,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[Array, Backward]:
    """The mean of every window of a plane; every number of a window receives dy / how many they are.

    Parameters
    ----------
    x, kernel_size, stride, padding, ceil_mode
        As in `max_pool2d`.
    count_include_pad : bool
        Whether padding counts, as zeros; what hangs over even that, in `ceil_mode`, never does.

    Returns
    -------
    (n, c, oh, ow)

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> avg_pool2d(np.array([[[[1.0, 2.0, 0.0], [4.0, 3.0, 9.0]]]]), 2)
    array([[[[2.5]]]])
    """
    return _avg_pool("avg_pool2d", x, 2, count_include_pad, kernel_size, stride, padding, ceil_mode)
