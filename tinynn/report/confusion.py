"""The confusion matrix whose cells show what is in them.

Legend: n samples, k classes; probabilities (n, k); the confidence of a prediction is its probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.report.block import Block, place
from tinynn.report.encode import sheet
from tinynn.report.plots import plot


def confusion(
    images: ArrayLike, labels: ArrayLike, probabilities: ArrayLike, classes: Sequence[str], *, most: int = 10
) -> Block:
    """A block: rows actual, columns predicted; a cell shows its samples, those the net was surest of first.

    Parameters
    ----------
    images : (n, c, h, w), uint8 or within 0..1
    labels : (n,)
    probabilities : (n, k)
    classes : k names
    most : int
        Samples of each cell that the page carries.

    Raises
    ------
    ShapeError
        They do not fit one another.

    Examples
    --------
    >>> block = confusion(np.zeros((2, 1, 8, 8)), [0, 1], [[0.9, 0.1], [0.6, 0.4]], ["cat", "dog"])
    >>> block.data["image"].tolist(), block.data["counts"].tolist()
    ([0, 1], [[1, 0], [1, 0]])
    """
    pictures, actual, p = np.asarray(images), np.asarray(labels, np.int64), np.asarray(probabilities)
    if p.ndim != 2 or actual.shape != p.shape[:1] or len(pictures) != len(p) or len(classes) != p.shape[1]:
        raise ShapeError(
            f"confusion: got {len(pictures)} images, labels {actual.shape}, probabilities {p.shape} and "
            f"{len(classes)} classes; needed n, (n,), (n, k) and k"
        )
    counts, chosen = surest(actual, p, most)
    k = len(classes)
    bars = plot(height=28 * k + 50, x_range=(0, 1), y_range=list(reversed(classes)), x_label="probability")
    bars.hbar(y=list(classes), right=[0.0] * k, height=0.7, color="#2f7fc9", name="bars")
    bars.ygrid.grid_line_color = None
    words = (
        "Rows: what it is. Columns: what the net takes it for. Point at a cell, or go there with the arrow "
        "keys, to see its pictures, those first that the net was surest of; a click keeps them, Escape lets "
        "them go. Point at a picture for the probabilities of all classes."
    )
    data = {
        "classes": list(classes),
        "counts": counts,
        "image": chosen,
        "actual": actual[chosen],
        "predicted": p[chosen].argmax(1),
        "p": p[chosen].astype(np.float32),
        "sheet": sheet(pictures[chosen]) if len(chosen) else None,
    }
    right, total = int(counts.trace()), int(counts.sum())
    title = f"What is taken for what: {right:,} of {total:,} right ({100 * right / max(total, 1):.1f} %)"
    alt = "Bars: the probability that the net gives to each class, for the picture pointed at"
    side = (
        '<div class="shown"><h3 aria-live="polite"></h3><ul class="tiles"></ul>'
        f'<p class="note chosen"></p>{place("bars", alt)}</div>'
    )
    html = f'<div class="two confusion"><div>{table(counts, classes)}</div>{side}</div>'
    return Block("confusion", title, words, html, data, {"bars": bars})


def surest(
    actual: NDArray[np.int64], p: NDArray[np.floating], most: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Counts (k, k), and the numbers of the samples to carry: cell by cell, the surest of each first."""
    said, k = p.argmax(1), p.shape[1]
    cells = actual * k + said
    counts = np.bincount(cells, minlength=k * k).reshape(k, k).astype(np.int32)
    order = np.lexsort((np.arange(len(p)), -p.max(1), cells))
    place_in_cell = np.arange(len(p)) - np.searchsorted(cells[order], cells[order], side="left")
    return counts, order[place_in_cell < most].astype(np.int32)


def table(counts: NDArray[np.int32], classes: Sequence[str]) -> str:
    """The matrix as a table of buttons; the diagonal and the mistakes have a scale of colour each."""
    right = max(int(counts.diagonal().max(initial=0)), 1)
    wrong = max(int((counts - np.diag(counts.diagonal())).max(initial=0)), 1)
    names = [escape(name) for name in classes]
    head = "".join(f'<th scope="col"><span>{name}</span></th>' for name in names)
    rows = []
    for i, name in enumerate(names):
        cells = []
        for j, count in enumerate(counts[i].tolist()):
            share = count / (right if i == j else wrong)
            kind = "right" if i == j else "wrong"
            style = "background:" + (f"rgba(var(--{kind}),{0.06 + 0.84 * share:.3f})" if count else "none")
            look = "nothing" if not count else "dark" if i == j and share > 0.55 else ""
            told = f"{names[j]}: {count}" if i == j else f"{name} taken for {names[j]}: {count}"
            cells.append(
                f'<td><button type="button" class="{look}" style="{style}" data-row="{i}" data-column="{j}" '
                f'aria-pressed="false" aria-label="{told}">{count}</button></td>'
            )
        rows.append(f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>')
    wide = " class='wide'" if max(map(len, classes)) > 3 else ""
    side = "clamp(3.7rem,12vw,6rem)" if max(map(len, classes)) > 3 else "1.4rem"
    return (
        f'<table{wide}><colgroup><col style="width:{side}"></colgroup>'
        f'<thead><tr><th aria-label="actual, down; predicted, across"></th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
