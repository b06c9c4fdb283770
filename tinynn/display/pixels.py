"""Small arrays as pictures: red is positive, blue negative, white zero, as in every figure of tinynn.

A PNG is a signature and three chunks; with zlib from the standard library that is a dozen lines, and a page
shows it sharp at any size.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

POSITIVE, NEGATIVE = (193, 54, 57), (48, 121, 182)
Array = NDArray[Any]


def shades(values: Array) -> Array:
    """uint8 (..., 3): white at 0, the full colour at the largest size; grey where a value is not finite."""
    numbers = np.asarray(values, np.float64)
    finite = np.isfinite(numbers)
    scale = float(np.abs(numbers, where=finite, out=np.zeros_like(numbers)).max(initial=0.0)) or 1.0
    share = np.clip(np.where(finite, numbers, 0.0) / scale, -1, 1)[..., None]
    colour = np.where(share >= 0, POSITIVE, NEGATIVE)
    mixed = 255 + (colour - 255) * np.abs(share)
    return np.where(finite[..., None], mixed, 128).round().astype(np.uint8)


def png(rgb: Array) -> bytes:
    """A picture uint8 (h, w, 3) as a PNG file."""
    h, w, _ = rgb.shape
    rows = np.concatenate([np.zeros((h, 1), np.uint8), rgb.reshape(h, 3 * w)], axis=1)  # filter 0 a row
    head = struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def image(rgb: Array, told: str, cell: int) -> str:
    """An <img> of shades (h, w, 3), each `cell` pixels wide; `told` is text, escaped already."""
    h, w, _ = rgb.shape
    data = base64.b64encode(png(rgb)).decode("ascii")
    return (
        f'<img alt="{told}" title="{told}" width="{w * cell}" height="{h * cell}" '
        f'style="image-rendering:pixelated;border:1px solid #94a0ac;margin:2px 6px 2px 0;'
        f'vertical-align:middle" src="data:image/png;base64,{data}">'
    )
