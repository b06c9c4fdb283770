"""Convolutions that take every path of csrc/simd/conv*.h, on the target that TINYNN_TARGET names.

Run as a program by test_conv_paths.py, once per target. float32 is held against the reference rung, which
is what float64 runs on, within 4 sqrt(K) eps sum |a b|, and bit by bit against other numbers of threads.
Prints a line per wrong result and ends with the number of convolutions.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np

import tinynn as tn
from tinynn.backends import kernels

EPS = float(np.finfo(np.float32).eps)
RNG = np.random.default_rng(0)

# n, c, o, (h, w), (kh, kw), groups
SHAPES: list[tuple[Any, ...]] = [
    (24, 8, 40, (12, 12), (3, 3), 1),  # rows of pixels
    (3, 5, 7, (9, 11), (2, 4), 1),
    (2, 16, 33, (10, 70), (5, 5), 1),
    (30, 16, 48, (9, 9), (5, 5), 1),  # the same pixel of many images
    (14, 32, 32, (5, 5), (3, 3), 1),
    (4, 1, 16, (28, 28), (5, 5), 1),  # one channel: its gradient is a dot product
    (4, 3, 64, (17, 18), (3, 3), 1),
    (4, 3, 20, (17, 18), (3, 3), 1),  # or its vectors go along the pixels
    (4, 20, 1, (9, 40), (3, 3), 1),
    (2, 1, 1, (1, 300), (1, 9), 1),
    (3, 40, 40, (12, 13), (3, 3), 40),  # depthwise
    (2, 24, 24, (1, 90), (1, 5), 24),
    (3, 12, 18, (8, 9), (3, 3), 3),  # groups
    (24, 32, 16, (12, 12), (5, 5), 1),  # zeros are worth skipping
    (16, 48, 64, (8, 8), (3, 3), 1),
    (8, 16, 32, (1, 200), (1, 9), 1),
]
PADDINGS = [((0, 0), (0, 0)), ((1, 1), (1, 1)), ((2, 0), (1, 3))]
STEPS = [((1, 1), (1, 1)), ((2, 2), (1, 1)), ((1, 3), (2, 1)), ((1, 1), (1, 2))]  # stride, dilation
DENSITIES = [1.0, 0.3, 0.02]
RESULTS = ("y", "dx", "dw", "db")


def images(*shape: int) -> Any:
    """Random numbers, channels last in memory."""
    n, c, h, w = shape
    return RNG.standard_normal((n, h, w, c), np.float32).transpose(0, 3, 1, 2)


def both_ways(x: Any, w: Any, b: Any, dy: Any, kept: Any, options: dict[str, Any]) -> list[Any]:
    """y, dx, dw, db."""
    y, _ = kernels.conv2d_forward(x, w, b, None, **options)
    return [y, *kernels.conv2d_backward(dy, x, w, kept, None, **options)[:3]]


def wrong(shape: tuple[Any, ...], options: dict[str, Any], density: float) -> list[str]:
    """The results of one convolution that break a promise."""
    n, c, o, image, kernel, groups = shape
    x, b = images(n, c, *image), RNG.standard_normal(o).astype(np.float32)
    w = RNG.standard_normal((o, c // groups, *kernel)).astype(np.float32)
    size = kernels.conv2d_forward(x, w, b, None, **options)[0].shape
    kept, dy = images(*size), images(*size) * (RNG.random(size) < density)
    arrays = [x, w, b, dy.astype(np.float32), kept]
    tn.set_num_threads(1)
    got = both_ways(*arrays, options)
    exact = [a.astype(np.float64) for a in arrays]
    want = both_ways(*exact, options)
    terms = both_ways(*[np.abs(a) for a in exact[:4]], exact[4], options)
    pixels = n * size[2] * size[3]
    lengths = [w[0].size + 1, w.size // w.shape[1], pixels, pixels]
    found = [
        f"{name} off by {np.max(np.abs(g - e) / (4 * np.sqrt(k + 4) * EPS * t + 1e-30)):.3g} times the bound"
        for name, g, e, t, k in zip(RESULTS, got, want, terms, lengths, strict=True)
        if not np.all(np.abs(g - e) <= 4 * np.sqrt(k + 4) * EPS * t + 1e-30)
    ]
    for threads in (2, 4):
        tn.set_num_threads(threads)
        again = both_ways(*arrays, options)
        pairs = zip(RESULTS, got, again, strict=True)
        found += [
            f"{name}: other bits with {threads} threads" for name, g, a in pairs if not np.array_equal(g, a)
        ]
    return [f"{shape} {options} density {density}: {line}" for line in found]


def main() -> None:
    count = 0
    for number, shape in enumerate(SHAPES):
        for padding, (stride, dilation) in itertools.product(PADDINGS, STEPS):
            flat = shape[3][0] == 1
            options: dict[str, Any] = {
                "stride": (1, stride[1]) if flat else stride,
                "padding": ((0, 0), padding[1]) if flat else padding,
                "dilation": dilation,
                "groups": shape[5],
                "flip": (number + count) % 2 == 1,
                "activation": "relu",
                "alpha": None,
            }
            for line in wrong(shape, options, DENSITIES[count % len(DENSITIES)]):
                print(line)
            count += 1
    print(f"{tn.info()['target']}: {count} convolutions")


if __name__ == "__main__":
    sys.exit(main())
