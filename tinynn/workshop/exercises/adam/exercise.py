"""adam: m, v = means of g and g^2; w = w - lr m^ / (sqrt(v^) + eps)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, change, number, read

wrong = Rules()
Move = Callable[..., Any]  # (m, v, g, beta1, beta2, eps, step) -> the step, without lr


def adam(move: Move) -> Callable[..., None]:
    """Adam whose step is `move`; m and v are kept as they should be."""

    def rule(
        g: Any, m: Any, v: Any, w: Any, lr: float, beta1: float, beta2: float, eps: float, step: int
    ) -> None:
        m[...] = beta1 * m + (1 - beta1) * g
        v[...] = beta2 * v + (1 - beta2) * g * g
        w -= lr * move(m, v, g, beta1, beta2, eps, step)

    return rule


def right(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (1 - beta1**step) / (np.sqrt(v / (1 - beta2**step)) + eps)


oracle = adam(right)


def wrong_move(mistake: str, kind: str) -> Callable[[Move], Move]:
    """A rule that keeps m and v rightly, and makes a wrong step of them."""

    def enter(move: Move) -> Move:
        wrong(mistake, kind)(adam(move))
        return move

    return enter


@wrong_move(
    "the bias correction is forgotten: m and v begin at 0, and are too small in the first steps", "term"
)
def uncorrected(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (np.sqrt(v) + eps)


@wrong_move("the bias correction of m is forgotten", "term")
def m_uncorrected(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (np.sqrt(v / (1 - beta2**step)) + eps)


@wrong_move("the bias correction of v is forgotten", "term")
def v_uncorrected(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (1 - beta1**step) / (np.sqrt(v) + eps)


@wrong_move("step counts from 1: the bias correction is off by one, it takes step + 1", "shift")
def one_late(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return right(m, v, g, beta1, beta2, eps, step + 1)


@wrong_move("step counts from 1: the bias correction is off by one, it takes step - 1", "shift")
def one_early(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    c1, c2 = np.float64(1 - beta1 ** (step - 1)), np.float64(1 - beta2 ** (step - 1))
    return m / c1 / (np.sqrt(v / c2) + eps)


@wrong_move("the bias correction never changes: step is left out, it divides by 1 - beta", "term")
def no_power(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return right(m, v, g, beta1, beta2, eps, 1)


@wrong_move("the bias correction multiplies beta by step: it is a power", "formula")
def times_step(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (1 - beta1 * step) / (np.sqrt(np.maximum(v / (1 - beta2 * step), 0)) + eps)


@wrong_move("the bias correction of v takes beta1", "formula")
def beta1_for_both(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (1 - beta1**step) / (np.sqrt(v / (1 - beta1**step)) + eps)


@wrong_move("the bias correction multiplies where it is to divide", "formula")
def multiplied(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m * (1 - beta1**step) / (np.sqrt(v * (1 - beta2**step)) + eps)


@wrong_move("the bias correction of v stands outside of the root", "formula")
def corrected_outside(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (1 - beta1**step) / (np.sqrt(v) / (1 - beta2**step) + eps)


@wrong_move(
    "eps is inside the root: sqrt(v^ + eps), which is much more than sqrt(v^) + eps where v^ is small",
    "formula",
)
def eps_inside(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (1 - beta1**step) / np.sqrt(v / (1 - beta2**step) + eps)


@wrong_move(
    "eps is added to sqrt(v) before the bias correction: the shortcut in the paper, another eps", "formula"
)
def eps_early(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (1 - beta1**step) * np.sqrt(1 - beta2**step) / (np.sqrt(v) + eps)


@wrong_move("eps is forgotten: 0 / 0 where a weight has never had a gradient", "term")
def no_eps(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return right(m, v, g, beta1, beta2, 0.0, step)


@wrong_move("the root is forgotten: the step is divided by v^", "term")
def no_root(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (1 - beta1**step) / (v / (1 - beta2**step) + eps)


@wrong_move("the step goes along g, not along its mean m: that is RMSprop", "formula")
def along_g(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return g / (np.sqrt(v / (1 - beta2**step)) + eps)


@wrong_move("v is left out: the step is lr m^", "term")
def without_v(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return m / (1 - beta1**step)


@wrong_move("the step goes uphill: w + lr ...", "sign")
def uphill(m: Any, v: Any, g: Any, beta1: float, beta2: float, eps: float, step: int) -> Any:
    return -right(m, v, g, beta1, beta2, eps, step)


State = Callable[..., tuple[Any, Any, Any, Any]]  # (g, m, v, ...) -> m and v to step with, m and v to keep


def wrong_state(mistake: str, kind: str) -> Callable[[State], State]:
    """A rule whose step is right but for the m and v that it takes, or keeps."""

    def enter(state: State) -> State:
        def rule(
            g: Any, m: Any, v: Any, w: Any, lr: float, beta1: float, beta2: float, eps: float, step: int
        ) -> None:
            m_now, v_now, m_kept, v_kept = state(g, m, v, beta1, beta2, step)
            w -= lr * right(m_now, v_now, g, beta1, beta2, eps, step)
            m[...], v[...] = m_kept, v_kept

        wrong(mistake, kind)(rule)
        return state

    return enter


def means(g: Any, m: Any, v: Any, beta1: float, beta2: float) -> tuple[Any, Any]:
    return beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g


@wrong_state("the weights are moved by the m and v of the step before: these are updated too late", "formula")
def old_state(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    return m.copy(), v.copy(), *means(g, m, v, beta1, beta2)


@wrong_state("m and v are not stored: the next step begins with the old ones", "term")
def not_stored(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    return *means(g, m, v, beta1, beta2), m.copy(), v.copy()


@wrong_state("the corrected m^ and v^ are stored: the correction is for this step alone", "formula")
def corrected_stored(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    m, v = means(g, m, v, beta1, beta2)
    return m, v, m / (1 - beta1**step), v / (1 - beta2**step)


@wrong_state("v is the mean of g, not of g^2", "formula")
def v_of_g(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    m, _ = means(g, m, v, beta1, beta2)
    v = np.maximum(beta2 * v + (1 - beta2) * g, 0)
    return m, v, m, v


@wrong_state("v is the mean of the absolute value of g, not of g^2", "formula")
def v_of_size(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    m, _ = means(g, m, v, beta1, beta2)
    v = beta2 * v + (1 - beta2) * np.abs(g)
    return m, v, m, v


@wrong_state("1 - beta1 is forgotten: m = beta1 m + g, the convention of momentum", "term")
def momentum(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    m, v = beta1 * m + g, means(g, m, v, beta1, beta2)[1]
    return m, v, m, v


@wrong_state("1 - beta2 is forgotten: v = beta2 v + g^2", "term")
def sum_of_squares(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    m, v = means(g, m, v, beta1, beta2)[0], beta2 * v + g * g
    return m, v, m, v


@wrong_state("beta1 and beta2 are exchanged in the two means", "layout")
def exchanged(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    m, v = means(g, m, v, beta2, beta1)
    return m, v, m, v


@wrong_state("beta and 1 - beta are exchanged: the mean is almost all new", "layout")
def almost_new(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    m, v = means(g, m, v, 1 - beta1, 1 - beta2)
    return m, v, m, v


@wrong_state("v is the mean of (1 - beta2) g, squared: the factor stands inside the square", "formula")
def factor_squared(g: Any, m: Any, v: Any, beta1: float, beta2: float, step: int) -> Any:
    m, v = means(g, m, v, beta1, beta2)[0], beta2 * v + ((1 - beta2) * g) ** 2
    return m, v, m, v


@wrong("lr is forgotten", "term")
def no_lr(
    g: Any, m: Any, v: Any, w: Any, lr: float, beta1: float, beta2: float, eps: float, step: int
) -> None:
    oracle(g, m, v, w, 1.0, beta1, beta2, eps, step)


def inputs(draw: Any, n: int) -> dict[str, Any]:
    """An eps that is far larger than in life, so that its place shows in float32 too."""
    low_high = {"lr": (0.1, 0.4), "beta1": (0.6, 0.8), "beta2": (0.85, 0.95), "eps": (0.02, 0.1)}
    drawn = {name: float(np.float32(draw.rng.uniform(*ends))) for name, ends in low_high.items()}
    return {"v": draw.positive(n), "step": int(draw.rng.integers(2, 9)), **drawn}


def first_step(draw: Any, n: int) -> dict[str, Any]:
    return {**inputs(draw, n), "m": np.zeros(n), "v": np.zeros(n), "step": 1}


def never_moved(draw: Any, n: int) -> dict[str, Any]:
    return {**first_step(draw, n), "g": np.zeros(n)}


EXERCISE = Exercise(
    place=220,
    title="one step of Adam: a mean of the gradient over a mean of its size",
    function="adam",
    arguments=(
        read("g", "n"),
        change("m", "n"),
        change("v", "n"),
        change("w", "n"),
        number("lr"),
        number("beta1"),
        number("beta2"),
        number("eps"),
        number("step", "count"),
    ),
    oracle=oracle,
    rules=wrong,
    inputs=inputs,
    edges=(
        Edge("the first step: m and v are 0", first_step),
        Edge("the first step, and no gradient at all", never_moved),
    ),
    slack=32.0,
    cancels=("g", "m", "v", "w"),
    empty="n",
)
