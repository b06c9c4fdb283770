"""What the tables of bad input share: the arrays, and what a good refusal looks like."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Row = tuple[type[Exception], str, Callable[[], Any]]


def ones(*shape: int, dtype: Any = "float32") -> Any:
    return np.ones(shape, dtype)


X, W, B = ones(4, 3), ones(2, 3), ones(2)  # 4 rows, 3 inputs, 2 outputs
LOGITS, LABELS = ones(4, 2), np.array([0, 1, 1, 0])
NAN, INF = float("nan"), float("inf")


def read_only(a: Any) -> Any:
    a = a.copy()
    a.flags.writeable = False
    return a


def each_row(rows: list[Row]) -> Any:
    return pytest.mark.parametrize(
        ("error", "message", "call"), rows, ids=[message for _, message, _ in rows]
    )


def assert_refused(error: type[Exception], message: str, call: Callable[[], Any]) -> None:
    """Exactly this error, one line that begins with who complains, and not a novel."""
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    said = str(caught.value)
    assert message in said, said
    assert re.match(r"[A-Za-z0-9_.-]+: ", said), f"who says so? {said}"
    assert "\n" not in said
    assert len(said) < 400
