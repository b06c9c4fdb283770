"""One convolution at work: its kernels, a window on its way, forward and back, and the maps of all layers.

    forward    y_p  = b + sum over the window at p of w x
    backward   dw  += dy_p x(window at p)      dx(window at p) += dy_p w, over all kernels

Legend: n images, c channels, h x w pixels, o kernels of kh x kw; p a place of the output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.report.block import Block, choice, slider
from tinynn.report.templates import canvas


def convolution(
    w: ArrayLike,
    b: ArrayLike,
    inputs: ArrayLike,
    images: ArrayLike,
    names: Sequence[str],
    dy: ArrayLike,
    dw: ArrayLike,
    dx: ArrayLike,
    maps: Mapping[str, ArrayLike],
    *,
    padding: int = 0,
) -> Block:
    """A block for the first convolution of a net, stride 1.

    Parameters
    ----------
    w, b : (o, c, kh, kw) and (o,)
    inputs, images, names : (n, c, h, w), the same as uint8, n names
        As the net gets them, as they are seen, and what they are.
    dy : (n, o, oh, ow)
        The gradient of each image's loss by what the convolution said.
    dw, dx : (n, o, c, kh, kw) and (n, c, h, w)
        By its weights and by the images, by autograd.
    maps : layer -> (n, channels, h, w)
        What every layer makes of the images.
    padding : int
        Zeros on every side.

    Raises
    ------
    ShapeError
        They do not fit one another.
    """
    kernels, x, up = np.asarray(w, np.float32), np.asarray(inputs, np.float32), np.asarray(dy, np.float32)
    n, c, h, wide = x.shape
    o, _, kh, kw = kernels.shape
    out = (n, o, h + 2 * padding - kh + 1, wide + 2 * padding - kw + 1)
    fits = np.shape(dw) == (n, *kernels.shape) and np.shape(dx) == x.shape
    if up.shape != out or not fits or kernels.shape[1] != c or len(names) != n:
        raise ShapeError(
            f"convolution: dy is {up.shape}, dw {np.shape(dw)}, dx {np.shape(dx)}; "
            f"needed {out}, {(n, *kernels.shape)}, {x.shape}"
        )
    ways = {"forward": "forward: kernel × window = value", "backward": "backward: the gradient comes back"}  # noqa: RUF001
    sums = {"one": "this kernel, its part", "all": "all kernels, the sum"}
    layers = {name: name for name in maps}
    controls = (
        f'<div class="row">{choice("way", "Way", ways)}'
        '<button type="button" class="play no-print">Play</button></div>'
        + slider("place", "Window", out[2] * out[3] - 1, 0)
    )
    signs = {"forward": ("×", "="), "backward": ("×", "=")}  # noqa: RUF001
    pictures = "".join(
        f'<div class="{way}"><div class="row">{canvas(f"{way}-a", a)}<span>{signs[way][0]}</span>'
        f"{canvas(f'{way}-b', second)}<span>{signs[way][1]}</span>{canvas(f'{way}-c', third)}</div></div>"
        for way, a, second, third in (
            ("forward", "kernel", "window", "products"),
            ("backward", "dy, one number", "window", "a term of dw"),
        )
    )
    more = (
        f'<div class="forward"><div class="row">{canvas("x", "input")}'
        f"{canvas('y', 'output so far')}</div></div>"
        f'<div class="backward"><div class="row">{canvas("dy", "dy, at every place")}'
        f"{canvas('dw', 'dw so far')}{canvas('dx', 'dx so far')}</div>"
        f'<div class="row">{choice("sum", "dx of", sums)}</div></div>'
    )
    html = (
        '<h3>A test image</h3><ul class="tiles images"></ul><h3>A kernel</h3><ul class="tiles kernels"></ul>'
        f'{controls}<p class="number told" aria-live="polite"></p>'
        f'<div class="two"><div>{more}</div><div>{pictures}</div></div>'
        f'<h3>What the layers make of it</h3><div class="row">{choice("layer", "Layer", layers)}</div>'
        '<ul class="tiles maps"></ul>'
    )
    words = (
        "The same small kernel looks at every place. Forward, each place gives one number: the sum of the "
        "products of kernel and window. Backward, each place has a gradient dy; times its window it is a "
        "term of the kernel's gradient dw, and times the kernel it goes back to the pixels of the window. "
        "The pixels' gradient dx is the sum of what all kernels send back."
    )
    data = {
        "w": kernels,
        "b": np.asarray(b, np.float32),
        "inputs": x,
        "images": np.asarray(images, np.uint8),
        "names": list(names),
        "dy": up,
        "dw": np.asarray(dw, np.float32),
        "dx": np.asarray(dx, np.float32),
        "padding": padding,
        "maps": [{"name": name, **bytes_of(np.asarray(of))} for name, of in maps.items()],
    }
    return Block("convolution", "A window on its way", words, html, data)


def bytes_of(maps: NDArray[np.floating]) -> dict[str, NDArray[np.uint8]]:
    """Maps (n, channels, h, w) as bytes, 255 the largest of each image; what is negative is white."""
    top = maps.max(axis=(1, 2, 3), keepdims=True)
    return {"bytes": np.asarray(np.clip(np.rint(255 * maps / np.where(top > 0, top, 1)), 0, 255), np.uint8)}
