"""Whether ops record the graph: `no_grad` and `enable_grad`. Belongs to the thread, importable by all."""

from __future__ import annotations

from contextlib import ContextDecorator
from contextvars import ContextVar, Token
from types import TracebackType

recording: ContextVar[bool] = ContextVar("tinynn_recording", default=True)


def is_grad_enabled() -> bool:
    """True where ops record what backward needs."""
    return recording.get()


class _Recording(ContextDecorator):
    wanted: bool

    def __init__(self) -> None:
        self._tokens: list[Token[bool]] = []

    def _recreate_cm(self) -> _Recording:
        """What ContextDecorator enters per call of a decorated function: never one object in two threads."""
        return type(self)()

    def __enter__(self) -> None:
        self._tokens.append(recording.set(self.wanted))

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        recording.reset(self._tokens.pop())


class no_grad(_Recording):  # noqa: N801 (the field's name)
    """Compute without recording: a context manager and a decorator.

    Examples
    --------
    >>> import tinynn as tn
    >>> w = tn.ones(2, requires_grad=True)
    >>> with tn.no_grad():
    ...     (w * 2).requires_grad
    False
    """

    wanted = False


class enable_grad(_Recording):  # noqa: N801
    """Record again inside a `no_grad`."""

    wanted = True
