"""Broadcasting in terms of shapes alone: what the result is, and which axes were repeated.

    a  (32, 1, 10)          y (32, 5, 10): a was repeated along axis 1,
    b      (5, 10)                         b along axis 0

A number that was used several times receives the sum of what comes back to it. So the gradient of
broadcasting is a sum over the repeated axes; functional/reduce.py does the summing.
"""

from __future__ import annotations

from tinynn.errors import ShapeError

Shape = tuple[int, ...]


def broadcast_shape(who: str, *shapes: Shape) -> Shape:
    """The shape of the result, by NumPy's rule: aligned at the right, and 1 goes with everything.

    Raises
    ------
    ShapeError
        Two sizes differ and neither is 1.

    Examples
    --------
    >>> broadcast_shape("add", (32, 1, 10), (5, 10))
    (32, 5, 10)
    """
    result: list[int] = []
    for i in range(-max(map(len, shapes)), 0):
        sizes = {shape[i] for shape in shapes if len(shape) >= -i}
        sizes.discard(1)
        if len(sizes) > 1:
            listed = " and ".join(map(str, shapes))
            raise ShapeError(f"{who}: {listed} do not broadcast: axis {i} has sizes {sorted(sizes)}")
        result.append(sizes.pop() if sizes else 1)
    return tuple(result)


def repeated_axes(shape: Shape, to: Shape) -> Shape:
    """The axes of `to` along which an array of `shape` was repeated.

    Examples
    --------
    >>> repeated_axes((5, 1), (3, 5, 4))
    (0, 2)
    """
    lead = len(to) - len(shape)
    return (*range(lead), *(lead + i for i, size in enumerate(shape) if size == 1 and to[lead + i] != 1))
