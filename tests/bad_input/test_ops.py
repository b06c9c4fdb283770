"""Bad input to the functions: shapes, dtypes, labels, options. Each is refused before a kernel runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinynn as tn
from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError, GraphError, PickError, ShapeError

from .rows import LABELS, LOGITS, NAN, B, Row, W, X, assert_refused, each_row, ones

# fmt: off
LINEAR: list[Row] = [
    (ShapeError, "linear: x is (4, 3) but w is (2, 4); in_features 3 and 4 differ", lambda: F.linear(X, ones(2, 4))),
    (ShapeError, "linear: b is (3,) but w is (2, 3); needed (2,)", lambda: F.linear(X, W, ones(3))),
    (ShapeError, "linear: x is () and w is (2, 3); needed x (..., k)", lambda: F.linear(np.float32([1])[0:1].reshape(()), W)),
    (ShapeError, "linear: x is (4, 3) and w is (3,); needed x (..., k)", lambda: F.linear(X, ones(3))),
    (ShapeError, "linear: x is (4, 3) and w is (1, 1, 2, 3); needed", lambda: F.linear(X, ones(1, 1, 2, 3))),
    (ShapeError, "linear: w is (3, 2, 3), one matrix per group, but x is (2, 4, 3)", lambda: F.linear(ones(2, 4, 3), ones(3, 2, 3))),
    (DtypeError, "linear: x is float32 but w is float64; needed one dtype", lambda: F.linear(X, ones(2, 3, dtype="f8"))),
    (DtypeError, "linear: x is int64; needed float32 or float64; try x.astype", lambda: F.linear(X.astype(int), W)),
    (DtypeError, "linear: x is float16; needed float32 or float64", lambda: F.linear(X.astype("f2"), W.astype("f2"))),
    (DtypeError, "linear: x is complex128; needed", lambda: F.linear(X.astype(complex), W)),
    (DtypeError, "linear: x is object; needed", lambda: F.linear(X.astype(object), W)),
    (DtypeError, "linear: x is >f4; needed", lambda: F.linear(X.astype(">f4"), W)),
    (DtypeError, "linear: x is NoneType; needed an array or a Tensor", lambda: F.linear(None, W)),
    (DtypeError, "linear: w is NoneType; needed an array or a Tensor", lambda: F.linear(X, None)),
    (DtypeError, "linear: x is <U1; needed", lambda: F.linear("x", W)),
    (ArgumentError, "linear: activation is 'cube'; needed one of identity, relu", lambda: F.linear(X, W, activation="cube")),
    (ArgumentError, "linear: activation is None; needed one of", lambda: F.linear(X, W, activation=None)),
    (ArgumentError, "linear: alpha is -1; needed a number in 0", lambda: F.linear(X, W, activation="leaky_relu", alpha=-1)),
    (ArgumentError, "linear: alpha is nan; needed a number", lambda: F.linear(X, W, activation="elu", alpha=NAN)),
    (ArgumentError, "linear: alpha is 'a'; needed a number", lambda: F.linear(X, W, activation="elu", alpha="a")),
    (ArgumentError, "linear: got alpha=0.1, but relu has none", lambda: F.linear(X, W, activation="relu", alpha=0.1)),
    (ShapeError, "linear: slope is None; prelu needed (1,) or (2,)", lambda: F.linear(X, W, activation="prelu")),
    (ShapeError, "linear: slope is (3,); prelu needed (1,) or (2,)", lambda: F.linear(X, W, B, ones(3), activation="prelu")),
    (ArgumentError, "linear: got a slope with activation='identity'", lambda: F.linear(X, W, B, ones(1))),
    (ShapeError, "maxout: x is (4, 3) and w is (2, 3); needed", lambda: F.maxout(X, W)),
    (ShapeError, "maxout: x is (4, 3) and w is (2, 5, 4); needed", lambda: F.maxout(X, ones(2, 5, 4))),
    (ShapeError, "w is (0, 5, 3); needed x (..., k) and w (pieces, n, k) with 1 to 256", lambda: F.maxout(X, ones(0, 5, 3))),
    (ShapeError, "w is (257, 1, 3); needed x (..., k) and w (pieces, n, k) with 1 to 256", lambda: F.maxout(X, ones(257, 1, 3))),
    (ShapeError, "matmul: a is (4, 3) but b is (4, 3); the inner sizes 3 and 4 differ", lambda: F.matmul(X, X)),
    (DtypeError, "matmul: b is float; needed an array or a Tensor", lambda: F.matmul(X, 2.0)),
    (DtypeError, "matmul: b is NoneType; needed an array or a Tensor", lambda: tn.Tensor(X) @ None),
]

LOSSES: list[Row] = [
    (ArgumentError, "cross_entropy: label 2 at index 2 is out of range; needed 0..1", lambda: F.cross_entropy(LOGITS, np.array([0, 1, 2, 0]))),
    (ArgumentError, "cross_entropy: label -1 at index 2 is out of range", lambda: F.cross_entropy(LOGITS, np.array([0, 1, -1, 0]))),
    (ArgumentError, "at index 0 is out of range; needed 0..1 for 2 classes", lambda: F.cross_entropy(LOGITS, np.full(4, 2**64 - 1, np.uint64))),
    (DtypeError, "cross_entropy: the labels are float32; needed integers", lambda: F.cross_entropy(LOGITS, LABELS.astype("f4"))),
    (DtypeError, "cross_entropy: the labels are float64; needed integers", lambda: F.cross_entropy(LOGITS, np.array([NAN, 1, 1, 0]))),
    (DtypeError, "cross_entropy: the labels are bool; needed integers", lambda: F.cross_entropy(LOGITS, LABELS > 0)),
    (DtypeError, "cross_entropy: the labels are NoneType; needed integers", lambda: F.cross_entropy(LOGITS, None)),
    (ShapeError, "cross_entropy: the labels are (2,) but there are 4 rows", lambda: F.cross_entropy(LOGITS, LABELS[:2])),
    (ShapeError, "cross_entropy: the labels are (4, 1) but there are 4 rows", lambda: F.cross_entropy(LOGITS, LABELS[:, None])),
    (ShapeError, "cross_entropy: the labels are (4, 2) but there are 4 rows", lambda: F.cross_entropy(LOGITS, np.eye(2, dtype=int)[LABELS])),
    (ShapeError, "cross_entropy: x is (4,); needed (m, c) with c >= 1", lambda: F.cross_entropy(ones(4), LABELS)),
    (ShapeError, "cross_entropy: x is (4, 0); needed (m, c) with c >= 1", lambda: F.cross_entropy(ones(4, 0), LABELS)),
    (ShapeError, "cross_entropy: x is (0, 2); the mean over nothing is undefined", lambda: F.cross_entropy(ones(0, 2), LABELS[:0])),
    (ShapeError, "cross_entropy: weight is (3,) but there are 2 classes", lambda: F.cross_entropy(LOGITS, LABELS, ones(3))),
    (DtypeError, "cross_entropy: x is float32 but weight is float64", lambda: F.cross_entropy(LOGITS, LABELS, np.ones(2))),
    (ArgumentError, "cross_entropy: label_smoothing is 1.5; needed a number in 0..1", lambda: F.cross_entropy(LOGITS, LABELS, label_smoothing=1.5)),
    (ArgumentError, "cross_entropy: label_smoothing is nan", lambda: F.cross_entropy(LOGITS, LABELS, label_smoothing=NAN)),
    (ArgumentError, "cross_entropy: label_smoothing is 'a'", lambda: F.cross_entropy(LOGITS, LABELS, label_smoothing="a")),
    (ArgumentError, "cross_entropy: reduction is 'median'; needed one of none, mean, sum", lambda: F.cross_entropy(LOGITS, LABELS, reduction="median")),
    (ArgumentError, "with_logits: the target holds 2.0; needed numbers in 0..1", lambda: F.binary_cross_entropy_with_logits(X, X * 2)),
    (ArgumentError, "with_logits: the target holds nan; needed numbers in 0..1", lambda: F.binary_cross_entropy_with_logits(X, X * NAN)),
    (ShapeError, "with_logits: x is (4, 3) but the target is (4,); needed one shape", lambda: F.binary_cross_entropy_with_logits(X, ones(4))),
    (GraphError, "with_logits: the target needs a gradient, which this loss does not give", lambda: F.binary_cross_entropy_with_logits(X, tn.Tensor(X, requires_grad=True)).backward()),
    (ArgumentError, "hinge: the target holds 0.0; needed -1 or +1", lambda: F.hinge(X, X * 0)),
    (ShapeError, "hinge: x is (4, 3) but the target is (3,); needed one shape", lambda: F.hinge(X, ones(3))),
    (ArgumentError, "multiclass_hinge: label 3 at index 3 is out of range", lambda: F.multiclass_hinge(X, np.arange(4))),
    (ArgumentError, "multiclass_hinge: margin is nan; needed a number", lambda: F.multiclass_hinge(X, LABELS, margin=NAN)),
    (ShapeError, "mse_loss: x is (4, 3) but the target is (3,); needed one shape", lambda: F.mse(X, ones(3))),
    (ShapeError, "mse_loss: x is (0, 3); the mean over nothing is undefined", lambda: F.mse(X[:0], X[:0])),
    (DtypeError, "mse_loss: target is NoneType; needed an array or a Tensor", lambda: F.mse(X, None)),
]

OTHERS: list[Row] = [
    (ShapeError, "add: (4, 3) and (2,) do not broadcast", lambda: F.add(X, ones(2))),
    (DtypeError, "add: b is <U1; needed float32, float64, integers or booleans", lambda: tn.Tensor(X) + "a"),
    (DtypeError, "add: b is NoneType; needed an array or a Tensor", lambda: tn.Tensor(X) + None),
    (DtypeError, "pow: b is <U1; needed", lambda: F.pow(X, "2")),
    (DtypeError, "where: the condition is float32; needed bool", lambda: F.where(X, X, X)),
    (ShapeError, "where: (5,) and (4, 3) and (4, 3) do not broadcast", lambda: F.where(ones(5) > 0, X, X)),
    (ArgumentError, "clip: min is 2 and max is 1; needed min <= max", lambda: F.clip(X, 2, 1)),
    (ArgumentError, "clip: min is nan; needed a number", lambda: F.clip(X, NAN, 1)),
    (ShapeError, "softmax: axis 2 is out of range; the array has 2 axes", lambda: F.softmax(X, axis=2)),
    (ArgumentError, "softmax: axis is 'rows'; needed an integer", lambda: F.softmax(X, axis="rows")),
    (ShapeError, "softmax: x is (3, 0); needed at least one number along axis -1", lambda: F.softmax(ones(3, 0))),
    (DtypeError, "softmax: x is int64; needed float32 or float64", lambda: F.softmax(np.arange(3))),
    (ShapeError, "sum: axis 5 is out of range; the array has 2 axes", lambda: F.sum(X, axis=5)),
    (ShapeError, "sum: axis (0, 0) names an axis twice", lambda: F.sum(X, axis=(0, 0))),
    (ShapeError, "max: x is (0, 3); there is no max of nothing", lambda: F.max(ones(0, 3))),
    (ShapeError, "mean: x is (0, 3); the mean over nothing is undefined", lambda: F.mean(ones(0, 3))),
    (ArgumentError, "dropout: p is 1.5; needed a number in 0..1", lambda: F.dropout(X, 1.5)),
    (ArgumentError, "dropout: p is nan; needed a number in 0..1", lambda: F.dropout(X, NAN)),
    (ArgumentError, "dropout: p is 'half'; needed a number", lambda: F.dropout(X, "half")),
    (DtypeError, "random: the generator is 3; needed one; try tn.Generator(seed)", lambda: F.dropout(X, 0.5, generator=3)),
    (ArgumentError, "gaussian_noise: std is -1; needed a number", lambda: F.gaussian_noise(X, -1)),
    (ShapeError, "reshape: x is (4, 3), 12 numbers; they do not fit (5, 5)", lambda: F.reshape(X, (5, 5))),
    (ShapeError, "reshape: x is (4, 3), 12 numbers; they do not fit (-1, -1)", lambda: F.reshape(X, (-1, -1))),
    (ShapeError, "transpose: axes is (0, 0) but x is (4, 3); needed each axis once", lambda: F.transpose(X, (0, 0))),
    (ShapeError, "squeeze: x is (4, 3); axis 0 needed size 1", lambda: F.squeeze(X, 0)),
    (ShapeError, "broadcast_to: x is (4, 3); it does not broadcast to (5, 5)", lambda: F.broadcast_to(X, (5, 5))),
    (ShapeError, "flatten: start_dim is 1 but x is ()", lambda: F.flatten(np.array(1.0), 1)),
    (ArgumentError, "concatenate: got list; needed a list or tuple of at least one array", lambda: F.concatenate([])),
    (ShapeError, "concatenate: array 0 is (4, 3) but array 1 is (2, 2)", lambda: F.concatenate([X, ones(2, 2)])),
    (ShapeError, "stack: the arrays are", lambda: F.stack([X, W])),
    (ArgumentError, "split: size is 0; needed a positive integer", lambda: F.split(X, 0)),
    (ShapeError, "pad: x is (4, 3) but widths is ((0, 0), (-1, 0)); needed", lambda: F.pad(X, ((0, 0), (-1, 0)))),
    (PickError, "getitem: x is (4, 3); index 9 is out of bounds for axis 0", lambda: tn.Tensor(X)[9]),
    (PickError, "getitem: x is (4, 3); too many indices", lambda: tn.Tensor(X)[0, 0, 0]),
    (PickError, "getitem: x is (4, 3); only integers, slices", lambda: tn.Tensor(X)["a"]),
    (DtypeError, "take: the index is float64; needed integers", lambda: F.take(X, np.array([0.5]))),
    (ArgumentError, "one_hot: label 3 at index 0 is out of range; needed 0..1", lambda: F.one_hot(np.array([3]), 2)),
    (ArgumentError, "one_hot: classes is -2; needed an integer >= 0", lambda: F.one_hot(np.array([0]), -2)),
    (DtypeError, "astype: got float16; needed float32, float64, integers or bool", lambda: F.astype(X, "float16")),
    (ArgumentError, "astype: dtype is 'banana'; needed one, such as 'float32'", lambda: F.astype(X, "banana")),
]
# fmt: on


@each_row(LINEAR + LOSSES + OTHERS)
def test_it_is_refused(error: type[Exception], message: str, call: Callable[[], Any]) -> None:
    assert_refused(error, message, call)


@each_row(LINEAR[:20] + LOSSES[:12])
def test_no_rung_is_asked_first(error: type[Exception], message: str, call: Callable[[], Any]) -> None:
    def never(*arrays: Any, **options: Any) -> Any:
        raise AssertionError("a kernel ran on input that is refused")

    with tn.use_kernel("linear_forward", never), tn.use_kernel("cross_entropy_forward", never):
        assert_refused(error, message, call)
