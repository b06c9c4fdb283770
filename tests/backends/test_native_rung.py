"""The native rung against the oracle: every kernel, every option, ragged sizes and none at all."""

from __future__ import annotations

import numpy as np
import pytest

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
