"""Exact values: kernels on their kinks, at ties, and with huge logits, as their documentation has it.

A row gives a kernel's arguments and what must come out, bit for bit up to the sign of zero (4 eps where exp
is involved). Lists are floats of the dtype under test; a result that is None in `wants` is not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinynn.testing.draw import KernelCall

HUGE = 1e4
INF = math.inf


@dataclass(frozen=True)
class KernelCase:
    """One call whose results are known."""

    what: str
    kernel: str
    arrays: tuple[Any, ...]
    wants: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)

    def call(self, dtype: str) -> KernelCall:
        """The call in one precision."""
        arrays = tuple(np.array(a, dtype) if isinstance(a, (list, float)) else a for a in self.arrays)
        return KernelCall(self.kernel, arrays, self.options)

    def __str__(self) -> str:
        return f"{self.kernel}: {self.what}"


def labels(*values: int) -> Any:
    return np.array(values, np.int64)


# name, alpha, slope -> y and dy/dx at -1, 0 and 1, as csrc/formulas.h documents them
AT_ZERO: tuple[tuple[str, float | None, float | None, list[float], list[float]], ...] = (
    ("identity", None, None, [-1, 0, 1], [1, 1, 1]),
    ("relu", None, None, [0, 0, 1], [0, 0, 1]),
    ("leaky_relu", None, None, [-0.01, 0, 1], [0.01, 0.01, 1]),
    ("leaky_relu", 0.0, None, [0, 0, 1], [0, 0, 1]),
    ("leaky_relu", 0.25, None, [-0.25, 0, 1], [0.25, 0.25, 1]),
    ("prelu", None, 0.25, [-0.25, 0, 1], [0.25, 0.25, 1]),
    ("prelu", None, -0.5, [0.5, 0, 1], [-0.5, -0.5, 1]),
    ("elu", None, None, [math.expm1(-1), 0, 1], [math.exp(-1), 1, 1]),
    ("elu", 2.0, None, [2 * math.expm1(-1), 0, 1], [2 * math.exp(-1), 2, 1]),
)
KEEPS_Z = ("prelu", "gelu", "silu")


def at_zero() -> Iterator[KernelCase]:
    """Each activation with a kink, alone and inside linear (x w^T with w = 1: the pre-activation is x)."""
    x: Any = [[[-1.0, 0.0, 1.0]]]
    one = [[1.0]]
    for name, alpha, slope, y, dydx in AT_ZERO:
        what = f"{name} at 0, alpha {alpha}, slope {slope}"
        options = {"activation": name, "alpha": alpha}
        a = None if slope is None else [slope]
        kept: Any = None if name == "identity" else x if name in KEEPS_Z else [[y]]
        dy = [[[2.0, 4.0, 8.0]]]
        dx = np.array(dy) * dydx
        dslope = None if slope is None else [-2.0]  # dy x summed where x <= 0
        needs = (True, slope is not None)
        yield KernelCase(what, "activation_forward", (x, a), ([[y]],), options)
        wants: tuple[Any, ...] = (dx, dslope)
        yield KernelCase(what, "activation_backward", (dy, kept, a), wants, {**options, "needs": needs})
        column = [[v] for v in x[0][0]]
        yield KernelCase(what, "linear_forward", (column, one, None, a), ([[v] for v in y], None), options)
        kept = None if kept is None else [[v] for v in kept[0][0]]
        wants = (dx.reshape(3, 1), [[dx[0, 0, 2] - dx[0, 0, 0]]], [dx.sum()], dslope)
        arrays = ([[v] for v in dy[0][0]], column, one, kept, a)
        yield KernelCase(what, "linear_backward", arrays, wants, {**options, "needs": (True, True, *needs)})


# name -> y and dy/dx at -1e4 and 1e4
SATURATED: tuple[tuple[str, list[float], list[float]], ...] = (
    ("relu", [0, HUGE], [0, 1]),
    ("sigmoid", [0, 1], [0, 0]),
    ("tanh", [-1, 1], [0, 0]),
    ("elu", [-1, HUGE], [0, 1]),
    ("gelu", [0, HUGE], [0, 1]),
    ("silu", [0, HUGE], [0, 1]),
    ("softplus", [0, HUGE], [0, 1]),
)


def saturated() -> Iterator[KernelCase]:
    """Far out nothing overflows: no NaN, no infinity."""
    x = [[-HUGE, HUGE]]
    for name, y, dydx in SATURATED:
        options = {"activation": name, "alpha": None}
        kept = x if name in KEEPS_Z else [y]
        yield KernelCase(f"{name} at +-1e4", "activation_forward", (x, None), ([y],), options)
        wants = ([dydx], None)
        arrays = ([[1.0, 1.0]], kept, None)
        yield KernelCase(
            f"{name} at +-1e4", "activation_backward", arrays, wants, {**options, "needs": (True, False)}
        )


# logits -> softmax and log-softmax
LOGITS: tuple[tuple[str, list[float], list[float], list[float]], ...] = (
    ("+-1e4", [HUGE, -HUGE, 0], [1, 0, 0], [0, -2 * HUGE, -HUGE]),
    ("all equal", [3, 3, 3, 3], [0.25] * 4, [-math.log(4)] * 4),
    ("all 1e4", [HUGE] * 4, [0.25] * 4, [-math.log(4)] * 4),
    ("one class", [-HUGE], [1], [0]),
    ("a class masked out by -inf", [-INF, 0, 0], [0, 0.5, 0.5], [-INF, -math.log(2), -math.log(2)]),
)


def logits() -> Iterator[KernelCase]:
    """softmax and cross-entropy with two rows of such logits: labels are the first and the last class."""
    for what, x, p, log_p in LOGITS:
        yield KernelCase(what, "softmax_forward", ([x, x],), ([p, p],))
        yield KernelCase(what, "log_softmax_forward", ([x, x],), ([log_p, log_p],))
        if math.isinf(x[0]):
            continue
        options = {"label_smoothing": 0.0, "reduction": "none"}
        y = labels(0, len(x) - 1)
        losses = [-log_p[0], -log_p[-1]]
        yield KernelCase(what, "cross_entropy_forward", ([x, x], y, None), (losses, [p, p]), options)
        dx = 2.0 * (np.array([p, p]) - np.eye(len(x))[y])
        yield KernelCase(what, "cross_entropy_backward", ([2.0, 2.0], [p, p], y, None), (dx,), options)
        yield KernelCase(
            f"{what}, dy equal", "softmax_backward", ([[2.0] * len(x)], [p]), ([[0.0] * len(x)],)
        )


def losses() -> Iterator[KernelCase]:
    """The other losses on the edge of the margin, where the derivative is 0, and far out."""
    none = {"reduction": "none"}
    edge = ([[1.0, -1.0, 0.0]], [[1.0, -1.0, 1.0]])
    yield KernelCase("margin", "hinge_forward", edge, ([[0, 0, 1]],), none)
    yield KernelCase("margin", "hinge_backward", ([[2.0, 2.0, 2.0]], *edge), ([[0, 0, -2]],), none)
    far = ([HUGE, HUGE, -HUGE, -HUGE], [1.0, 0.0, 1.0, 0.0])
    name = "binary_cross_entropy_with_logits"
    yield KernelCase("+-1e4", f"{name}_forward", far, ([0, HUGE, HUGE, 0],), none)
    yield KernelCase("+-1e4", f"{name}_backward", ([1.0] * 4, *far), ([0, 1, -1, 0],), none)
    options = {"margin": 1.0, "reduction": "none"}
    x, y = [[2.0, 1.0, 1.5], [HUGE, -HUGE, 0.0]], labels(0, 1)
    yield KernelCase("margin", "multiclass_hinge_forward", (x, y), ([0.5, 3 * HUGE + 2],), options)
    dx = [[-2, 0, 2], [2, -4, 2]]
    yield KernelCase("margin", "multiclass_hinge_backward", ([2.0, 2.0], x, y), (dx,), options)


def ties() -> Iterator[KernelCase]:
    """Of equals the first wins; of two sides each receives half."""
    x, w = [[1.0]], [[[1.0]], [[2.0]], [[2.0]]]
    yield KernelCase("tie", "maxout_forward", (x, w, None), ([[2]], np.array([[1]], np.uint8)))
    arg = np.array([[1]], np.uint8)
    wants = ([[6]], [[[0]], [[3]], [[0]]], [[0], [3], [0]])
    yield KernelCase("tie", "maxout_backward", ([[3.0]], x, w, arg), wants)
    yield KernelCase("tie", "reduce_max", ([[[1.0], [3.0], [3.0]]],), ([[3]], np.array([[1]])))
    yield KernelCase(
        "NaN is the largest", "reduce_max", ([[[1.0], [INF], [math.nan]]],), ([[math.nan]], np.array([[2]]))
    )
    dy, a, b = [2.0, 2.0, 2.0], [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]
    yield KernelCase("tie", "binary_backward", (dy, a, b), ([0, 1, 2], [2, 1, 0]), {"op": "maximum"})
    yield KernelCase("tie", "binary_backward", (dy, a, b), ([2, 1, 0], [0, 1, 2]), {"op": "minimum"})


def corners() -> Iterator[KernelCase]:
    """Element-wise functions where their derivative jumps, or where 0 times infinity threatens."""

    def unary(
        op: str, x: list[float], y: list[float], dx: list[float], **constants: float
    ) -> Iterator[KernelCase]:
        options = {"op": op, **constants}
        yield KernelCase(f"{op} {constants or ''}", "unary_forward", (x,), (y,), options)
        yield KernelCase(f"{op} {constants or ''}", "unary_backward", ([2.0] * len(x), x, y), (dx,), options)

    yield from unary("abs", [-1.0, 0.0, 1.0], [1.0, 0.0, 1.0], [-2, 0, 2])
    yield from unary("sign", [-3.0, 0.0, 3.0], [-1.0, 0.0, 1.0], [0, 0, 0])
    bounds = [-1.0, -0.5, 0.0, 0.5, 1.0]
    yield from unary("clip", bounds, [-0.5, -0.5, 0.0, 0.5, 0.5], [0, 2, 2, 2, 0], p=-0.5, q=0.5)
    yield from unary("pow", [0.0, 4.0], [1.0, 1.0], [0, 0], p=0.0)
    yield from unary("pow", [0.0, 3.0], [0.0, 9.0], [0, 12], p=2.0)
    zero = ([2.0, 2.0], [0.0, 0.0], [0.0, 2.0])
    yield KernelCase("0^0 and 0^2", "binary_forward", zero[1:], ([1, 0],), {"op": "pow"})
    yield KernelCase("0^0 and 0^2", "binary_backward", zero, ([0, 0], [0, 0]), {"op": "pow"})


def pools() -> Iterator[KernelCase]:
    """Of equals the first wins, NaN wins, padding never; where windows overlap gradients add up."""
    square = {"kernel": (2, 2), "stride": (1, 1), "padding": (0, 0)}
    floor = {**square, "ceil_mode": False}
    around = {**floor, "padding": (1, 1)}

    def place(*values: int) -> Any:
        return np.array(values, np.uint8).reshape(1, 1, 1, -1)

    name = "max_pool2d_forward"
    yield KernelCase("tie", name, ([[[[1.0, 3.0], [3.0, 3.0]]]],), ([[[[3]]]], place(1)), floor)
    yield KernelCase("0 and -0", name, ([[[[-0.0, 0.0], [0.0, -0.0]]]],), ([[[[0]]]], place(0)), floor)
    first_nan = [[[[INF, math.nan], [math.nan, 9.0]]]]
    yield KernelCase("NaN is the largest", name, (first_nan,), ([[[[math.nan]]]], place(1)), floor)
    lost = np.array([[[[3, 2], [1, 0]]]], np.uint8)
    yield KernelCase("-inf against padding", name, ([[[[-INF]]]],), ([[[[-INF] * 2] * 2]], lost), around)
    columns = {"kernel": (1, 2), "stride": (1, 1), "padding": (0, 0), "size": (1, 3)}
    dy = [[[[2.0, 3.0]]]]
    yield KernelCase("overlap", "max_pool2d_backward", (dy, place(1, 0)), ([[[[0, 5, 0]]]],), columns)
    yield KernelCase("no place", "max_pool2d_backward", (dy, place(200, 2)), ([[[[0, 0, 0]]]],), columns)
    pairs = {"kernel": (1, 2), "stride": (1, 2), "ceil_mode": False, "padding": (0, 1)}
    name, ones = "avg_pool2d_forward", [[[[1.0] * 4]]]
    yield KernelCase(
        "padding counts", name, (ones,), ([[[[0.5, 1, 0.5]]]],), {**pairs, "count_include_pad": True}
    )
    yield KernelCase(
        "padding is left out", name, (ones,), ([[[[1, 1, 1]]]],), {**pairs, "count_include_pad": False}
    )
    over = {**pairs, "padding": (0, 0), "ceil_mode": True, "count_include_pad": True}
    yield KernelCase("a window over the end", name, ([[[[1.0, 3.0, 5.0]]]],), ([[[[2, 5]]]],), over)
    x = [[[[1.0, 4.0, 4.0]]]]
    size = {"size": (1, 2)}
    yield KernelCase("tie", "adaptive_max_pool2d_forward", (x,), ([[[[4, 4]]]], place(1, 0)), size)
    yield KernelCase("shared", "adaptive_avg_pool2d_forward", (x,), ([[[[2.5, 4]]]],), size)
    yield KernelCase(
        "shared", "adaptive_avg_pool2d_backward", (dy,), ([[[[1, 2.5, 1.5]]]],), {"size": (1, 3)}
    )


def norms() -> Iterator[KernelCase]:
    """Constant channels and rows, a variance of 0, a mean far from 0, one number alone."""
    batch = {"training": True, "momentum": 0.5, "eps": 0.25}  # 1 / sqrt(0 + eps) is 2
    x = [[[7.0], [1e4 - 1]], [[7.0], [1e4 + 1]]]
    w, b = [3.0, 1.0], [5.0, 0.0]
    far = 1 / math.sqrt(1.25)
    wants: tuple[Any, ...] = ([[[5], [-far]], [[5], [far]]], [7, 1e4], [2, far])
    yield KernelCase("constant, and far from 0", "batch_norm_forward", (x, w, b, None, None), wants, batch)
    dy = [[[1.0], [1.0]], [[3.0], [1.0]]]
    arrays: Any = (dy, x, w, [7.0, 1e4], [2.0, far])
    wants = ([[[-6], [0]], [[6], [0]]], [0, 0], [4, 2])
    yield KernelCase("constant", "batch_norm_backward", arrays, wants, {"training": True})
    one: Any = [[[4.0]]]
    wants = ([[[0]]], [4], [2])
    yield KernelCase("one number", "batch_norm_forward", (one, None, None, None, None), wants, batch)
    options = {**batch, "training": False}
    arrays = (one, [3.0], [5.0], [2.0], [0.0])
    yield KernelCase("variance 0", "batch_norm_forward", arrays, ([[[17]]], [2], [2]), options)
    rows = [[7.0, 7.0], [1e4 - 1, 1e4 + 1]]
    wants = ([[5, 0], [5 - 3 * far, far]], [7, 1e4], [2, far])
    yield KernelCase("constant, and far from 0", "layer_norm_forward", (rows, w, b), wants, {"eps": 0.25})
    arrays = ([[1.0, 3.0], [2.0, 2.0]], rows, None, [7.0, 1e4], [2.0, far])
    wants = ([[-2, 2], [0, 0]], [-2 * far, 2 * far], [3, 5])
    yield KernelCase("constant", "layer_norm_backward", arrays, wants)


KERNEL_CASES: tuple[KernelCase, ...] = (
    *at_zero(),
    *saturated(),
    *logits(),
    *losses(),
    *ties(),
    *corners(),
    *pools(),
    *norms(),
)
