"""Random state: a seed and a counter, nothing else.

tinynn draws every number from Philox4x32-10, a counter-based generator: number i of a stream is a
function of (seed, i). So a generator is two integers, a resumed run continues bit for bit, and the
eager and the compiled step agree. The numbers themselves come from the kernels `philox_uniform`,
`philox_normal` and `dropout`; this module only deals out counters, and everybody may import it.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from operator import index
from typing import SupportsIndex

from tinynn.errors import ArgumentError

__all__ = ["Generator", "default_generator", "initial_seed", "manual_seed"]


class Generator:
    """A stream of random numbers: `seed` names it, `offset` says how far it has been read.

    Parameters
    ----------
    seed : int
        0 <= seed < 2**64.

    Examples
    --------
    >>> g = Generator(7)
    >>> g.reserve(10), g.reserve(1)
    ((7, 0), (7, 10))
    """

    def __init__(self, seed: SupportsIndex = 0) -> None:
        self._lock = threading.Lock()
        self._state = 0, 0
        self.manual_seed(seed)

    @property
    def seed(self) -> int:
        """The name of the stream."""
        return self.get_state()[0]

    @property
    def offset(self) -> int:
        """How far it has been read."""
        return self.get_state()[1]

    def manual_seed(self, seed: SupportsIndex) -> Generator:
        """Start the stream named `seed` from its beginning."""
        self.set_state((word("manual_seed", seed), 0))
        return self

    def reserve(self, n: int) -> tuple[int, int]:
        """Take n counter values out of the stream; returns (seed, first counter)."""
        with self._lock:
            seed, offset = self.get_state()
            self._put((seed, (offset + n) % 2**64))
        return seed, offset

    def get_state(self) -> tuple[int, int]:
        """(seed, offset): all there is to know."""
        return _apart.get().get(self, self._state)

    def set_state(self, state: tuple[int, int]) -> None:
        """Continue exactly where `get_state` was taken."""
        seed, offset = state
        self._put((word("set_state", seed), word("set_state", offset)))

    def _put(self, state: tuple[int, int]) -> None:
        apart = _apart.get()
        if self in apart:
            apart[self] = state
        else:
            self._state = state

    def __deepcopy__(self, memo: dict[int, object]) -> Generator:
        """A stream of its own that goes on from the same place."""
        new = memo[id(self)] = Generator()
        new.set_state(self.get_state())
        return new

    def __repr__(self) -> str:
        return f"Generator(seed={self.seed}, offset={self.offset})"


#: The generators that this thread has set apart, and their states there.
_apart: ContextVar[dict[Generator, tuple[int, int]]] = ContextVar("apart", default={})  # noqa: B039


@contextmanager
def set_apart(generators: Iterable[Generator]) -> Iterator[None]:
    """Inside, this thread has copies of these streams; the streams go on as other threads leave them.

    Examples
    --------
    >>> g = Generator(7)
    >>> with set_apart([g]):
    ...     g.manual_seed(8).reserve(10)
    (8, 0)
    >>> g
    Generator(seed=7, offset=0)
    """
    token = _apart.set({**_apart.get(), **{g: g.get_state() for g in generators}})
    try:
        yield
    finally:
        _apart.reset(token)


def word(who: str, value: SupportsIndex) -> int:
    """The value as an integer of 64 bits without a sign: what a seed or a counter may be.

    Raises
    ------
    ArgumentError
    """
    try:
        number = index(value)
    except TypeError:
        number = -1
    if isinstance(value, bool) or not 0 <= number < 2**64:
        raise ArgumentError(f"{who}: got {value!r}; needed an integer in 0..2**64-1")
    return number


default_generator = Generator(0)


def manual_seed(seed: SupportsIndex) -> Generator:
    """Seed the default generator, from which initialisers, dropout and noise draw; returns it."""
    return default_generator.manual_seed(seed)


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.seed
