"""Arrays and pictures as text that a page can carry; static/page.js turns them back.

Legend: n pictures, c channels (1 grey, 3 colour), h x w pixels.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError

#: What a script gets for each kind of array; the rest is taken for float32.
KEPT = {"uint8": "u1", "int32": "i4", "float32": "f4", "float64": "f8"}


def packed(value: Any) -> Any:
    """A value with every array in it as {"$": type, "shape": ..., "data": base64}."""
    if isinstance(value, np.ndarray):
        kind = str(value.dtype) if str(value.dtype) in KEPT else "float32"
        if np.issubdtype(value.dtype, np.integer) and str(value.dtype) not in KEPT:
            kind = "int32"
        little = np.ascontiguousarray(value, np.dtype(kind).newbyteorder("<"))
        return {
            "$": KEPT[kind],
            "shape": list(value.shape),
            "data": base64.b64encode(little.tobytes()).decode(),
        }
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): packed(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [packed(inner) for inner in value]
    return value


def script_json(value: Any) -> str:
    """JSON that may stand inside <script>: no tag can begin in it."""
    text = json.dumps(packed(value), separators=(",", ":"), allow_nan=True)
    return text.replace("<", "\\u003c")


def uri(content: bytes, kind: str) -> str:
    """A file as an address that holds all of it."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def pictures(images: ArrayLike) -> NDArray[np.uint8]:
    """Images (n, c, h, w) or (n, h, w), uint8 or within 0..1, as (n, h, w, c)."""
    array = np.asarray(images)
    if array.ndim == 3:
        array = array[:, None]
    if array.ndim != 4 or array.shape[1] not in (1, 3):
        raise ShapeError(f"report: images are {np.shape(images)}; needed (n, c, h, w) with c = 1 or 3")
    if array.dtype != np.uint8:
        array = np.clip(np.rint(255 * array.astype(np.float64)), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(array, 1, -1))


def sheet(images: ArrayLike, columns: int = 32) -> dict[str, Any]:
    """Many small pictures as one: {"uri", "columns", "h", "w", "n"}; grey ones as ink on paper."""
    from PIL import Image

    array = pictures(images)
    n, h, w, c = array.shape
    columns = max(1, min(columns, n))
    rows = -(-max(n, 1) // columns)
    large = np.full((rows * h, columns * w, c), 255, np.uint8)
    for i, picture in enumerate(array):
        top, left = i // columns * h, i % columns * w
        large[top : top + h, left : left + w] = 255 - picture if c == 1 else picture
    file = io.BytesIO()
    if c == 1:
        Image.fromarray(large[:, :, 0]).save(file, "PNG", optimize=True)
    else:
        Image.fromarray(large).save(file, "WEBP", quality=88, method=2)
    kind = "png" if c == 1 else "webp"
    return {"uri": uri(file.getvalue(), kind), "columns": columns, "rows": rows, "h": h, "w": w, "n": n}


def figure_uri(path: Path, most_pixels: int = 1600) -> str:
    """A figure for a page: a GIF as it is, any other with at most so many pixels across, in few bytes."""
    from PIL import Image

    if path.suffix == ".gif":
        return uri(path.read_bytes(), "gif")
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
        picture.thumbnail((most_pixels, 8 * most_pixels))
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=82, method=2)
    return uri(file.getvalue(), "webp")
