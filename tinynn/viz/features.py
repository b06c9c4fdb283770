"""What a convolutional net makes of one picture: the maps of its layers, each where its kernel answered.

Legend: c maps of h x w places per layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.pictures import put_picture, strongest, to_pictures
from tinynn.viz.style import DIVERGING, FAINT, SOFT, bare, grid_or_new, grid_title, styled

PAPER = np.nan  # what lies between two maps: nothing is drawn there


@styled
def feature_maps(
    image: ArrayLike,
    layers: Mapping[str, ArrayLike],
    *,
    most: int = 32,
    axes: Any = None,
    title: str | None = None,
) -> NDArray[Any]:
    """Draw a picture and, layer after layer, the feature maps a net computes from it.

    Parameters
    ----------
    image
        The input, (c, h, w).
    layers
        Name -> maps (c, h, w). The maps of one layer share a scale, so that one that did not answer is seen
        as such: dark is strong; where there are negative answers too, red is for and blue against.
    most
        How many maps of a layer are drawn: the strongest ones, in their own order.

    Returns
    -------
    A flat array of matplotlib Axes: one for the image, one per layer.

    Raises
    ------
    ShapeError, ArgumentError

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> len(viz.feature_maps(np.eye(8)[None], {"convolution 1": np.ones((4, 6, 6))}))
    2
    """
    if most < 1 or not layers:
        raise ArgumentError(f"feature_maps: got {len(layers)} layers, most={most}; needed at least 1 and 1")
    flat = grid_or_new("feature_maps", axes, 1 + len(layers), 1 + len(layers), cell=(3.4, 3.9))
    put_picture(flat[0], to_pictures("feature_maps", np.asarray(image)[None])[0])
    flat[0].set_title("the picture")
    for ax, (name, given) in zip(flat[1:], layers.items(), strict=True):
        maps = np.asarray(given, np.float64)
        if maps.ndim != 3 or 0 in maps.shape:
            raise ShapeError(f"feature_maps: {name} is {maps.shape}; needed maps (c, h, w)")
        shown = maps[np.sort(np.argsort(-np.square(maps).sum((1, 2)), kind="stable")[:most])]
        scale = strongest(shown)
        signed = bool((shown < 0).any())
        limits = (-scale, scale) if signed else (0.0, scale)
        cmap = DIVERGING if signed else "gray_r"
        ax.imshow(_mosaic(shown), cmap=cmap, vmin=limits[0], vmax=limits[1], interpolation="antialiased")
        ax.set_facecolor(FAINT)  # shows through the paper
        ax.set_title(name)
        count, (h, w) = len(maps), maps.shape[1:]
        which = f"{count} maps" if count <= most else f"{most} of {count} maps"
        ax.set_xlabel(f"{which}, {h} x {w}", color=SOFT)
    for ax in flat:
        bare(ax)
    grid_title(flat, axes, "What each layer finds, and where" if title is None else title)
    return flat


def _mosaic(maps: NDArray[Any]) -> NDArray[Any]:
    """Maps (c, h, w) as one picture, nearly square, with paper between."""
    c, h, w = maps.shape
    columns = int(np.ceil(np.sqrt(c)))
    rows, gap = -(-c // columns), max(1, h // 8)
    page = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap), PAPER)
    for i, one in enumerate(maps):
        top, left = i // columns * (h + gap), i % columns * (w + gap)
        page[top : top + h, left : left + w] = one
    return page
