"""Sliding windows, for the exercises that have them: one sum, read from its three sides.

Along one axis, all there is to know of a convolution is who sees whom: S[p, i, l] is 1 where output p sees
element l at place i of its window, else 0. Then

    y[p]  = sum over i, l of S[p, i, l] w[i] x[l]       gather: y collects what it sees
    dx[l] = sum over p, i of S[p, i, l] w[i] dy[p]      spread: what was seen gets it back
    dw[i] = sum over p, l of S[p, i, l] x[l] dy[p]      share:  a weight sums over its uses

for every pair of channels, summed over those that the result does not have; in two dimensions there is one S
for the rows and one for the columns. As an oracle that is slow, and as plain as can be. And a wrong stride, a
window that is dropped, an `=` for `+=` are all the same three sums with a wrong S.

N images   C channels   L, or H W, the input   O output channels   K, or I J, the kernel   P, or P Q, outputs
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from tinynn.workshop.contract import LONG, Array, Sizes

Inputs = Callable[..., dict[str, Any]]  # (draw, **sizes) -> what an edge case begins with
STRIDES = (1, 2, 3)
PADDINGS = (0, 1, 2)
# Of the bank: it goes through the places of a kernel twice, too slow for long ones; the exercises about dx
# have it in their own words, those about dw are blind to it.
TWICE = "= for +=: where windows overlap dx holds the last one only"


def sees(outputs: int, kernel: int, length: int, stride: int, padding: int = 0) -> Array:
    """S (outputs, kernel, length) where window p begins at p stride - padding.

    >>> sees(2, 2, 4, stride=2)[1]
    array([[0., 0., 1., 0.],
           [0., 0., 0., 1.]])
    """
    place = np.arange(outputs)[:, None] * stride - padding + np.arange(kernel)
    seen: Array = (place[..., None] == np.arange(length)).astype(np.float64)
    return seen


def border(outputs: int, kernel: int, length: int, stride: int, padding: int) -> Array:
    """S where the padding repeats the border."""
    place = np.arange(outputs)[:, None] * stride - padding + np.arange(kernel)
    seen: Array = (np.clip(place, 0, length - 1)[..., None] == np.arange(length)).astype(np.float64)
    return seen


def without(s: Array, axis: int, place: int) -> Array:
    """S without a window (axis 0), or without a place of all windows (axis 1)."""
    s = s.copy()
    s[(slice(None),) * axis + (place,)] = 0
    return s


def last_seen(s: Array, by_place: bool = False) -> Array:
    """S where an element remembers only the last window that saw it, or (by place) the last place."""
    order: Array = s.transpose(1, 0, 2) if by_place else s
    flat = order.reshape(-1, s.shape[2])
    last: Array = np.zeros_like(flat)
    found = flat.any(0)
    last[len(flat) - 1 - flat[::-1].argmax(0)[found], np.flatnonzero(found)] = 1
    last = last.reshape(order.shape)
    return last.transpose(1, 0, 2) if by_place else last


def gather(x: Array, w: Array, *s: Array) -> Array:
    """The forward sum: (N, O, P) or (N, O, P, Q)."""
    return _sum("ncX,ocK,S->noP", (x, w), s)


def spread(dy: Array, w: Array, *s: Array) -> Array:
    """The gradient of x: (N, C, L) or (N, C, H, W)."""
    return _sum("noP,ocK,S->ncX", (dy, w), s)


def share(dy: Array, x: Array, *s: Array) -> Array:
    """The gradient of w: (O, C, K) or (O, C, I, J)."""
    return _sum("noP,ncX,S->ocK", (dy, x), s)


def _sum(terms: str, arrays: tuple[Array, Array], s: tuple[Array, ...]) -> Array:
    words = {"X": "l", "K": "k", "P": "p", "S": "pkl"}
    if len(s) == 2:
        words = {"X": "hw", "K": "ij", "P": "pq", "S": "pih,qjw"}
    for name, letters in words.items():
        terms = terms.replace(name, letters)
    cast = (one.astype(arrays[0].dtype) for one in s)
    result: Array = np.einsum(terms, *arrays, *cast, optimize=True)
    return result


# ---- lengths, strides and paddings that fit together ------------------------------------------------


def small(length: int, most: int) -> int:
    """A drawn length, made small: lengths up to `most` stay, 0 and 1 among them, the others are folded.

    What is long on purpose stays long.
    """
    return length if length <= most or length >= LONG else 2 + length % (most - 1)


def sizes_1d(sizes: Sizes, rng: np.random.Generator) -> Sizes:
    """L follows from the windows; up to stride - 1 elements at its end may remain that no window sees."""
    s = int(rng.choice(STRIDES))
    n, c, o, k = (small(sizes[letter], 4) for letter in "NCOK")
    length = (sizes["P"] - 1) * s + k + int(rng.integers(s))
    return {**sizes, "N": n, "C": c, "O": o, "K": k, "L": length}


def stride_1d(draw: Any, **sizes: int) -> dict[str, Any]:
    """A stride at which P windows of K fit into L."""
    fitting = [s for s in STRIDES if (sizes["L"] - sizes["K"]) // s + 1 == sizes["P"]]
    return {"stride": int(draw.rng.choice(fitting))}


def sizes_2d(sizes: Sizes, rng: np.random.Generator) -> Sizes:
    """H and W follow from the windows and P and Q from them: columns ragged, all else small."""
    s = int(rng.choice(STRIDES))
    fixed = {letter: small(sizes[letter], 4) for letter in "NCOIJP"}
    padding = int(rng.integers(min(fixed["I"], fixed["J"], len(PADDINGS))))
    rest = int(rng.integers(s))
    h = max((fixed["P"] - 1) * s + fixed["I"] - 2 * padding, 1) + rest
    w = max((sizes["Q"] - 1) * s + fixed["J"] - 2 * padding, 1) + rest
    p, q = outputs(h, fixed["I"], s, padding), outputs(w, fixed["J"], s, padding)
    return {**sizes, **fixed, "H": h, "W": w, "P": p, "Q": q}


def outputs(length: int, kernel: int, stride: int, padding: int) -> int:
    """How many windows there are."""
    return (length + 2 * padding - kernel) // stride + 1


def options_2d(draw: Any, **sizes: int) -> dict[str, Any]:
    """A stride and a padding at which P x Q windows of I x J fit onto H x W."""
    stride, padding = draw.rng.choice(list(fitting_2d(sizes)))
    return {"stride": int(stride), "padding": int(padding)}


def fitting_2d(sizes: Sizes) -> Iterator[tuple[int, int]]:
    axes = (sizes["H"], sizes["I"], sizes["P"]), (sizes["W"], sizes["J"], sizes["Q"])
    for s, padding in product(STRIDES, PADDINGS):
        if padding < max(min(sizes["I"], sizes["J"]), 1) and all(
            outputs(length, kernel, s, padding) == out for length, kernel, out in axes
        ):
            yield s, padding


def one_alone(name: str, letters: str, others: Inputs) -> Inputs:
    """Inputs where `name` is 0 but for a 1 in the middle of every channel; `others` draws the rest.

    In x it shows in y how the kernel is read; in dy it shows what one window saw, or where it gives it back.
    """

    def draw_all(draw: Any, **sizes: int) -> dict[str, Any]:
        array = np.zeros([sizes[letter] for letter in letters])
        middle: Any = (..., *(sizes[letter] // 2 for letter in letters[2:]))
        array[middle] = 1
        return {name: array, **others(draw, **sizes)}

    return draw_all


# ---- the same by tinynn's own kernels, of which the bank has mutants ----------------------------------


def kernel_1d(stride: int) -> dict[str, Any]:
    """The options of conv1d_forward and conv1d_backward."""
    plain = {"dilation": 1, "groups": 1, "flip": False, "activation": "identity", "alpha": None}
    return {"stride": stride, "padding": (0, 0), **plain}


def kernel_2d(y: Array, w: Array, x: Array, stride: int, padding: int) -> dict[str, Any]:
    """The options of conv2d_forward and conv2d_backward: padded behind as far as the last window reaches."""
    after = [
        (size - 1) * stride + k - length - padding
        for size, k, length in zip(y.shape[2:], w.shape[2:], x.shape[2:], strict=True)
    ]
    plain = {"dilation": (1, 1), "groups": 1, "flip": False, "activation": "identity", "alpha": None}
    return {"stride": (stride, stride), "padding": tuple((padding, max(end, 0)) for end in after), **plain}
