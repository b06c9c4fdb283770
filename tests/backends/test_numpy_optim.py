"""The oracle of the optimiser steps, against each rule written out for one number at a time."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
import pytest

from tinynn.backends import numpy_rung
from tinynn.testing.kernel_calls import calls

K = numpy_rung.KERNELS
Numbers = tuple[float | None, ...]


def sgd_step(
    w: Any, g: Any, v: Any, *, lr: float, momentum: float, weight_decay: float, nesterov: bool
) -> Numbers:
    g += weight_decay * w
    if v is None:
        return w - lr * g, None
    v = momentum * v + g
    return w - lr * (g + momentum * v if nesterov else v), v


def adam_step(
    w: Any, g: Any, m: Any, v: Any, *, lr: float, beta1: float, beta2: float, eps: float, weight_decay: float,
    decoupled: bool, step: int,
) -> Numbers:  # fmt: skip
    decay = weight_decay * w
    g += 0 if decoupled else decay
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    update = (m / (1 - beta1**step)) / (sqrt(v / (1 - beta2**step)) + eps)
    return w - lr * (update + (decay if decoupled else 0)), m, v


def rmsprop_step(
    w: Any,
    g: Any,
    s: Any,
    v: Any,
    *,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
) -> Numbers:
    g += weight_decay * w
    s = alpha * s + (1 - alpha) * g**2
    u = g / (sqrt(s) + eps)
    if v is not None:
        u = v = momentum * v + u
    return w - lr * u, s, v


def adagrad_step(w: Any, g: Any, s: Any, *, lr: float, eps: float, weight_decay: float) -> Numbers:
    g += weight_decay * w
    s += g**2
    return w - lr * g / (sqrt(s) + eps), s


RULES: dict[str, Callable[..., Numbers]] = {
    f.__name__: f for f in (sgd_step, adam_step, rmsprop_step, adagrad_step)
}


@pytest.mark.parametrize("name", RULES)
def test_step(name: str) -> None:
    for call in calls(name, (5, 7, 1), "float64"):
        w, g, *state = call.arrays
        got = call.run(K[name])
        np.testing.assert_array_equal(got[1], g)
        del got[1]
        for place in np.ndindex(w.shape):
            numbers = [None if s is None else s[place] for s in (w, g, *state)]
            want = RULES[name](*numbers, **call.options)
            for new, number in zip(got, want, strict=True):
                assert (new is None) == (number is None)
                assert new is None or new[place] == pytest.approx(number, rel=1e-12, abs=1e-15), str(call)


@pytest.mark.parametrize("name", RULES)
def test_what_cannot_be_updated_in_place_is_an_error_and_stays_as_it_was(name: str) -> None:
    call = next(iter(calls(name, (4, 3, 1))))
    places = [i for i, a in enumerate(call.arrays) if i != 1 and a is not None]
    assert places
    for i in places:
        for broken in (call.arrays[i].copy(), np.zeros((4, 6), np.float32)[:, ::2]):
            broken.flags.writeable = not broken.flags.c_contiguous
            arrays = [*call.arrays[:i], broken, *call.arrays[i + 1 :]]
            before = [None if a is None else a.copy() for a in arrays]
            with pytest.raises(ValueError, match="in place"):
                K[name](*arrays, **call.options)
            for a, b in zip(arrays, before, strict=True):
                np.testing.assert_array_equal(a, b)
