"""What a notebook shows: the graph behind a loss as a picture, tensors and models as tables.

graph.py   the graph as boxes and lines        layout.py   where each box goes
svg.py     the picture                         trace.py    what `tn.trace` returns
tables.py  Tensor and Module as HTML           pixels.py   small arrays as pictures

Nothing here needs another library, or the graph to be alive: a trace is a picture of what was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinynn.display.trace import Trace


def trace(loss: Any, model: Any = None, *, limit: int = 200) -> Trace:
    """Draw the graph that `loss.backward()` will walk through, as SVG.

    Every op is a box, in the order in which they ran, the loss at the bottom. A line brings an array to the
    argument whose name it bears; a weight that is used twice has two lines. Blue boxes collect a gradient,
    grey ones want none. Pointing at a box tells what it keeps for its backward, and its options.

    Parameters
    ----------
    loss : Tensor
        Any tensor that ops made, before or after backward.
    model : Module, optional
        Gives the parameters their names.
    limit : int
        Draw at most so many ops, those nearest to the loss; a note tells how many are left out.

    Returns
    -------
    Trace
        A notebook shows it; `str()` is the SVG, `.save("graph.svg")` writes it.

    Raises
    ------
    DtypeError, GraphError, ArgumentError
        No Tensor, a Tensor without a graph, a limit below 1.

    Examples
    --------
    >>> import tinynn as tn
    >>> w = tn.Tensor([1.0, 2.0], requires_grad=True)
    >>> tn.trace((w * w).sum())
    Trace(2 ops, 1 leaf, 3 lines)
    """
    from tinynn.display.trace import draw

    return draw(loss, model, limit)


__all__ = ["trace"]
