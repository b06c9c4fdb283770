"""A progress bar on stderr: on in a terminal, off elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


def progress_bar(
    items: Iterable[Any], title: str, show: bool | None = None, total: int | None = None
) -> Iterable[Any]:
    """`items`, `total` of them, with a tqdm bar; show=None means only where stderr is a terminal."""
    if show is False or (show is None and not (sys.stderr and sys.stderr.isatty())):
        return items
    from tqdm import tqdm

    bar: Iterable[Any] = tqdm(
        items, desc=title, total=total, file=sys.stderr, leave=False, dynamic_ncols=True
    )
    return bar
