"""The errors of tinynn: each says who, what it got, what it needed, and what to try.

Every class also derives from the built-in error a Python user would catch, so `except ValueError`
works as expected.
"""

from __future__ import annotations


class TinynnError(Exception):
    """Base of all errors that tinynn raises on purpose."""


class ShapeError(TinynnError, ValueError):
    """Shapes that do not fit together."""


class DtypeError(TinynnError, TypeError):
    """An array of the wrong dtype, or something that is no array."""


class ArgumentError(TinynnError, ValueError):
    """An option outside what is allowed."""


class PickError(TinynnError, IndexError):
    """An index, slice or mask that does not fit the array it is to pick from."""


class FormatError(TinynnError, ValueError):
    """A data file that is damaged, truncated, mislabelled or hostile."""


class DataError(TinynnError, FileNotFoundError):
    """Data that is not where it was looked for; says which file to put where."""


class BackendError(TinynnError, RuntimeError):
    """A backend, kernel or target that is not to be had here."""


class GraphError(TinynnError, RuntimeError):
    """A backward pass that cannot run: no graph, a freed graph, a missing cotangent."""


class GradcheckError(TinynnError, AssertionError):
    """A gradient that differs from finite differences, or a check that checked nothing."""


class NonFiniteError(TinynnError, ArithmeticError):
    """A loss or value became NaN or infinite; says the step and the first layer that made it."""


class CompileError(TinynnError, RuntimeError):
    """A training step that cannot be recorded as a list of kernel calls; says which line of it and why."""
