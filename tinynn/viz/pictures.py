"""Arrays as pictures: what templates and confusion have in common.

Legend: n images, c channels (1 grey, 3 colour), h x w pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError, ShapeError


def to_pictures(who: str, images: ArrayLike) -> NDArray[Any]:
    """Images (n, h, w) or (n, c, h, w) as (n, h, w) or (n, h, w, 3), within 0..1.

    uint8 is divided by 255. Floats outside 0..1 (normalised inputs) are stretched from the smallest to the
    largest value of the whole batch, so that two pictures stay comparable.
    """
    array = np.asarray(images)
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    elif array.ndim == 4 and array.shape[1] == 3:
        array = np.moveaxis(array, 1, -1)
    elif array.ndim != 3:
        raise ShapeError(
            f"{who}: images are {array.shape}; needed (n, h, w), (n, 1, h, w) or (n, 3, h, w); "
            f"try images.reshape(-1, 1, 28, 28) for MNIST"
        )
    if array.dtype == np.uint8:
        return array / 255.0
    values = array.astype(np.float64)
    low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    if low >= 0.0 and high <= 1.0:
        return values
    return np.asarray((values - low) / max(high - low, 1e-12))


def to_weights(who: str, w: ArrayLike, shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """Weights (units, c*h*w) as (units, c, h, w)."""
    rows = np.asarray(w, dtype=np.float64)
    c, h, width = shape
    if c not in (1, 3):
        raise ShapeError(f"{who}: shape is {shape}; needed 1 or 3 channels first; try shape=(1, 28, 28)")
    if rows.ndim != 2 or rows.shape[0] == 0 or rows.shape[1] != c * h * width:
        raise ShapeError(
            f"{who}: w is {rows.shape}; needed (units, {c * h * width}) for pictures of shape {shape}; "
            f"try another shape"
        )
    return rows.reshape(-1, c, h, width)


def strongest(weights: NDArray[Any], share: float = 0.998) -> float:
    """The scale of a weight picture: the magnitude that all but the largest 0.2 % stay under.

    The plain maximum would let one odd pixel turn the rest of the picture white.
    """
    magnitude = np.abs(weights)
    if not np.isfinite(magnitude).all():
        raise ArgumentError(
            "weights: got NaN or infinity; needed finite numbers; try training with a smaller lr"
        )
    scale = float(np.quantile(magnitude, share)) or float(magnitude.max(initial=0.0))
    return scale or 1.0


def colour_template(weights: NDArray[Any], scale: float) -> NDArray[np.float64]:
    """Weights (3, h, w) as a colour picture (h, w, 3) = 1/2 + w / (2 scale), clipped: middle grey is zero."""
    return np.asarray(np.clip(0.5 + np.moveaxis(weights, 0, -1) / (2.0 * scale), 0.0, 1.0))


def put_picture(
    ax: Any, picture: NDArray[Any], extent: tuple[float, float, float, float] | None = None
) -> Any:
    """Draw one picture: grey ones as ink on paper, colour ones as they are."""
    options: dict[str, Any] = {} if picture.ndim == 3 else {"cmap": "gray_r", "vmin": 0.0, "vmax": 1.0}
    # "nearest" would drop thin strokes where a hundred small pictures share one figure.
    return ax.imshow(picture, extent=extent, interpolation="antialiased", **options)
