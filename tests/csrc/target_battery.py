"""Every kernel, on the target that TINYNN_TARGET names, against the first rung in double precision.

Run as a program by test_simd_targets.py, once per target, since a process keeps the target it began with.
Prints one line per call that is wrong and ends with a line that counts the calls. The sizes stand around
the widths of the vectors, so that a tail that is dropped, or written too far, shows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from tinynn import _native
from tinynn.backends import numpy_rung
from tinynn.testing.draw import KernelCall
from tinynn.testing.kernel_calls import calls

EDGES = (0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100)
LARGE = ((300, 70, 600), (20, 10, 3072), (700, 130, 40), (33, 258, 100))
EPS = float(np.finfo(np.float32).eps)
PRODUCTS = {"linear_forward", "linear_backward", "maxout_forward", "maxout_backward", "matmul"}


def sizes_of(name: str) -> Iterator[tuple[int, int, int]]:
    if name.startswith("conv"):  # images, output channels, input channels
        for i, size in enumerate(EDGES):
            yield from ((2, size, 3), (1, 3, size), (3, size, EDGES[i - 4]))
        yield from ((19, 17, 9), (2, 130, 70))
        return
    for i, size in enumerate(EDGES):
        yield from ((size, 3, 5), (5, size, 3), (3, 5, size)) if name in PRODUCTS else ((size, 3, 5),)
        yield size, EDGES[i - 4], EDGES[i - 7]
    yield from LARGE if name in PRODUCTS else ((13, 900, 7),)


def doubled(value: Any) -> Any:
    """The same numbers in float64; what is not float32 stays."""
    if isinstance(value, tuple):
        return tuple(doubled(v) for v in value)
    if isinstance(value, dict):
        return {k: "float64" if k == "dtype" else doubled(v) for k, v in value.items()}
    return value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype == np.float32 else value


def magnitudes(call: KernelCall) -> list[Any]:
    """Per result of a product sum |a b| and its length K; the slope of an activation is below 4."""
    if call.name.startswith("conv"):
        return convolved(call)
    sums = []
    a = [None if not isinstance(v, np.ndarray) else np.abs(v.astype(float)) for v in call.arrays]
    if call.name == "linear_forward":
        x, w, b, slope = a
        z = x @ np.swapaxes(w, -1, -2) + (0 if b is None else b[..., None, :])
        sums = [(z * (4 if slope is None else 1 + slope), x.shape[-1])] * 2
    if call.name == "matmul":
        left = np.swapaxes(a[0], -1, -2) if call.options["transpose_a"] else a[0]
        right = np.swapaxes(a[1], -1, -2) if call.options["transpose_b"] else a[1]
        sums = [(left @ right, left.shape[-1])]
    if call.name == "linear_backward":
        dy, x, w, kept, slope = a
        dz = dy * (4 if slope is None else 1 + slope)
        m, n = dy.shape[-2:]
        dslope = np.sum(dy * (0 if kept is None else kept))
        sums = [(dz @ w, n), (np.swapaxes(dz, -1, -2) @ x, m), (dz.sum(-2), m), (dslope, dy.size)]
        out = call.options.get("out") or (None,) * 4
        sums = [(s if o is None else s + np.abs(o), k) for (s, k), o in zip(sums, out, strict=True)]
    return sums


def convolved(call: KernelCall) -> list[Any]:
    """The same for a convolution: the kernel itself, of absolute values and without its activation."""
    arrays = [np.abs(a) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in call.arrays]
    options = {k: v for k, v in doubled(call.options).items() if k not in ("out", "accumulate", "needs")}
    backward, pooled = call.name.endswith("backward"), "pool" in call.name or "max" in call.name
    w = arrays[2 if backward else 1]
    steepest, dslope = 4.0, 0.0
    if "activation" in options:
        options |= {"activation": "identity", "alpha": None}
        if not pooled:  # kept and slope, which the identity has not
            steepest += 0 if arrays[-1] is None else arrays[-1].max(initial=0)
            dslope = 0 if not backward or arrays[3] is None else np.sum(arrays[0] * arrays[3])
            arrays = [*arrays[:3], None, None] if backward else [*arrays[:3], None]
    sums = KernelCall(call.name, doubled(tuple(arrays)), options).run(numpy_rung.KERNELS[call.name])
    if "activation" in options and not backward and not pooled:
        sums = [sums[0]] * 2  # what is kept of the activation is as large as y
    positions = arrays[0].size // max(len(w), 1)
    seen, sent = (w.size // max(w.shape[axis], 1) for axis in (0, 1))
    lengths = [sent, positions, positions, arrays[0].size] if backward else [seen, seen]
    if call.name.endswith("transpose"):
        lengths = [sent]
    out = call.options.get("out") or (None,) * len(sums)
    return [
        (dslope if s is None else steepest * s + (0 if o is None else np.abs(o)), k)
        for s, o, k in zip(sums, out, lengths, strict=False)
    ]


def bounds(call: KernelCall, wants: list[Any]) -> list[Any]:
    """How far each result may be from the exact one."""
    products = magnitudes(call)
    if products:
        rounding = 4 * EPS * call.name.endswith("forward")  # softplus(0) is no sum of products
        return [4 * np.sqrt(k + 4) * EPS * s + rounding + 1e-30 for s, k in products]
    inputs = [
        np.abs(a).max() for a in call.arrays if isinstance(a, np.ndarray) and a.dtype == np.float32 and a.size
    ]
    sized = max([a.size for a in call.arrays if isinstance(a, np.ndarray)], default=1)
    scale = max([1.0, *inputs])
    return [
        None if w is None else 16 * EPS * (scale * np.sqrt(sized + 1) + np.abs(w).max(initial=0))
        for w in wants
    ]


def check(call: KernelCall) -> str | None:
    """What is wrong with a call, or None."""
    got = call.run(getattr(_native, call.name))
    exact = KernelCall(call.name, doubled(call.arrays), doubled(call.options))
    want = exact.run(numpy_rung.KERNELS[call.name])
    for i, (g, w, bound) in enumerate(zip(got, want, bounds(call, want), strict=False)):
        if g is None or w is None or not isinstance(g, np.ndarray):
            continue
        if g.dtype != np.float32:
            if not np.array_equal(g, w):
                return f"{call} result {i}: {g.ravel()[:9]} instead of {w.ravel()[:9]}"
            continue
        error = np.abs(g - w)
        same = (g == w) | (np.isnan(g) & np.isnan(w))
        if not np.all(same | (error <= bound)):
            worst = np.max(np.where(same, 0, error / bound))
            return f"{call} result {i}: {worst:.2f} times the bound"
    return None


SPECIAL = np.float32(
    [0, -0.0, 1, -1, 88.7, -87.3, -103, 1e4, -1e4, 3e38, -3e38, 1e-40, np.inf, -np.inf, np.nan]
)


def special_calls() -> Iterator[KernelCall]:
    """Infinities, NaN, zeros, huge and subnormal numbers, each in every lane."""
    x = np.stack([np.roll(SPECIAL, shift) for shift in range(33)])
    for name in ("activation_forward", "unary_forward"):
        for call in calls(name, (1, 1, 1)):
            if call.options.get("op") != "pow" and not (call.arrays[1:] and call.arrays[1] is not None):
                yield KernelCall(name, (x, *call.arrays[1:]), call.options)
    for op in ("add", "mul", "maximum", "minimum"):
        yield KernelCall("binary_forward", (x, x[:, ::-1].copy()), {"op": op})
    for name in ("softmax_forward", "log_softmax_forward"):
        yield KernelCall(name, (x,), {})
        yield KernelCall(name, (x[:, :9].copy(),), {})


def check_special(call: KernelCall) -> str | None:
    """As float32 has it: what is beyond its range is infinite."""
    (got,) = call.run(getattr(_native, call.name))
    want = KernelCall(call.name, doubled(call.arrays), call.options).run(numpy_rung.KERNELS[call.name])[0]
    want = want.astype(np.float32)
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    wrong = ~(same | (np.abs(got - want) <= 8 * EPS * np.abs(want) + 1e-37))
    x = call.arrays[0]
    return f"{call}: f({x[wrong][:4]}) = {got[wrong][:4]}, not {want[wrong][:4]}" if wrong.any() else None


def main() -> None:
    count = 0
    with np.errstate(all="ignore"):
        for wrong in map(check_special, special_calls()):
            count += 1
            if wrong is not None:
                print(wrong)
    names = sys.argv[1:] or sorted(numpy_rung.KERNELS)
    with np.errstate(all="ignore"):
        for name in names:
            if "normal" in name or name in ("philox_uniform", "dropout"):
                continue  # drawn numbers differ between float and double; test_simd_targets compares bits
            for sizes in sizes_of(name):
                for call in calls(name, sizes):
                    count += 1
                    wrong = check(call)
                    if wrong is not None:
                        print(wrong)
    print(f"{_native.target()}: {count} calls")


if __name__ == "__main__":
    main()
