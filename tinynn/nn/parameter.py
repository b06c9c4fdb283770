"""Parameter: a tensor that an optimiser may change."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.tensor import Tensor, as_array


class Parameter(Tensor):
    """A leaf tensor that collects its gradient and belongs to a Module.

    An optimiser changes it where it lies, row by row: an array that is not contiguous, or must not be
    written to, is copied; any other is shared.

    Parameters
    ----------
    data : array_like
    requires_grad : bool
        False for a parameter that is frozen.
    dtype : float32 or float64, optional

    Raises
    ------
    DtypeError

    Examples
    --------
    >>> nn.Parameter([1.0, 2.0])
    Parameter([1., 2.], dtype=float32, requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, *, dtype: Any = None) -> None:
        array = as_array(data, dtype)
        if not (array.flags.c_contiguous and array.flags.writeable):
            array = np.array(array, order="C")
        super().__init__(array, requires_grad)

    def __repr__(self) -> str:
        return f"Parameter{super().__repr__().removeprefix('Tensor')}"
