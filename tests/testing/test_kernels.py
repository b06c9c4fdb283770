"""What only kernels promise, on every rung: see tinynn/testing/kernel_battery.py and kernel_cases.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinynn.backends import available_backends, numpy_rung, rung
from tinynn.testing import kernel_battery as b
from tinynn.testing.kernel_cases import KERNEL_CASES, KernelCase

NAMES = sorted(numpy_rung.KERNELS)
IN_PLACE = [name for name in NAMES if name.endswith("_step")]
RUNGS = [(backend, name) for backend in available_backends() for name in rung(backend)]
each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def on_every_rung(*names: str) -> Any:
    chosen = [(backend, name) for backend, name in RUNGS if name in names]
    return pytest.mark.parametrize(("backend", "name"), chosen, ids=[f"{b}-{n}" for b, n in chosen])


@each_dtype
@on_every_rung(*(n for n in NAMES if n not in IN_PLACE))
def test_results_are_fresh_and_inputs_untouched(backend: str, name: str, dtype: str) -> None:
    for sizes in b.SIZES:
        for call in b.calls_of(name, dtype, sizes):
            b.check_fresh(call, rung(backend)[name])


@each_dtype
@on_every_rung(*(n for n in NAMES if b.takes(n, "needs")))
def test_what_is_not_needed_is_none_and_the_rest_the_same(backend: str, name: str, dtype: str) -> None:
    for sizes in b.SIZES:
        for call in b.calls_of(name, dtype, sizes):
            b.check_needs(call, rung(backend)[name])


@each_dtype
@on_every_rung(*(n for n in NAMES if b.takes(n, "accumulate")))
def test_out_is_overwritten_or_added_to(backend: str, name: str, dtype: str) -> None:
    for sizes in b.SIZES:
        for call in b.calls_of(name, dtype, sizes):
            b.check_out(call, rung(backend)[name])


@each_dtype
@on_every_rung("copy")
def test_copy_writes_where_it_is_told(backend: str, name: str, dtype: str) -> None:
    for sizes in b.SIZES:
        for call in b.calls_of(name, dtype, sizes):
            (x,) = call.arrays
            larger = np.full((*x.shape[:-1], x.shape[-1] + 2), np.nan, dtype)
            place = larger[..., 1:-1]
            assert rung(backend)[name](x, out=place) is place
            assert np.array_equal(place, x)
            assert np.isnan(larger[..., [0, -1]]).all(), f"{call}: wrote beside its place"


@each_dtype
@on_every_rung(*IN_PLACE)
def test_steps_work_in_place_or_not_at_all(backend: str, name: str, dtype: str) -> None:
    for sizes in b.SIZES:
        for call in b.calls_of(name, dtype, sizes):
            b.check_in_place(call, rung(backend)[name])


@each_dtype
@pytest.mark.parametrize("case", KERNEL_CASES, ids=str)
def test_exact_values_at_kinks_ties_and_extremes(case: KernelCase, dtype: str) -> None:
    for backend in available_backends():
        if case.kernel in rung(backend):
            b.check_exact(case, rung(backend)[case.kernel], dtype)


@each_dtype
@on_every_rung(
    *(n for n in NAMES if not n.startswith("philox") and n not in ("gather_images", "gather_crops"))
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_comes_through(backend: str, name: str, dtype: str) -> None:
    found = sum(b.check_nan(call, rung(backend)[name]) for call in b.calls_of(name, dtype, (5, 4, 3)))
    assert found, "no NaN came out at all"


# ---- the battery itself: it notices every promise broken ------------------------------------------
Results = tuple[Any, ...]


def adds_to_garbage(kernel: Any, *arrays: Any, **options: Any) -> Results:
    return tuple(kernel(*arrays, **{**options, "accumulate": options.get("out") is not None}))


def never_adds(kernel: Any, *arrays: Any, **options: Any) -> Results:
    return tuple(kernel(*arrays, **{**options, "accumulate": False}))


def adds_to_dx(kernel: Any, *arrays: Any, **options: Any) -> Results:
    out = options.get("out")
    before = out[0].copy() if out and out[0] is not None else 0
    dx, *others = kernel(*arrays, **options)
    if dx is not None:
        dx += before
    return dx, *others


def ignores_out(kernel: Any, *arrays: Any, **options: Any) -> Results:
    return tuple(kernel(*arrays, **{**options, "out": None}))


def ignores_needs(kernel: Any, *arrays: Any, **options: Any) -> Results:
    return tuple(kernel(*arrays, **{k: v for k, v in options.items() if k != "needs"}))


def spoils_its_neighbour(kernel: Any, *arrays: Any, **options: Any) -> Results:
    dx, dw, *others = kernel(*arrays, **options)
    if dx is None and dw is not None:
        dw *= 2
    return dx, dw, *others


def returns_a_view(kernel: Any, *arrays: Any, **options: Any) -> Results:
    return tuple(None if r is None else r[:] for r in kernel(*arrays, **options))


def returns_an_input(kernel: Any, dy: Any, *arrays: Any, **options: Any) -> Results:
    return (dy, *kernel(dy, *arrays, **options)[1:])


def writes_to_an_input(kernel: Any, dy: Any, *arrays: Any, **options: Any) -> Results:
    results = kernel(dy, *arrays, **options)
    dy *= 2
    return tuple(results)


def loses_nan(kernel: Any, dy: Any, *arrays: Any, **options: Any) -> Results:
    return tuple(kernel(np.nan_to_num(dy), *arrays, **options))


def spoils_the_tail(kernel: Any, *arrays: Any, **options: Any) -> Results:
    results = kernel(*arrays, **options)
    for r in results:
        if r is not None and np.isnan(r).any():
            r.reshape(-1)[:] = np.nan
    return tuple(results)


BROKEN = {
    b.check_out: (adds_to_garbage, never_adds, adds_to_dx, ignores_out),
    b.check_needs: (ignores_needs, spoils_its_neighbour),
    b.check_fresh: (returns_a_view, returns_an_input, writes_to_an_input),
    b.check_nan: (loses_nan, spoils_the_tail),
}


@pytest.mark.parametrize(("check", "wrong"), [(c, w) for c, many in BROKEN.items() for w in many])
def test_a_broken_promise_is_noticed(check: Any, wrong: Any) -> None:
    kernel = numpy_rung.KERNELS["linear_backward"]

    def noticed(kernel: Any) -> bool:
        for call in b.calls_of("linear_backward", "float64", (5, 4, 3)):
            try:
                check(call, kernel)
            except AssertionError:
                return True
        return False

    assert not noticed(kernel)
    assert noticed(lambda *arrays, **options: wrong(kernel, *arrays, **options))


def test_a_step_that_works_on_a_copy_is_noticed() -> None:
    def on_a_copy(w: Any, *others: Any, **options: Any) -> None:
        numpy_rung.KERNELS["sgd_step"](w.copy(), *others, **options)

    (*_, call) = b.calls_of("sgd_step", "float64", (5, 4, 3))
    with pytest.raises(AssertionError, match="which is read-only or not contiguous"):
        b.check_in_place(call, on_a_copy)


def test_a_wrong_side_of_a_kink_is_noticed() -> None:
    def left_is_right(dy: Any, kept: Any, slope: Any, **options: Any) -> Results:
        return numpy_rung.KERNELS["activation_backward"](dy, kept + 1e-9, slope, **options)

    (case,) = [
        c for c in KERNEL_CASES if c.kernel == "activation_backward" and c.what.startswith("relu at 0")
    ]
    with pytest.raises(AssertionError, match="relu at 0"):
        b.check_exact(case, left_is_right, "float64")
