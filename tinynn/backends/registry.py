"""Which kernel answers: choose a backend, force one, ask, or put your own kernel in place of ours.

A kernel is looked up by name in this order:

    tn.use_kernel("linear_backward", fn)      anybody's function, inside the `with`
    tn.use_backend("cython")                  the rung asked for, inside the `with`
    native, then NumPy                        the default

`cython` has the ops of which a learner would write the loops; the others it takes from the default
order, and with `strict=True` it refuses instead. The choice lives in a ContextVar: it belongs to the
running thread (or task), never to the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from typing import Any

from tinynn.backends import installation
from tinynn.errors import ArgumentError, BackendError

Kernel = Callable[..., Any]
BACKENDS = ("numpy", "cython", "native")
_ADAPTERS = {
    "numpy": "tinynn.backends.numpy_rung",
    "cython": "tinynn.backends.cython_rung",
    "native": "tinynn.backends.native",
}


@cache
def rung(backend: str) -> Mapping[str, Kernel]:
    """The kernels of one backend by name; empty where it was not built.

    Raises
    ------
    BackendError
        The backend is there but cannot run (for instance TINYNN_TARGET names a target this machine lacks).
    """
    table: Mapping[str, Kernel] = import_module(_ADAPTERS[backend]).KERNELS
    return table


class Lookups(dict[str, Kernel]):
    """The kernels found so far; one that is missing is looked for, once."""

    def __init__(self, find: Callable[[str], Kernel]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> Kernel:
        kernel = self[name] = self._find(name)
        return kernel


class Choice:
    """The kernels in force: a backend, and the overrides over it."""

    def __init__(
        self,
        backend: str | None = None,
        strict: bool = False,
        overrides: Mapping[str, Kernel] | None = None,
        watch: Callable[[str, Kernel], Kernel] | None = None,
    ) -> None:
        self.backend = backend  # None: native where it was built, else NumPy
        self.strict = strict
        self.overrides = overrides or {}
        self.watch = watch
        self.table = Lookups(self._find if watch is None else lambda name: watch(name, self._find(name)))

    def _find(self, name: str) -> Kernel:
        if name in self.overrides:
            return self.overrides[name]
        order = ("native", "numpy") if self.backend is None else (self.backend, "native", "numpy")
        for backend in order[:1] if self.strict else order:
            if name in rung(backend):
                return rung(backend)[name]
        if name in rung("numpy"):
            raise BackendError(
                f"use_backend: {name} has no {self.backend} version; try strict=False, "
                f"or one of {', '.join(b for b in BACKENDS if name in rung(b))}"
            )
        raise AttributeError(name)


_choice: ContextVar[Choice] = ContextVar("tinynn_kernels", default=Choice())  # noqa: B039 (its table is meant to be shared)


class Kernels:
    """`kernels.linear_forward(...)` calls whichever kernel of that name is in force.

    `__getattribute__`, not `__getattr__`: asked first, it takes 0.07 us where the other, asked after all
    else has failed, takes 0.5; a training step asks twice per layer and once per parameter.
    """

    def __getattribute__(self, name: str) -> Kernel:
        return _choice.get().table[name]


kernels = Kernels()


def available_backends() -> tuple[str, ...]:
    """The backends that can be used here, slowest first."""
    return tuple(b for b in BACKENDS if rung(b))


def current_backend() -> str:
    """The backend that answers first."""
    chosen = _choice.get().backend
    if chosen is not None:
        return chosen
    return "native" if rung("native") else "numpy"


@contextmanager
def use_backend(backend: str, *, strict: bool = False) -> Iterator[None]:
    """Run the body on one backend.

    Parameters
    ----------
    backend : {"numpy", "cython", "native"}
    strict : bool
        Raise where an op has no version on this backend, instead of taking native's or NumPy's.

    Raises
    ------
    ArgumentError
        An unknown name.
    BackendError
        The backend was not built here.

    Examples
    --------
    >>> with use_backend("numpy"):
    ...     current_backend()
    'numpy'
    """
    if backend not in BACKENDS:
        raise ArgumentError(f"use_backend: got {backend!r}; needed one of {', '.join(BACKENDS)}")
    if not rung(backend):
        raise BackendError(
            f"use_backend: {backend} was not built here; available: {', '.join(available_backends())}; "
            f"{installation.why_no_native()}"
        )
    old = _choice.get()
    with _in_force(Choice(backend, strict, old.overrides, old.watch)):
        yield


@contextmanager
def use_kernel(name: str, function: Kernel) -> Iterator[None]:
    """Put `function` in place of the kernel `name` for the body of the `with`.

    It is called with the kernel's own arguments: see tinynn/backends/numpy_rung for each contract.

    Raises
    ------
    ArgumentError
        No kernel has this name, or `function` cannot be called.
    """
    if name not in rung("numpy"):
        from difflib import get_close_matches

        near = " or ".join(get_close_matches(str(name), rung("numpy"))) or "one of `tinynn info --ops`"
        raise ArgumentError(f"use_kernel: no kernel is called {name!r}; try {near}")
    if not callable(function):
        raise ArgumentError(f"use_kernel: {name} got {function!r}; needed a function")
    old = _choice.get()
    with _in_force(Choice(old.backend, old.strict, {**old.overrides, name: function}, old.watch)):
        yield


def native_alone() -> bool:
    """Whether every kernel that is asked for now is the native one."""
    chosen = _choice.get()
    return chosen.backend in (None, "native") and not chosen.overrides and bool(rung("native"))


@contextmanager
def watch_kernels(watch: Callable[[str, Kernel], Kernel]) -> Iterator[None]:
    """Within: whichever kernel is in force, `watch(name, kernel)` is what is called in its place."""
    old = _choice.get()
    with _in_force(Choice(old.backend, old.strict, old.overrides, watch)):
        yield


@contextmanager
def _in_force(choice: Choice) -> Iterator[None]:
    token = _choice.set(choice)
    try:
        yield
    finally:
        _choice.reset(token)
