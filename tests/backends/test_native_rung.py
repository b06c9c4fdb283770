"""The native rung against the oracle: every kernel, every option, ragged sizes and none at all."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from tinynn.backends import numpy_rung, rung
from tinynn.testing.kernel_calls import calls

NAMES = sorted(numpy_rung.KERNELS)
SIZES = [(5, 4, 3), (1, 1, 1), (17, 9, 33), (3, 16, 8), (0, 4, 3), (5, 0, 3), (5, 4, 0), (0, 0, 0)]
NO_ARITHMETIC = {"philox_uniform", "gather_rows", "where_forward", "reduce_max", "reduce_max_backward"}

if not rung("native"):
    pytest.skip("the native rung was not built", allow_module_level=True)


def test_every_kernel_has_a_native_version() -> None:
    assert set(rung("native")) == set(NAMES)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_the_oracle(name: str, dtype: str, tolerance: float) -> None:
    tolerance = 0 if name in NO_ARITHMETIC else tolerance
    compared = 0
    for sizes in SIZES:
        for call in calls(name, sizes, dtype):
            results = call.run(rung("native")[name]), call.run(numpy_rung.KERNELS[name])
            assert len(results[0]) == len(results[1]), str(call)
            for got, want in zip(*results, strict=True):
                assert (got is None) == (want is None), str(call)
                if got is None or want is None:
                    continue
                assert (got.shape, got.dtype) == (want.shape, want.dtype), str(call)
                np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance, err_msg=str(call))
                compared += np.count_nonzero(want)
    assert compared > 3, "nothing but zeros was compared"


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-5), ("float64", 1e-13)])
def test_gelu_keeps_its_digits_far_to_the_left(dtype: str, tolerance: float) -> None:
    x = np.linspace(-12, 2, 57).astype(dtype)
    options = {"activation": "gelu", "alpha": None}
    want = x.astype("f8") * special.ndtr(x.astype("f8"))
    slope = special.ndtr(x.astype("f8")) + want / special.ndtr(x.astype("f8")) * stats.norm.pdf(
        x.astype("f8")
    )
    for name in ("numpy", "cython", "native"):
        kernels = rung(name)
        y = kernels["activation_forward"](x, None, **options)
        np.testing.assert_allclose(y, want, rtol=tolerance, err_msg=name)
        dx, _ = kernels["activation_backward"](np.ones_like(x), x, None, **options)
        near_its_zero = np.abs(x + 0.75) < 0.2
        np.testing.assert_allclose(
            dx[~near_its_zero], slope[~near_its_zero], rtol=10 * tolerance, err_msg=name
        )


@pytest.mark.parametrize("name", ["numpy", "native"])
def test_corners_of_arithmetic(name: str) -> None:
    kernels = rung(name)
    zeros = np.array([0.0, -0.0], "f4")
    assert np.signbit(kernels["unary_forward"](zeros, op="neg")).tolist() == [True, False]
    a, b = np.array([1e-30, 1e30], "f4"), np.array([1e-20, 1e20], "f4")  # b^2 is below and beyond all floats
    _, db = kernels["binary_backward"](np.ones_like(a), a, b, op="div")
    np.testing.assert_allclose(db, [-1e10, -1e-10], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniform_numbers_stay_below_the_upper_bound(dtype: str) -> None:
    """The interval is so narrow that one number in 32 would be rounded up to its end."""
    high = 1 + 16 * float(np.finfo(dtype).eps)
    options = {"seed": 1, "offset": 0, "low": 1.0, "high": high, "dtype": dtype}
    y, same = (rung(name)["philox_uniform"]((5000,), **options) for name in ("numpy", "native"))
    assert y.min() == 1
    assert y.max() == np.nextafter(y.dtype.type(high), y.dtype.type(0))
    np.testing.assert_array_equal(y, same)
