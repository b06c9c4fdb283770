"""Views: the same numbers under another shape. Backward is the way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.errors import ShapeError
from tinynn.functional.checks import need_array


@op
def reshape(x: Any, *, shape: tuple[int, ...]) -> tuple[Array, Backward]:
    """The same numbers in row-major order under `shape`; one size may be -1.

    Raises
    ------
    ShapeError
        The sizes do not multiply to the same number.
    """
    need_array("reshape", "x", x)
    try:
        y = x.reshape(shape)
    except (ValueError, TypeError):
        raise ShapeError(f"reshape: x is {x.shape}, {x.size} numbers; they do not fit {shape}") from None

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (dy.reshape(x.shape),)

    return y, backward


def flatten(x: Any, *, start_dim: int = 0) -> Any:
    """Join all axes from `start_dim` on into one."""
    shape = np.shape(x)
    if not 0 <= start_dim <= max(len(shape) - 1, 0):
        raise ShapeError(f"flatten: start_dim is {start_dim} but x is {shape}")
    tail = int(np.prod(shape[start_dim:]))  # spelled out: -1 is ambiguous for an empty batch
    return reshape(x, shape=(*shape[:start_dim], tail))
