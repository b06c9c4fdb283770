"""The bug hunt: one mutant of the bank is planted in a private copy of a kernel, and is to be found.

    hunt = Hunt(seed)
    hunt.kernel(dy, x, w, ...)      the planted kernel, to be called as one likes
    hunt.forward(x, w, ...)         the forward pass that it belongs to, which is right
    hunt.gradcheck()                each gradient against finite differences of the forward pass
    hunt.adjoint()                  <A x, dy> against <x, A' dy>, where the kernel is linear in dy
    hunt.picture()                  one gradient, its finite differences, and what is between them
    hunt.suspects                   what it may be
    hunt.answer(3)                  whether it is

Nothing is changed in tinynn: the copy belongs to the Hunt alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynn.backends import rung
from tinynn.errors import ArgumentError
from tinynn.testing.mutants import MUTANTS, Mutant
from tinynn.workshop.contract import Array

STEP = 1e-5  # of finite differences, in float64
WRONG = 1e-6  # relative: what finite differences cannot tell from right is ten times smaller
SUSPECTS = 8
MOST_TRIES = 200


@dataclass(frozen=True)
class Ground:
    """Where a mutant can hide: a kernel whose gradients can be held against its forward pass.

    `draw(rng)` gives the differentiable arrays by the names of the gradients ("x" for dx); `forward` and
    `backward` take them. Where the kernel has few mistakes of its own, those of the kernel `beside` it are
    suspected too; no two of their sentences say the same.
    """

    kernel: str
    draw: Callable[[np.random.Generator], dict[str, Array]]
    forward: Callable[[dict[str, Array]], Array]
    backward: Callable[[Callable[..., Any], Array, dict[str, Array]], dict[str, Array | None]]
    beside: str = ""


def drawn(**shapes: tuple[int, ...]) -> Callable[[np.random.Generator], dict[str, Array]]:
    return lambda rng: {name: rng.normal(size=shape) for name, shape in shapes.items()}


RELU = {"activation": "relu", "alpha": None}
CONV = {"stride": (2, 1), "padding": ((1, 1), (0, 0)), "dilation": (1, 1), "groups": 1, "flip": False}


def linear(v: dict[str, Array]) -> Any:
    return rung("numpy")["linear_forward"](v["x"], v["w"], v["b"], None, **RELU)


def linear_back(kernel: Callable[..., Any], dy: Array, v: dict[str, Array]) -> dict[str, Array | None]:
    needs = (True, True, True, False)
    found = kernel(dy, v["x"], v["w"], linear(v)[1], None, **RELU, needs=needs)
    return dict(zip(("x", "w", "b"), found, strict=False))


def conv(v: dict[str, Array]) -> Any:
    return rung("numpy")["conv2d_forward"](v["x"], v["w"], v["b"], None, **CONV, **RELU)


def conv_back(kernel: Callable[..., Any], dy: Array, v: dict[str, Array]) -> dict[str, Array | None]:
    needs = (True, True, True, False)
    found = kernel(dy, v["x"], v["w"], conv(v)[1], None, **CONV, **RELU, needs=needs)
    return dict(zip(("x", "w", "b"), found, strict=False))


POOL = {"kernel": (2, 2), "stride": (1, 2), "padding": (0, 0)}


def pool(v: dict[str, Array]) -> Any:
    return rung("numpy")["max_pool2d_forward"](v["x"], **POOL, ceil_mode=False)


def pool_back(kernel: Callable[..., Any], dy: Array, v: dict[str, Array]) -> dict[str, Array | None]:
    return {"x": kernel(dy, pool(v)[1], size=v["x"].shape[2:], **POOL)}


LABELS = np.array([2, 0, 1, 2, 4, 3, 2])
LOSS = {"label_smoothing": 0.1, "reduction": "mean"}


def loss(v: dict[str, Array]) -> Any:
    return rung("numpy")["cross_entropy_forward"](v["x"], LABELS, None, **LOSS)


def loss_back(kernel: Callable[..., Any], dy: Array, v: dict[str, Array]) -> dict[str, Array | None]:
    return {"x": kernel(dy, loss(v)[1], LABELS, None, **LOSS)}


def softmax(v: dict[str, Array]) -> Array:
    y: Array = rung("numpy")["softmax_forward"](v["x"])
    return y


def softmax_back(kernel: Callable[..., Any], dy: Array, v: dict[str, Array]) -> dict[str, Array | None]:
    return {"x": kernel(dy, softmax(v))}


GROUNDS = (
    Ground("linear_backward", drawn(x=(7, 5), w=(6, 5), b=(6,)), lambda v: linear(v)[0], linear_back),
    Ground("conv2d_backward", drawn(x=(3, 2, 7, 6), w=(4, 2, 3, 2), b=(4,)), lambda v: conv(v)[0], conv_back),
    Ground(
        "max_pool2d_backward",
        drawn(x=(2, 3, 6, 7)),
        lambda v: pool(v)[0],
        pool_back,
        "cross_entropy_backward",
    ),
    Ground(
        "cross_entropy_backward",
        drawn(x=(7, 5)),
        lambda v: np.asarray(loss(v)[0]),
        loss_back,
        "softmax_backward",
    ),
    Ground("softmax_backward", drawn(x=(7, 5)), softmax, softmax_back, "cross_entropy_backward"),
)


class Hunt:
    """One planted mistake. The same seed plants the same one.

    Attributes
    ----------
    name : str
        Of the kernel.
    suspects : list of str
        Mistakes, one of which it is.

    Raises
    ------
    ArgumentError
        The seed is no integer in 0..2**63-1.

    Examples
    --------
    >>> hunt = Hunt(1)
    >>> any(row["wrong"] for row in hunt.gradcheck())
    True
    """

    def __init__(self, seed: int) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
            raise ArgumentError(f"workshop: the seed of a hunt is {seed!r}; needed an integer in 0..2**63-1")
        rng = np.random.default_rng(seed)
        self.seed = seed
        for _ in range(MOST_TRIES):  # a mutant to which these shapes are blind is no prey
            self.ground = GROUNDS[int(rng.integers(len(GROUNDS)))]
            self.values = self.ground.draw(rng)
            self.dy = np.asarray(rng.normal(size=self.forward().shape))
            here = [m for m in MUTANTS if m.kernel == self.ground.kernel and self._shows(m)]
            if here:
                break
        prey = here[int(rng.integers(len(here)))]
        self._mistake = prey.mistake
        self.kernel = prey.of(rung("numpy")[self.ground.kernel])
        others = [m.mistake for m in here if m is not prey and self._differs(m)]
        beside = [m.mistake for m in MUTANTS if m.kernel == self.ground.beside]
        drawn = [pool[int(i)] for pool in (others, beside) for i in rng.permutation(len(pool))]
        chosen = drawn[: SUSPECTS - 1]
        self.suspects = [*chosen, prey.mistake]
        self.suspects = [self.suspects[int(i)] for i in rng.permutation(len(self.suspects))]

    @property
    def name(self) -> str:
        return self.ground.kernel

    def forward(self, **changed: Array) -> Array:
        """The forward pass, which is right; `changed` takes the place of arrays of that name."""
        return self.ground.forward({**self.values, **changed})

    def gradients(self) -> dict[str, Array]:
        """What the planted kernel gives."""
        return self._of(self.kernel)

    def differences(self) -> dict[str, Array]:
        """Central differences of <forward, dy>, element by element."""
        found = {}
        for name, value in self.values.items():
            slope = np.empty_like(value)
            for i in np.ndindex(value.shape):
                step = np.zeros_like(value)
                step[i] = STEP
                up, down = (self.forward(**{name: value + sign * step}) for sign in (1, -1))
                slope[i] = (self.dy * (up - down)).sum() / (2 * STEP)
            found[name] = slope
        return found

    def gradcheck(self) -> list[dict[str, Any]]:
        """Per gradient: how far it is from finite differences, and where the most."""
        rows = []
        slopes = self.differences()
        for name, got in self.gradients().items():
            off = np.abs(got - slopes[name])
            worst = np.unravel_index(int(off.argmax()), off.shape)
            relative = float(off.max() / max(np.abs(slopes[name]).max(), 1e-12))
            rows.append(
                {
                    "gradient": f"d{name}",
                    "wrong": relative > 10 * WRONG,
                    "error": relative,
                    "elements": int((off > 10 * WRONG * np.abs(slopes[name]).max()).sum()),
                    "of": int(off.size),
                    "worst": [int(i) for i in worst],
                    "got": float(got[worst]),
                    "differences": float(slopes[name][worst]),
                }
            )
        return rows

    def adjoint(self) -> list[dict[str, Any]]:
        """Per gradient: <J v, dy> by one finite difference along a random v, against <v, J' dy>."""
        rng = np.random.default_rng(self.seed)
        rows = []
        for name, got in self.gradients().items():
            v = rng.normal(size=got.shape)
            up, down = (self.forward(**{name: self.values[name] + sign * STEP * v}) for sign in (1, -1))
            left = float((self.dy * (up - down)).sum() / (2 * STEP))
            right = float((v * got).sum())
            wrong = abs(left - right) > 100 * WRONG * (abs(left) + abs(right))
            rows.append({"gradient": f"d{name}", "left": left, "right": right, "wrong": wrong})
        return rows

    def picture(self) -> Any:
        """Of the gradient that is furthest off, the plane with the worst element."""
        from tinynn import viz

        slopes, found = self.differences(), self.gradients()
        row = max(self.gradcheck(), key=lambda row: row["error"])
        name = row["gradient"][1:]
        plane = tuple(row["worst"][:-2])
        got, slope = (np.atleast_2d(a[name][plane]) for a in (found, slopes))
        at = f"[{', '.join(map(str, plane))}]" if plane else ""
        return viz.matrices(
            [(f"d{name}{at}", got), "-", ("by differences", slope), "=", ("what is wrong", got - slope)],
            title=f"{self.name} of seed {self.seed}",
        )

    def answer(self, number: int) -> bool:
        """Whether suspect `number`, counted from 1, is the one.

        Raises
        ------
        ArgumentError
            There is no such suspect.
        """
        if not 1 <= number <= len(self.suspects):
            raise ArgumentError(
                f"workshop: the answer is {number}; needed a suspect, 1 to {len(self.suspects)}"
            )
        return self.suspects[number - 1] == self._mistake

    def _of(self, kernel: Callable[..., Any]) -> dict[str, Array]:
        found = self.ground.backward(kernel, self.dy, self.values)
        return {name: np.asarray(g) for name, g in found.items() if g is not None}

    def _shows(self, mutant: Mutant) -> bool:
        """Whether a mutant does anything here, and gives gradients of the right shapes."""
        right = rung("numpy")[self.ground.kernel]
        return self._apart(mutant.of(right), right)

    def _differs(self, mutant: Mutant) -> bool:
        """Whether a mutant is told apart from the one that is planted."""
        return self._apart(mutant.of(rung("numpy")[self.ground.kernel]), self.kernel)

    def _apart(self, one: Callable[..., Any], other: Callable[..., Any]) -> bool:
        try:
            a, b = self._of(one), self._of(other)
        except (ValueError, IndexError, TypeError, KeyError):
            return False
        if a.keys() != b.keys() or any(a[n].shape != b[n].shape for n in a):
            return False
        return any(
            not np.abs(a[n] - b[n]).max(initial=0.0) <= 1e-4 * np.abs(b[n]).max(initial=0.0) for n in a
        )
