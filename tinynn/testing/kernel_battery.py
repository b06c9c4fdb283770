"""What only kernels promise, on any rung: `out`, `accumulate`, `needs`, fresh results, inputs left alone.

The ops of the table never see these promises, so battery.py cannot; a compiled step lives by them. The
calls come from kernel_calls.py, the exact values at kinks and extremes from kernel_cases.py. A check
raises AssertionError with the call that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from inspect import signature
from itertools import product
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.backends import numpy_rung
from tinynn.testing.battery import close
from tinynn.testing.draw import MOVES, KernelCall
from tinynn.testing.kernel_calls import calls
from tinynn.testing.kernel_cases import KernelCase

Kernel = Callable[..., Any]
SIZES = ((5, 4, 3), (1, 1, 1), (17, 9, 33), (0, 4, 3), (5, 0, 3), (5, 4, 0))


def takes(name: str, option: str) -> bool:
    """Whether the kernel has this option."""
    return option in signature(numpy_rung.KERNELS[name]).parameters


def calls_of(name: str, dtype: str, sizes: tuple[int, int, int]) -> Iterator[KernelCall]:
    """The calls of a kernel, without the options that the checks set themselves."""
    seen = set()
    for call in calls(name, sizes, dtype):
        plain = {k: v for k, v in call.options.items() if k not in ("out", "accumulate", "needs")}
        call = KernelCall(name, call.arrays, plain)
        if takes(name, "needs"):
            call.options["needs"] = _may_need(call)
        if str(call) not in seen:
            seen.add(str(call))
            yield call


def _may_need(call: KernelCall) -> tuple[bool, ...]:
    """All gradients that exist: of a slope there is one where there is a slope."""
    count = len(signature(numpy_rung.KERNELS[call.name]).parameters["needs"].default)
    if call.name in ("linear_backward", "activation_backward", "conv1d_backward", "conv2d_backward"):
        return (*(True,) * (count - 1), call.arrays[-1] is not None)
    return (True,) * count


def check_fresh(call: KernelCall, kernel: Kernel) -> None:
    """Every result owns its memory, overlaps nothing, and the inputs are as they were, bit for bit."""
    arrays = deepcopy(call.arrays)
    results = _tuple(kernel(*arrays, **call.options))
    given = [a for a in arrays if isinstance(a, np.ndarray)]
    for i, (array, mine) in enumerate(zip(arrays, call.arrays, strict=True)):
        if isinstance(mine, np.ndarray) and i not in MOVES.get(call.name, ()):
            assert array.tobytes() == mine.tobytes(), f"{call}: wrote to input {i}"
    made = [r for r in results if isinstance(r, np.ndarray)]
    for result in made:
        assert result.flags.owndata, f"{call}: returned a view"
        assert result.flags.writeable, f"{call}: returned a read-only array"
        assert _in_one_piece(result), f"{call}: returned an array that is not contiguous"
    kept = {id(r) for r in made[1:] if takes(call.name, "activation") and r is made[0]}  # y may be kept
    for i, result in enumerate(made):
        others = given + [r for r in made[:i] if id(r) not in kept]
        assert not any(np.shares_memory(result, o) for o in others), (
            f"{call}: a result overlaps another array"
        )


def _in_one_piece(result: Array) -> bool:
    """In C order, or images with their channels last."""
    return bool(
        result.flags.c_contiguous or (result.ndim > 2 and np.moveaxis(result, 1, -1).flags.c_contiguous)
    )


def check_needs(call: KernelCall, kernel: Kernel) -> None:
    """What is not needed is None, and the rest has the same bits as if all were needed."""
    everything = call.options["needs"]
    wanted = _tuple(kernel(*call.arrays, **call.options))
    for needs in product(*((False, True) if need else (False,) for need in everything)):
        got = _tuple(kernel(*call.arrays, **{**call.options, "needs": needs}))
        assert len(got) == len(wanted), f"{call}: {len(got)} results"
        for need, g, w in zip(needs, got, wanted, strict=True):
            assert (g is not None) == need, f"{call}: needs {needs} but got {[g is not None for g in got]}"
            same = g is None or g.tobytes() == w.tobytes()
            assert same, f"{call}: a gradient changes with needs {needs}"


def check_out(call: KernelCall, kernel: Kernel) -> None:
    """Garbage in `out` is overwritten; with accumulate=True all but dx are added to what is there."""
    wanted = _tuple(kernel(*call.arrays, **call.options))
    for i, accumulate in product(range(len(wanted) + 1), (False, True)):
        alone = None if i == len(wanted) else i  # one place given, then all of them
        out = tuple(
            None
            if w is None or alone not in (None, j)
            else _filled(w, np.nan if j == 0 or not accumulate else 2.5)
            for j, w in enumerate(wanted)
        )
        got = _tuple(kernel(*call.arrays, **call.options, out=out, accumulate=accumulate))
        for j, (place, g, w) in enumerate(zip(out, got, wanted, strict=True)):
            who = f"{call} out {[o is not None for o in out]} accumulate {accumulate}: gradient {j}"
            assert place is None or g is place, f"{who} is not in the array given for it"
            if w is not None:
                added = 2.5 if place is not None and accumulate and j > 0 else 0.0
                _near(who, g, w, added, call)


def _near(who: str, got: Array, wanted: Array, added: float, call: KernelCall) -> None:
    """The same bits, or, where something was added, the same up to the order of the sum."""
    if not added:
        assert got.tobytes() == wanted.tobytes(), f"{who} differs from the one without out"
        return
    eps = float(np.finfo(got.dtype).eps)
    largest = max([1.0, *(float(np.abs(a).max(initial=0)) for a in call.arrays if isinstance(a, np.ndarray))])
    length = max([a.size for a in call.arrays if isinstance(a, np.ndarray)], default=1)
    close(
        who,
        got,
        wanted + np.asarray(added, got.dtype),
        rtol=4 * eps,
        atol=4 * eps * (length * largest**2 + added),
    )


def check_in_place(call: KernelCall, kernel: Kernel) -> None:
    """A step updates w and its state alone; what it could not update where it lies it refuses, unchanged."""
    gradient = 1
    for i, array in enumerate(call.arrays):
        if array is None or i == gradient or array.size < 2:
            continue
        for bad in (_read_only(array), _strided(array)):
            arrays = [deepcopy(a) for a in call.arrays]
            arrays[i] = bad
            try:
                kernel(*arrays, **call.options)
            except (ValueError, TypeError):
                same = all(
                    a is None or np.array_equal(a, b) for a, b in zip(arrays, call.arrays, strict=True)
                )
                assert same, f"{call}: refused argument {i}, but had begun to write"
            else:
                raise AssertionError(f"{call}: took argument {i}, which is read-only or not contiguous")
    arrays = list(deepcopy(call.arrays))
    assert kernel(*arrays, **call.options) is None, f"{call}: returned something"
    assert np.array_equal(arrays[gradient], call.arrays[gradient]), f"{call}: wrote to the gradient"
    moved = not np.any(call.arrays[gradient]) or not np.array_equal(arrays[0], call.arrays[0])
    assert moved, f"{call}: left w as it was"


def check_exact(case: KernelCase, kernel: Kernel, dtype: str) -> None:
    """The values that the row states."""
    results = _tuple(kernel(*case.call(dtype).arrays, **case.options))
    assert len(results) == len(case.wants), f"{case}: {len(results)} results"
    for got, want in zip(results, case.wants, strict=True):
        if want is not None:
            want = np.asarray(want, got.dtype)
            nan = np.isnan(want)
            assert np.array_equal(np.isnan(got), nan), f"{case}: got {got}; needed {want}"
            close(str(case), got[~nan], want[~nan], rtol=4 * float(np.finfo(dtype).eps), atol=0.0)


# The weights of a convolution, where a kernel may multiply them with zeros laid around dz.
MEETS_ZEROS = {(f"conv{d}_backward", 2) for d in ("1d", "2d", "2d_pool")} | {
    (f"conv{d}_transpose", 1) for d in ("1d", "2d")
}


def check_nan(call: KernelCall, kernel: Kernel) -> int:
    """A NaN in the first argument is not lost, and one anywhere spoils nothing it does not touch.

    The first rung says what it touches: all that it is multiplied with. A kernel may leave out a product
    with an exact zero, such as the gradient of a piece that did not win; prelu's dslope, the last result of
    its backward, may also keep it. Returns how many NaNs came out.
    """
    oracle, count = numpy_rung.KERNELS[call.name], 0
    for i, array in enumerate(call.arrays):
        first = next(iter(array), None) if isinstance(array, tuple) else array  # of a list of arrays
        if not isinstance(first, np.ndarray) or first.dtype.kind != "f" or not first.size:
            continue
        for place in {0, first.size - 1}:
            arrays = deepcopy(call.arrays)
            (arrays[i][0] if isinstance(array, tuple) else arrays[i]).flat[place] = np.nan
            spoilt = KernelCall(call.name, arrays, call.options)
            got, want = spoilt.run(kernel), spoilt.run(oracle)
            if call.options.get("activation") == "prelu" and call.name.endswith("backward"):
                got, want = got[:-1], want[:-1]
            who = f"{call}: NaN in argument {i} at {place}"
            if (call.name, i) not in MEETS_ZEROS:
                assert not np.any(_nans(got) & ~_nans(want)), f"{who} spoils what it does not touch"
            lost = i == 0 and np.any(_nans(want)) and not np.any(_nans(got))
            assert not lost, f"{who} is lost"
            count += int(_nans(got).sum())
    return count


def _nans(results: list[Array | None]) -> Array:
    """Where the results are NaN, all of them one after the other."""
    floats = [np.isnan(r).reshape(-1) for r in results if r is not None and r.dtype.kind == "f"]
    return np.concatenate([*floats, np.zeros(0, bool)])


def _tuple(results: Any) -> tuple[Any, ...]:
    return results if isinstance(results, tuple) else (results,)


def _filled(like: Array, value: float) -> Array:
    return np.full_like(like, value)  # in the layout of `like`, too


def _read_only(a: Array) -> Array:
    a = a.copy()
    a.flags.writeable = False
    return a


def _strided(a: Array) -> Array:
    return np.repeat(a, 2, axis=-1)[..., ::2]
