"""THE TABLE: one row per op and variant. Tests, mutants, targets and docs are loops over it.

Sizes are written as tuples and shapes in letters: with size (m, k, n), "ab" is (m, k) and "cb" is (n, k).
Oracles use NumPy and SciPy alone, and say the op in its plainest form.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from scipy import special

from tinynn import functional as F
from tinynn.testing.case import ACTIVATION_ORACLES, KINKED, OpCase, Rng, normal, uniform
from tinynn.testing.conv_cases import CONV
from tinynn.testing.pool_cases import NORMS, POOLS

Array = Any  # a table of one-line formulas: NumPy's own types would only be in the way

DENSE = ((3, 7, 2), (1, 1, 1), (8, 17, 9), (33, 16, 31), (15, 33, 10), (2, 3, 100))  # (m, k, n)


def itself(x: Array, *rest: Any) -> Array:
    """A kink at zero."""
    return x


# ---- linear --------------------------------------------------------------------------------------
def affine(x: Array, w: Array, b: Any = 0.0, *rest: Any) -> Array:
    return x @ np.swapaxes(w, -1, -2) + (b if w.ndim == 2 or np.isscalar(b) else b[:, None, :])


def affine_sums(x: Array, w: Array, b: Any = 0.0, *rest: Any) -> tuple[int, Array]:
    return x.shape[-1] + 1, affine(np.abs(x), np.abs(w), np.abs(b))


def linear_row(act: str) -> OpCase:
    oracle = ACTIVATION_ORACLES[act]
    return OpCase(
        "linear",
        lambda x, w, b: F.linear(x, w, b, activation=act),
        normal("ab", "cb", "c"),
        lambda x, w, b: oracle(affine(x, w, b)),
        DENSE,
        variant=act,
        empty=(0, 3, 2),
        kink=affine if act in KINKED else None,
        linear_in=(0, 1, 2) if act == "identity" else (),
        reduces=affine_sums if act in ("identity", "relu") else None,
        rtol=1e-4,
        atol=1e-5,
    )


LINEAR = [
    *(linear_row(act) for act in ACTIVATION_ORACLES),
    OpCase("linear", F.linear, normal("ab", "cb"), affine, DENSE, "no bias", empty=(0, 3, 2), linear_in=(0, 1), reduces=affine_sums),
    OpCase("linear", F.linear, normal("dab", "dcb", "dc"), affine, ((3, 7, 2, 4), (5, 17, 9, 1)), "grouped",
           empty=(0, 3, 2, 4), linear_in=(0, 1, 2), reduces=affine_sums),
    OpCase("linear", F.linear, normal("adb", "cb", "c"), affine, ((3, 7, 2, 4), (5, 17, 9, 1)), "stacked rows",
           empty=(0, 3, 2, 4), linear_in=(0, 1, 2), reduces=affine_sums),
    OpCase("linear", lambda x, w, b, s: F.linear(x, w, b, s, activation="prelu"), normal("ab", "cb", "c", "c"),
           lambda x, w, b, s: np.where(affine(x, w, b) > 0, 1, s) * affine(x, w, b), DENSE, "prelu",
           empty=(0, 3, 2), kink=affine, rtol=1e-4, atol=1e-5),
    OpCase("linear", lambda x, w, b, s: F.linear(x, w, b, s, activation="prelu"), normal("ab", "cb", "c", "1"),
           lambda x, w, b, s: np.where(affine(x, w, b) > 0, 1, s) * affine(x, w, b), DENSE, "prelu, one slope",
           empty=(0, 3, 2), kink=affine, rtol=1e-4, atol=1e-5),
]  # fmt: skip

# ---- activation ----------------------------------------------------------------------------------
SHAPES_2D = ((3, 7), (1, 1), (2, 31), (33, 17), (9, 16))


def activation_row(act: str) -> OpCase:
    return OpCase(
        "activation",
        lambda x: F.activation(x, activation=act),
        uniform(-4, 4, "ab"),
        ACTIVATION_ORACLES[act],
        SHAPES_2D,
        variant=act,
        empty=(0, 3),
        kink=itself if act in KINKED else None,
    )


ACTIVATIONS = [
    *(activation_row(act) for act in ACTIVATION_ORACLES),
    OpCase("activation", F.prelu, uniform(-4, 4, "abc", "b"), lambda x, s: np.where(x > 0, x, s[:, None] * x),
           ((3, 7, 2), (1, 1, 1), (4, 3, 17)), "prelu per channel", empty=(0, 3, 2), kink=itself),
    OpCase("activation", F.prelu, uniform(-4, 4, "abc", "1"), lambda x, s: np.where(x > 0, x, s * x),
           ((3, 7, 2), (1, 1, 1), (4, 3, 17)), "prelu one slope", empty=(0, 3, 2), kink=itself),
]  # fmt: skip


# ---- loss ----------------------------------------------------------------------------------------
def classes(rng: Rng, m: int, c: int) -> tuple[Array, Array]:
    return 3 * rng.normal(size=(m, c)), rng.integers(0, c, m)


def with_weights(rng: Rng, m: int, c: int) -> tuple[Array, Array, Array]:
    return (*classes(rng, m, c), rng.uniform(0.2, 2, c))


def cross_entropy_oracle(x: Array, y: Array, w: Any = None, s: float = 0.0, reduction: str = "mean") -> Array:
    c = x.shape[1]
    q = (1 - s) * np.eye(c)[y] + s / c
    weight = np.ones(c) if w is None else w
    each = -(weight * q * special.log_softmax(x, axis=1)).sum(1)
    return reduced(each, reduction, weight[y].sum())


def reduced(each: Array, reduction: str, count: Any = None) -> Array:
    if reduction == "none":
        return each
    return each.sum() if reduction == "sum" else each.sum() / (each.size if count is None else count)


def cross_entropy_row(reduction: str, smoothing: float, weighted: bool) -> OpCase:
    return OpCase(
        "cross_entropy",
        lambda *a: F.cross_entropy(*a, label_smoothing=smoothing, reduction=reduction),
        with_weights if weighted else classes,
        lambda x, y, w=None: cross_entropy_oracle(x, y, w, smoothing, reduction),
        ((3, 7), (2, 2), (33, 10), (17, 31)),
        variant=f"{reduction}, smoothing {smoothing}{', weights' if weighted else ''}",
        empty=None if reduction == "mean" else (0, 3),
        grad=(0,),
        rtol=1e-4,
        atol=1e-5,
    )


LOSSES = [
    cross_entropy_row(r, s, w) for r in ("mean", "sum", "none") for s in (0.0, 0.1) for w in (False, True)
]


def targets(rng: Rng, n: int, c: int) -> tuple[Array, Array]:
    return 3 * rng.normal(size=(n, c)), rng.uniform(0, 1, (n, c))


def signs(rng: Rng, n: int, c: int) -> tuple[Array, Array]:
    return 2 * rng.normal(size=(n, c)), rng.choice([-1.0, 1.0], (n, c))


def near_ties(rng: Rng, m: int, c: int) -> tuple[Array, Array]:
    return 0.5 * rng.normal(size=(m, c)), rng.integers(0, c, m)


def multiclass_hinge_oracle(x: Array, y: Array) -> Array:
    rows = np.arange(len(y))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    return margins.sum(1)


def multiclass_hinge_kinks(x: Array, y: Array) -> Array:
    margins = x - x[np.arange(len(y)), y][:, None] + 1
    return np.where(np.arange(x.shape[1]) == y[:, None], 1.0, margins)


def loss_rows(op: str, call: Any, inputs: Any, each: Any, kink: Any = None) -> list[OpCase]:
    """One row per reduction of a loss given element by element (or row by row)."""
    return [
        OpCase(op, partial(call, reduction=r), inputs, lambda *a, r=r: reduced(each(*a), r), ((3, 7), (2, 3), (17, 31)),
               r, empty=None if r == "mean" else (0, 3), kink=kink, grad=(0,), rtol=1e-4, atol=1e-5)
        for r in ("mean", "sum", "none")
    ]  # fmt: skip


LOSSES += [
    *loss_rows("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits, targets,
               lambda x, t: np.logaddexp(0, x) - x * t),
    *loss_rows("hinge", F.hinge, signs, lambda x, t: np.maximum(0, 1 - t * x), lambda x, t: 1 - t * x),
    *loss_rows("multiclass_hinge", F.multiclass_hinge, near_ties, multiclass_hinge_oracle, multiclass_hinge_kinks),
    *loss_rows("mse_loss", F.mse_loss, targets, lambda x, t: (x - t) ** 2),
    OpCase("mse_loss", F.mse_loss, targets, lambda x, t: ((x - t) ** 2).mean(), ((3, 7), (2, 3)), "both sides"),
]  # fmt: skip

LOGITS = ((3, 7), (2, 2), (2, 31), (33, 17))  # one class alone is constant: a test of its own


# ---- softmax, maxout, matmul ---------------------------------------------------------------------
def pieces(x: Array, w: Array, b: Any = 0.0) -> Array:
    return np.einsum("mk,pnk->pmn", x, w) + (b if np.isscalar(b) else b[:, None])


def maxout_kinks(x: Array, w: Array, b: Any = 0.0) -> Array:
    best = np.sort(pieces(x, w, b), axis=0)
    return best[-1] - best[-2] if len(best) > 1 else np.ones(1)


def matmul_sums(a: Array, b: Array) -> tuple[int, Array]:
    return a.shape[-1], np.abs(a) @ np.abs(b)


NETS = [
    OpCase("softmax", F.softmax, uniform(-5, 5, "ab"), lambda x: special.softmax(x, axis=-1), LOGITS, empty=(0, 3)),
    OpCase("softmax", lambda x: F.softmax(x, axis=0), uniform(-5, 5, "abc"), lambda x: special.softmax(x, axis=0),
           ((3, 2, 7), (2, 1, 3)), "axis 0", empty=(3, 0, 2)),
    OpCase("log_softmax", F.log_softmax, uniform(-5, 5, "ab"), lambda x: special.log_softmax(x, axis=-1),
           LOGITS, empty=(0, 3), atol=1e-5),
    OpCase("maxout", F.maxout, normal("ab", "dcb", "dc"), lambda *a: pieces(*a).max(0),
           ((3, 7, 2, 3), (1, 1, 1, 2), (17, 33, 9, 4)), empty=(0, 3, 2, 2), kink=maxout_kinks, rtol=1e-4, atol=1e-5),
    OpCase("maxout", F.maxout, normal("ab", "dcb"), lambda *a: pieces(*a).max(0), ((3, 7, 2, 3), (2, 3, 1, 2)), "no bias",
           empty=(0, 3, 2, 2), kink=maxout_kinks, rtol=1e-4, atol=1e-5),
    OpCase("matmul", F.matmul, normal("ab", "bc"), np.matmul, DENSE, empty=(0, 3, 2), linear_in=(0, 1), reduces=matmul_sums),
    OpCase("matmul", F.matmul, normal("dab", "dbc"), np.matmul, ((3, 7, 2, 4), (3, 3, 3, 2)), "batched", empty=(3, 2, 4, 0),
           linear_in=(0, 1), reduces=matmul_sums),
    OpCase("matmul", F.matmul, normal("dab", "bc"), np.matmul, ((3, 7, 2, 4), (3, 3, 3, 2)), "broadcast", linear_in=(0, 1),
           reduces=matmul_sums),
    OpCase("matmul", F.matmul, normal("ab", "b"), np.matmul, ((3, 7), (1, 1)), "matrix times vector", linear_in=(0, 1),
           reduces=matmul_sums),
]  # fmt: skip

# ---- element by element --------------------------------------------------------------------------
PAIRS = ((3, 7), (1, 1), (9, 16), (33, 17))


def binary_rows(
    op: str, oracle: Any, low: float = -3, kink: Any = None, linear_in: tuple[int, ...] = ()
) -> list[OpCase]:
    """Equal shapes; one of size 1 repeated; both repeated."""
    ways = {
        "": ("ab", "ab"),
        "b repeated": ("ab", "b"),
        "both repeated": ("a1", "1b"),
        "a repeated": ("1", "ab"),
    }
    return [
        OpCase(
            op,
            getattr(F, op),
            uniform(low, 3, *shapes),
            oracle,
            PAIRS,
            way,
            empty=(0, 3),
            kink=kink,
            linear_in=linear_in,
        )
        for way, shapes in ways.items()
    ]


def unary_row(op: str, oracle: Any, low: float = -3, high: float = 3, **more: Any) -> OpCase:
    return OpCase(op, getattr(F, op), uniform(low, high, "ab"), oracle, SHAPES_2D, empty=(0, 3), **more)


ELEMENTWISE = [
    *binary_rows("add", np.add, linear_in=(0, 1)),
    *binary_rows("sub", np.subtract, linear_in=(0, 1)),
    *binary_rows("mul", np.multiply, linear_in=(0, 1)),
    *binary_rows("div", np.divide, low=0.3, linear_in=(0,)),
    *binary_rows("pow", np.power, low=0.3),
    *binary_rows("maximum", np.maximum, kink=lambda a, b: a - b),
    *binary_rows("minimum", np.minimum, kink=lambda a, b: a - b),
    OpCase("pow", lambda x: F.pow(x, 3), uniform(-3, 3, "ab"), lambda x: x**3, PAIRS, "constant exponent", empty=(0, 3)),
    OpCase("where", F.where, lambda rng, m, n: (rng.random((m, n)) < 0.5, rng.normal(size=(m, n)), rng.normal(size=n)),
           np.where, PAIRS, empty=(0, 3), linear_in=(), grad=(1, 2)),
    unary_row("neg", np.negative, linear_in=(0,)),
    unary_row("exp", np.exp),
    unary_row("log", np.log, low=0.1),
    unary_row("sqrt", np.sqrt, low=0.1),
    unary_row("abs", np.abs, kink=itself),
    unary_row("square", np.square),
    unary_row("reciprocal", lambda x: 1 / x, low=0.3),
    unary_row("sin", np.sin),
    unary_row("cos", np.cos),
    unary_row("sign", np.sign, kink=itself, grad=()),
    OpCase("clip", lambda x: F.clip(x, -1, 2), uniform(-3, 3, "ab"), lambda x: np.clip(x, -1, 2), SHAPES_2D, empty=(0, 3),
           kink=lambda x: np.minimum(np.abs(x + 1), np.abs(x - 2))),
]  # fmt: skip

# ---- reductions ----------------------------------------------------------------------------------
BOXES = ((3, 7, 2), (1, 1, 1), (4, 33, 3), (17, 9, 2))
INDEXED = ((3, 7, 2), (4, 33, 3), (17, 9, 2))


def gaps(x: Array, axis: Any) -> Array:
    """How far the largest two stand apart, and the smallest two."""
    rows = np.sort(x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0), axis=0)
    return np.minimum(rows[-1] - rows[-2], rows[1] - rows[0]) if len(rows) > 1 else np.ones(1)


def reduce_rows(op: str, oracle: Any, **more: Any) -> list[OpCase]:
    """Over everything, over each axis, over two, with keepdims."""
    ways: dict[str, dict[str, Any]] = {
        "all": {}, "axis 0": {"axis": 0}, "axis 1": {"axis": 1}, "last axis, kept": {"axis": -1, "keepdims": True},
    }  # fmt: skip
    if op not in ("max", "min"):
        ways["two axes"] = {"axis": (0, 2)}
    kink = (lambda o: lambda x: gaps(x, o.get("axis"))) if op in ("max", "min") else lambda o: None
    return [
        OpCase(
            op,
            partial(getattr(F, op), **o),
            normal("abc"),
            partial(oracle, **o),
            BOXES,
            way,
            kink=kink(o),
            **more,
        )
        for way, o in ways.items()
    ]


REDUCTIONS = [
    *reduce_rows("sum", np.sum, empty=(0, 3, 2), linear_in=(0,), atol=1e-4),
    *reduce_rows("mean", np.mean, linear_in=(0,), atol=1e-5),
    *reduce_rows("max", np.max),
    *reduce_rows("min", np.min),
    *reduce_rows("logsumexp", lambda x, axis=None, keepdims=False: special.logsumexp(x, axis=axis, keepdims=keepdims), atol=1e-5),
    OpCase("argmax", lambda x: F.argmax(x, axis=1), normal("abc"), lambda x: np.argmax(x, axis=1), INDEXED, grad=()),
    OpCase("argmin", lambda x: F.argmin(x, axis=0), normal("abc"), lambda x: np.argmin(x, axis=0), INDEXED, grad=()),
]  # fmt: skip


# ---- shapes, joins, picking ----------------------------------------------------------------------
def picked(rng: Rng, m: int, n: int) -> tuple[Array, Array]:
    return rng.normal(size=(m, n)), rng.integers(-m, m, 2 * m + 1)


def view_row(op: str, call: Any, oracle: Any, shape: str = "abc", **more: Any) -> OpCase:
    return OpCase(op, call, normal(shape), oracle, BOXES, linear_in=(0,), **more)


VIEWS = [
    view_row("reshape", lambda x: F.reshape(x, (-1, x.shape[1])), lambda x: x.reshape(-1, x.shape[1]), empty=(0, 3, 2)),
    view_row("transpose", F.transpose, np.transpose, empty=(0, 3, 2)),
    view_row("transpose", lambda x: F.transpose(x, (1, 2, 0)), lambda x: x.transpose(1, 2, 0), variant="axes"),
    view_row("swapaxes", lambda x: F.swapaxes(x, 0, 2), lambda x: np.swapaxes(x, 0, 2), empty=(0, 3, 2)),
    view_row("expand_dims", lambda x: F.expand_dims(x, 1), lambda x: np.expand_dims(x, 1), empty=(0, 3, 2)),
    view_row("squeeze", lambda x: F.squeeze(x, 1), lambda x: x.squeeze(1), shape="a1c", empty=(0, 3, 2)),
    view_row("broadcast_to", lambda x: F.broadcast_to(x, (4, *x.shape)), lambda x: np.broadcast_to(x, (4, *x.shape)).copy()),
    view_row("clone", F.clone, np.copy, empty=(0, 3, 2)),
    view_row("astype", lambda x: F.astype(x, "float64"), np.copy, empty=(0, 3, 2), keeps_dtype=False),
    view_row("pad", lambda x: F.pad(x, ((0, 0), (1, 2), (3, 0))), lambda x: np.pad(x, ((0, 0), (1, 2), (3, 0))), empty=(0, 3, 2)),
    view_row("getitem", lambda x: F.getitem(x, (slice(None, None, -1), 0)), lambda x: x[::-1, 0], variant="slices"),
    view_row("getitem", lambda x: F.getitem(x, (..., None, -1)), lambda x: x[..., None, -1], variant="new axis"),
    OpCase("getitem", lambda x, i: F.getitem(x, i), picked, lambda x, i: x[i], PAIRS, "repeated rows", linear_in=(0,)),
    OpCase("getitem", lambda x, i: F.getitem(x, (i, i % x.shape[1])), picked, lambda x, i: x[i, i % x.shape[1]], PAIRS,
           "pairs", linear_in=(0,)),
    OpCase("getitem", lambda x: F.getitem(x, np.arange(x.size).reshape(x.shape) % 3 != 1), normal("ab"),
           lambda x: x[np.arange(x.size).reshape(x.shape) % 3 != 1], PAIRS, "mask", linear_in=(0,)),
    OpCase("one_hot", lambda y: F.one_hot(y, 5, dtype="float64"), lambda rng, m: (rng.integers(0, 5, m),),
           lambda y: np.eye(5)[y], ((3,), (17,)), empty=(0,), grad=(), keeps_dtype=False),
    OpCase("concatenate", lambda a, b: F.concatenate([a, b], axis=1), normal("ab", "ac"),
           lambda a, b: np.concatenate([a, b], 1), BOXES, empty=(0, 3, 2), linear_in=()),
]  # fmt: skip

CASES: tuple[OpCase, ...] = (
    *LINEAR,
    *ACTIVATIONS,
    *LOSSES,
    *NETS,
    *CONV,
    *ELEMENTWISE,
    *REDUCTIONS,
    *VIEWS,
    *POOLS,
    *NORMS,
)


def case(name: str) -> OpCase:
    """The row of that name."""
    return next(c for c in CASES if c.name == name)
