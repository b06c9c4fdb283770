"""The Cython rung: the results of the oracle, and an error, never a wild read, for whatever does not fit."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynn.backends import cython_rung, numpy_rung
from tinynn.backends.numpy_rung.activation import FORMULAS
from tinynn.testing.draw import KernelCall
from tinynn.testing.kernel_calls import calls

pytestmark = pytest.mark.skipif(not cython_rung.KERNELS, reason="the Cython rung was not built")
Shape = tuple[int, ...]
Case = tuple[str, tuple[Any, ...], dict[str, Any]]  # kernel, arrays, options
NUMPY, CYTHON = numpy_rung.KERNELS, cython_rung.KERNELS
NAMES = sorted(CYTHON)
SIZES = [(5, 4, 3), (1, 1, 1), (2, 31, 17), (33, 8, 9), (0, 4, 3), (5, 0, 3), (5, 4, 0), (0, 0, 0)]
IDENTITY = {"activation": "identity", "alpha": None}
LINE = {"stride": 1, "padding": (0, 0), "dilation": 1, "groups": 1, "flip": False}
PLANE = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1, "flip": False}


def ones(*shape: int, dtype: str = "float32") -> Any:
    return np.ones(shape, dtype)


def assert_same(call: KernelCall, got: list[Any], want: list[Any], tolerance: float) -> None:
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        assert (g is None) == (w is None), str(call)
        if w is not None:
            assert (g.shape, g.dtype) == (w.shape, w.dtype), str(call)
            np.testing.assert_allclose(g, w, rtol=tolerance, atol=tolerance, err_msg=str(call))


def test_the_stems_of_the_core_are_there() -> None:
    stems = {"linear", "conv", "activation", "softmax", "loss", "pool", "norm"}
    expected = {name for name, stem in numpy_rung.STEM_OF.items() if stem in stems}
    assert set(CYTHON) == expected
    assert "reduce_sum" not in CYTHON


@pytest.mark.parametrize("name", NAMES)
def test_signature_is_the_oracles(name: str) -> None:
    def parameters(kernel: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
        return [(p.name, p.kind, p.default) for p in inspect.signature(kernel).parameters.values()]

    assert parameters(CYTHON[name]) == parameters(NUMPY[name])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-5), ("float64", 1e-12)])
def test_agrees_with_the_oracle(name: str, dtype: str, tolerance: float) -> None:
    compared = 0
    for sizes in SIZES:
        for call in calls(name, sizes, dtype):
            got = call.run(CYTHON[name])
            assert_same(call, got, call.run(NUMPY[name]), tolerance)
            fresh = [g for g in got if g is not None and "out" not in call.options]
            assert all(g.base is None and g.flags.owndata for g in fresh), str(call)
            compared += sum(np.count_nonzero(g) for g in got if g is not None)
    assert compared > 100, "nothing but zeros was compared"


def strided(a: Any) -> Any:
    big = np.zeros((*a.shape[:-1], 2 * a.shape[-1] + 1), a.dtype)
    view = big[..., 1::2]
    view[...] = a
    return view


def offset(a: Any) -> Any:
    """One byte away from any alignment."""
    raw = np.empty(a.nbytes + 1, np.uint8)[1:].view(a.dtype).reshape(a.shape)
    raw[...] = a
    return raw


def read_only(a: Any) -> Any:
    a = a.copy()
    a.flags.writeable = False
    return a


@pytest.mark.parametrize("layout", [strided, np.asfortranarray, offset, read_only], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_any_layout_of_the_inputs(name: str, layout: Callable[[Any], Any]) -> None:
    for call in calls(name, (5, 4, 3)):
        arrays = tuple(layout(a) if isinstance(a, np.ndarray) and a.ndim else a for a in call.arrays)
        got = KernelCall(name, arrays, call.options)
        assert_same(got, got.run(CYTHON[name]), call.run(CYTHON[name]), 0)


def test_nan_comes_through() -> None:
    for activation in FORMULAS:
        slope = ones(1) if activation == "prelu" else None
        x = np.full((1, 1, 1), np.nan, "float32")
        y = CYTHON["activation_forward"](x, slope, activation=activation, alpha=None)
        assert np.isnan(y).all(), activation
    x, w = ones(1, 1), ones(3, 1, 1)
    w[1] = np.nan
    y, arg = CYTHON["maxout_forward"](x, w, None)
    assert np.isnan(y).all()
    assert arg[0, 0] == 1


def conv1d(x: Shape, w: Shape, **options: Any) -> Case:
    return "conv1d_forward", (ones(*x), ones(*w), None, None), {**LINE, **IDENTITY, **options}


def conv2d(x: Shape, w: Shape, **options: Any) -> Case:
    return "conv2d_forward", (ones(*x), ones(*w), None, None), {**PLANE, **IDENTITY, **options}


BAD: dict[str, Case] = {
    "inner sizes": ("linear_forward", (ones(5, 3), ones(4, 2), None, None), IDENTITY),
    "bias too short": ("linear_forward", (ones(5, 3), ones(4, 3), ones(3), None), IDENTITY),
    "g on x alone": ("linear_forward", (ones(2, 5, 3), ones(4, 3), None, None), IDENTITY),
    "g differs": ("linear_forward", (ones(2, 5, 3), ones(3, 4, 3), None, None), IDENTITY),
    "one axis": ("linear_forward", (ones(3), ones(4, 3), None, None), IDENTITY),
    "no w": ("linear_forward", (ones(5, 3), None, None, None), IDENTITY),
    "a list": ("linear_forward", ([[1.0]], ones(4, 1), None, None), IDENTITY),
    "dtypes mixed": ("linear_forward", (ones(5, 3), ones(4, 3, dtype="float64"), None, None), IDENTITY),
    "integers": ("linear_forward", (ones(5, 3, dtype="int32"), ones(4, 3), None, None), IDENTITY),
    "half": ("linear_forward", (ones(5, 3, dtype="float16"), ones(4, 3), None, None), IDENTITY),
    "big endian": ("softmax_forward", (ones(5, 3, dtype=">f4"),), {}),
    "no such activation": (
        "linear_forward",
        (ones(5, 3), ones(4, 3), None, None),
        {"activation": "step", "alpha": None},
    ),
    "prelu without slope": (
        "linear_forward",
        (ones(5, 3), ones(4, 3), None, None),
        {"activation": "prelu", "alpha": None},
    ),
    "slope too short": (
        "linear_forward",
        (ones(5, 3), ones(4, 3), None, ones(3)),
        {"activation": "prelu", "alpha": None},
    ),
    "prelu of a matrix": (
        "activation_forward",
        (ones(5, 3), ones(1)),
        {"activation": "prelu", "alpha": None},
    ),
    "dy too short": ("linear_backward", (ones(4, 4), ones(5, 3), ones(4, 3), None, None), IDENTITY),
    "kept forgotten": (
        "linear_backward",
        (ones(5, 4), ones(5, 3), ones(4, 3), None, None),
        {"activation": "relu", "alpha": None},
    ),
    "kept too short": (
        "activation_backward",
        (ones(5, 4), ones(5, 3), None),
        {"activation": "relu", "alpha": None},
    ),
    "out too small": (
        "linear_backward",
        (ones(5, 4), ones(5, 3), ones(4, 3), None, None),
        {**IDENTITY, "out": (None, ones(4, 2), None, None)},
    ),
    "out of another dtype": (
        "linear_backward",
        (ones(5, 4), ones(5, 3), ones(4, 3), None, None),
        {**IDENTITY, "out": (None, ones(4, 3, dtype="float64"), None, None)},
    ),
    "out read-only": (
        "linear_backward",
        (ones(5, 4), ones(5, 3), ones(4, 3), None, None),
        {**IDENTITY, "out": (None, read_only(ones(4, 3)), None, None)},
    ),
    "out strided": (
        "linear_backward",
        (ones(5, 4), ones(5, 3), ones(4, 3), None, None),
        {**IDENTITY, "out": (None, strided(ones(4, 3)), None, None)},
    ),
    "out too few": (
        "linear_backward",
        (ones(5, 4), ones(5, 3), ones(4, 3), None, None),
        {**IDENTITY, "out": (None,)},
    ),
    "needs too few": (
        "linear_backward",
        (ones(5, 4), ones(5, 3), ones(4, 3), None, None),
        {**IDENTITY, "needs": (True,)},
    ),
    "no place for the kernel": conv1d((2, 3, 4), (5, 3, 5)),
    "no place when dilated": conv1d((2, 3, 4), (5, 3, 3), dilation=2),
    "a kernel of no places": conv1d((2, 3, 4), (5, 3, 0)),
    "a row of a kernel": conv2d((2, 3, 4, 4), (5, 3, 3)),
    "channels": conv2d((2, 4, 4, 4), (5, 3, 3, 3)),
    "channels of a group": conv2d((2, 4, 4, 4), (6, 4, 3, 3), groups=2),
    "groups that do not divide": conv2d((2, 6, 4, 4), (5, 3, 3, 3), groups=2),
    "no groups": conv2d((2, 3, 4, 4), (5, 3, 3, 3), groups=0),
    "stride of zero": conv1d((2, 3, 4), (5, 3, 3), stride=0),
    "a stride of True": conv1d((2, 3, 4), (5, 3, 3), stride=True),
    "half a stride": conv1d((2, 3, 4), (5, 3, 3), stride=1.5),
    "one stride for two axes": conv2d((2, 3, 4, 4), (5, 3, 3, 3), stride=1),
    "a huge stride": conv1d((2, 3, 4), (5, 3, 3), stride=2**62),
    "negative padding": conv1d((2, 3, 4), (5, 3, 3), padding=(0, -1)),
    "huge padding": conv1d((2, 3, 4), (5, 3, 3), padding=(2**62, 2**62), stride=2**30),
    "padding without sides": conv2d((2, 3, 4, 4), (5, 3, 3, 3), padding=(1, 1)),
    "dilation of zero": conv2d((2, 3, 4, 4), (5, 3, 3, 3), dilation=(1, 0)),
    "dy of another size": (
        "conv1d_backward",
        (ones(2, 5, 3), ones(2, 3, 4), ones(5, 3, 3), None, None),
        {**LINE, **IDENTITY},
    ),
    "kept of another size": (
        "conv1d_backward",
        (ones(2, 5, 2), ones(2, 3, 4), ones(5, 3, 3), ones(2, 5, 3), None),
        {**LINE, "activation": "relu", "alpha": None},
    ),
    "a size that x does not have": (
        "conv1d_transpose",
        (ones(2, 5, 2), ones(5, 3, 3), None),
        {**LINE, "size": 5},
    ),
    "a size below zero": ("conv1d_transpose", (ones(2, 5, 2), ones(5, 3, 3), None), {**LINE, "size": -1}),
    "one size for two axes": (
        "conv2d_transpose",
        (ones(2, 5, 2, 2), ones(5, 3, 3, 3), None),
        {**PLANE, "size": 4},
    ),
    "a bias per output": ("conv1d_transpose", (ones(2, 5, 2), ones(5, 3, 3), ones(5)), {**LINE, "size": 4}),
    "no pieces": ("maxout_forward", (ones(5, 3), ones(0, 4, 3), None), {}),
    "too many pieces": ("maxout_forward", (ones(5, 3), ones(257, 4, 3), None), {}),
    "arg beyond the pieces": (
        "maxout_backward",
        (ones(5, 4), ones(5, 3), ones(2, 4, 3), np.full((5, 4), 2, np.uint8)),
        {},
    ),
    "arg of int64": (
        "maxout_backward",
        (ones(5, 4), ones(5, 3), ones(2, 4, 3), np.zeros((5, 4), np.int64)),
        {},
    ),
    "matmul": ("matmul", (ones(5, 3), ones(4, 3)), {}),
    "matmul transposed": ("matmul", (ones(5, 3), ones(3, 4)), {"transpose_b": True}),
    "matmul of a vector": ("matmul", (ones(3), ones(3, 4)), {}),
    "softmax of a vector": ("softmax_forward", (ones(3),), {}),
    "softmax of three axes": ("softmax_forward", (ones(3, 3, 3),), {}),
    "y of another shape": ("softmax_backward", (ones(5, 3), ones(5, 4)), {}),
    "y missing": ("log_softmax_backward", (ones(5, 3), None), {}),
    "target of another shape": ("mse_forward", (ones(5, 3), ones(3)), {"reduction": "mean"}),
    "dy of another shape": ("mse_backward", (ones(4), ones(5), ones(5)), {"reduction": "none"}),
    "dy not reduced": ("hinge_backward", (ones(5), ones(5), ones(5)), {"reduction": "mean"}),
    "dy reduced": ("hinge_backward", (ones(), ones(5), ones(5)), {"reduction": "none"}),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_an_error(case: str) -> None:
    name, arrays, options = BAD[case]
    with pytest.raises((ValueError, TypeError)):
        CYTHON[name](*arrays, **options)


LABELS: dict[str, Any] = {
    "negative": np.array([0, -1]),
    "too large": np.array([0, 3]),
    "huge": np.array([0, 2**62]),
    "too few": np.array([0]),
    "a matrix": np.zeros((2, 1), np.int64),
    "int32": np.zeros(2, np.int32),
    "floats": np.zeros(2),
    "a list": [0, 1],
    "none": None,
}


@pytest.mark.parametrize("case", LABELS)
def test_labels_out_of_range_are_an_error(case: str) -> None:
    labels, entropy = LABELS[case], {"label_smoothing": 0.0, "reduction": "mean"}
    hinge = {"margin": 1.0, "reduction": "mean"}
    x, dy = ones(2, 3), ones()
    for call in (
        lambda: CYTHON["cross_entropy_forward"](x, labels, None, **entropy),
        lambda: CYTHON["cross_entropy_backward"](dy, x, labels, None, **entropy),
        lambda: CYTHON["multiclass_hinge_forward"](x, labels, **hinge),
        lambda: CYTHON["multiclass_hinge_backward"](dy, x, labels, **hinge),
    ):
        with pytest.raises((ValueError, TypeError)):
            call()


def test_modules_are_loaded_on_first_use_and_the_loops_without_scipy() -> None:
    program = """
import sys, numpy as np
from tinynn.backends import use_backend, kernels
assert not [m for m in sys.modules if m.startswith("tinynn._cython.")]
x = np.ones((2, 3), np.float32)
with use_backend("cython", strict=True):
    kernels.linear_forward(x, x, None, None, activation="relu", alpha=None)
    assert "tinynn._cython.linear" in sys.modules and "tinynn._cython.loss" not in sys.modules
    assert "scipy" not in sys.modules
    kernels.matmul(x, x, transpose_b=True)
    assert "scipy.linalg.cython_blas" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
