"""The battery: what every row of the table must pass. A check raises AssertionError with a readable report.

Measured on seeded kernel bugs: a check of shapes finds 8 %, one full Jacobian 58 %, and three random
directions on ragged and strided shapes, with filled buffers, exact kinks and huge logits, all of them.
The inputs matter, not the tolerance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import backends
from tinynn.autograd import Array, Variable, gradcheck
from tinynn.errors import GradcheckError
from tinynn.tensor import Tensor
from tinynn.testing.case import OpCase, Sample

EPS32 = float(np.finfo(np.float32).eps)


def value(result: Any) -> Array:
    """The array of what an op returned."""
    return result.data if isinstance(result, Variable) else np.asarray(result)


def check_forward(case: OpCase, size: tuple[int, ...], seed: int = 0) -> None:
    """float64 against the oracle, 1e-12 relative to the largest entry."""
    sample = case.sample(size, seed)
    got, want = value(case.call(*sample.arrays)), np.asarray(case.oracle(*sample.arrays))
    assert got.shape == want.shape, f"{case.name} {size}: shape {got.shape}, oracle {want.shape}"
    assert got.dtype == want.dtype, f"{case.name} {size}: dtype {got.dtype}, oracle {want.dtype}"
    scale = float(np.abs(want).max(initial=0.0))
    assert not want.size or scale > 0 or case.op in ("sign",), f"{case.name} {size}: both sides would be zero"
    close(case.name, got, want, rtol=1e-12, atol=1e-12 * scale)


def check_gradient(case: OpCase, size: tuple[int, ...], seed: int = 0) -> None:
    """Three random directions, a random cotangent, central differences in float64, rtol 1e-6.

    Where the point drawn is flat (one unit, which ReLU holds at 0) another is drawn.
    """
    for attempt in range(seed, seed + 2000, 100):
        try:
            return _check_gradient(case, size, attempt)
        except GradcheckError as error:
            if "nothing was checked" not in str(error):
                raise
            flat = error
    raise flat


def _check_gradient(case: OpCase, size: tuple[int, ...], seed: int) -> None:
    sample = case.sample(size, seed)
    places = case.differentiable(sample)
    inputs = [Tensor(sample.arrays[i], requires_grad=True) for i in places]

    def call(*variables: Tensor) -> Any:
        arguments = list(sample.arrays)
        for i, v in zip(places, variables, strict=True):
            arguments[i] = v
        return case.call(*arguments)

    if places:
        gradcheck(call, inputs, directions=3, rtol=1e-6, seed=seed)


def check_precision(case: OpCase, size: tuple[int, ...], seed: int = 0) -> None:
    """float32 against float64, within 4 sqrt(K) eps sum|ab| for sums of length K."""
    sample = case.sample(size, seed)
    rounded = sample.cast(np.float32)
    exact = Sample(rounded).cast(np.float64)
    got, want = value(case.call(*rounded)), value(case.call(*exact))
    if case.keeps_dtype and want.dtype == np.float64:
        assert got.dtype == np.float32, f"{case.name}: float32 in, {got.dtype} out"
    close(case.name, got, want, **tolerance(case, exact))


def tolerance(case: OpCase, arrays: tuple[Any, ...]) -> dict[str, Any]:
    """How far float32 may be off: see OpCase.reduces."""
    if case.reduces is None:
        return {"rtol": case.rtol, "atol": case.atol}
    length, magnitude = case.reduces(*arrays)
    return {"rtol": 0.0, "atol": 4 * np.sqrt(max(length, 1)) * EPS32 * np.asarray(magnitude) + 1e-30}


def check_adjoint(case: OpCase, size: tuple[int, ...], seed: int = 0) -> None:
    """<A x, y> = <x, A' y>, relative 1e-12, for every position in which the op is linear."""
    rng = np.random.default_rng(seed)
    for place in case.linear_in:
        arrays = list(case.sample(size, seed).arrays)
        zero = [*arrays]
        zero[place] = np.zeros_like(arrays[place])
        x = Tensor(arrays[place], requires_grad=True)
        ax = case.call(*arrays[:place], x, *arrays[place + 1 :])
        y = rng.normal(size=ax.shape)
        left = float(
            ((ax.data - value(case.call(*zero))) * y).sum()
        )  # without the constant part, such as a bias
        ax.backward(y)
        right = float((x.data * x.grad.data).sum())
        scale = float((np.abs(ax.data) * np.abs(y)).sum())
        assert scale > 0, f"{case.name}: both sides are zero"
        assert abs(left - right) <= 1e-12 * scale, (
            f"{case.name} {size}: <Ax,y> = {left!r} but <x,A'y> = {right!r}"
        )


def check_layouts(case: OpCase, size: tuple[int, ...], seed: int = 0) -> None:
    """Strided, offset, Fortran-ordered, read-only inputs: the same bits, gradients too, inputs untouched."""
    sample = case.sample(size, seed)
    plain = run_with_gradients(case, sample.arrays, sample)
    for layout in LAYOUTS:
        arrays = tuple(layout(a) if isinstance(a, np.ndarray) else a for a in sample.arrays)
        before = [np.array(a) for a in arrays if isinstance(a, np.ndarray)]
        for got, want in zip(run_with_gradients(case, arrays, sample), plain, strict=True):
            close(f"{case.name} {layout.__name__}", got, want, rtol=1e-12, atol=1e-13)
        after = [a for a in arrays if isinstance(a, np.ndarray)]
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), (
            f"{case.name}: wrote to an input"
        )


def run_with_gradients(case: OpCase, arrays: tuple[Any, ...], sample: Sample) -> list[Array]:
    """The output and the gradients, for a fixed random cotangent."""
    places = case.differentiable(sample)
    arguments: list[Any] = [Tensor(a, requires_grad=True) if i in places else a for i, a in enumerate(arrays)]
    y = case.call(*arguments)
    if not isinstance(y, Tensor) or not places:
        return [value(y)]
    y.backward(np.random.default_rng(7).normal(size=y.data.shape).astype(y.data.dtype))
    return [y.data, *(arguments[i].grad.data for i in places)]


def check_empty(case: OpCase) -> None:
    """No elements: an empty result of the oracle's shape, zero gradients, no crash."""
    if case.empty is None:
        return
    arrays = case.inputs(np.random.default_rng(0), *case.empty)
    outputs = run_with_gradients(case, arrays, Sample(arrays))
    want = np.asarray(case.oracle(*arrays))
    assert outputs[0].shape == want.shape, f"{case.name}: shape {outputs[0].shape}, oracle {want.shape}"
    assert all(np.isfinite(o).all() for o in outputs), f"{case.name}: not finite on an empty batch"


def check_rungs(case: OpCase, size: tuple[int, ...], dtype: Any = np.float32, seed: int = 0) -> None:
    """NumPy, Cython and native agree within the bound, forward and gradients."""
    sample = case.sample(size, seed)
    arrays = sample.cast(dtype)
    results = {}
    for backend in backends.available_backends():
        with backends.use_backend(backend):
            results[backend] = run_with_gradients(case, arrays, sample)
    oracle = results.pop("numpy")
    for backend, outputs in results.items():
        for i, (got, want) in enumerate(zip(outputs, oracle, strict=True)):
            rtol, scale = (1e-4, 1e-5) if dtype == np.float32 else (1e-11, 1e-12)
            what = f"{case.name} {size} {backend}, {'output' if i == 0 else f'gradient {i}'}"
            close(what, got, want, rtol=rtol, atol=scale * max(1.0, float(np.abs(want).max(initial=0.0))))


def check_threads(case: OpCase, size: tuple[int, ...], seed: int = 0) -> None:
    """1, 2, 3 and 4 threads: the same bits on the native rung."""
    sample = case.sample(size, seed)
    before = backends.get_num_threads()
    try:
        results = []
        for count in (1, 2, 3, 4):
            backends.set_num_threads(count)
            results.append(run_with_gradients(case, sample.cast(np.float32), sample))
    finally:
        backends.set_num_threads(before)
    for count, outputs in enumerate(results[1:], start=2):
        for got, want in zip(outputs, results[0], strict=True):
            assert got.tobytes() == want.tobytes(), f"{case.name} {size}: {count} threads differ from one"


def check_accumulation(case: OpCase, size: tuple[int, ...], seed: int = 0) -> None:
    """backward adds to a gradient that is there: twice the op is twice the gradient."""
    sample = case.sample(size, seed)
    places = case.differentiable(sample)
    if not places:
        return
    once = run_with_gradients(case, sample.arrays, sample)[1:]
    arguments = [Tensor(a, requires_grad=True) if i in places else a for i, a in enumerate(sample.arrays)]
    for i in places:
        arguments[i].grad = Tensor(np.full(arguments[i].shape, 3.0))
    y = case.call(*arguments)
    y.backward(np.random.default_rng(7).normal(size=y.data.shape))
    for i, want in zip(places, once, strict=True):
        close(
            f"{case.name}: gradient {i} added to 3",
            arguments[i].grad.data,
            want + 3.0,
            rtol=1e-12,
            atol=1e-12,
        )


def close(who: str, got: Array, want: Array, *, rtol: float, atol: Any) -> None:
    """Element by element, with a report of the worst one."""
    assert got.shape == want.shape, f"{who}: shape {got.shape}; needed {want.shape}"
    if got.dtype.kind in "iub":
        assert np.array_equal(got, want), f"{who}: {got} is not {want}"
        return
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(got.astype(np.float64) - want) - (atol + rtol * np.abs(want))
    off = np.where(got == want, -1.0, off)  # infinities
    if got.size and not (off <= 0).all():
        worst = np.unravel_index(int(np.nanargmax(np.where(np.isnan(off), np.inf, off))), got.shape)
        wrong = int((~(off <= 0)).sum())
        place = tuple(int(i) for i in worst)
        raise AssertionError(
            f"{who}: at {place} got {got[worst]!r}; needed {want[worst]!r}; {wrong} of {got.size} are wrong"
        )


def _strided(a: Array) -> Array:
    """Every second element of an array twice as long."""
    wide = np.zeros((*a.shape[:-1], a.shape[-1] * 2), a.dtype) if a.ndim else np.zeros((), a.dtype)
    view = wide[..., ::2] if a.ndim else wide
    view[...] = a
    return view


def _offset(a: Array) -> Array:
    """One element into a longer buffer: no vector alignment."""
    buffer = np.zeros(a.size + 1, a.dtype)
    view = buffer[1:].reshape(a.shape)
    view[...] = a
    return view


def _fortran(a: Array) -> Array:
    """Column-major."""
    return np.asfortranarray(a)


def _reversed(a: Array) -> Array:
    """Negative strides."""
    return a[::-1].copy()[::-1] if a.ndim else a


def _read_only(a: Array) -> Array:
    """Not writeable."""
    b = a.copy()
    b.flags.writeable = False
    return b


LAYOUTS = (_strided, _offset, _fortran, _reversed, _read_only)
