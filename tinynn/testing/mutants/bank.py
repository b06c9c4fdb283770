"""Mutant: one wrong rule, and the list of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

Kernel = Callable[..., Any]
Decorator = Callable[[Kernel], Kernel]


@dataclass(frozen=True)
class Mutant:
    """A wrong version of one kernel.

    Attributes
    ----------
    kernel : str
        The kernel it replaces.
    ops : tuple of str
        The ops whose rows must notice.
    mistake : str
        What was done wrong, as one would tell the learner.
    rule : callable (kernel, *arguments, **options)
        The wrong rule; `kernel` is the right one.
    """

    kernel: str
    ops: tuple[str, ...]
    mistake: str
    rule: Callable[..., Any]

    def of(self, kernel: Kernel) -> Kernel:
        """The wrong kernel made from the right one."""
        return partial(self.rule, kernel)


MUTANTS: list[Mutant] = []


def mutant(kernel: str, mistake: str, *ops: str) -> Decorator:
    """Add the decorated rule to the bank."""

    def add(rule: Kernel) -> Kernel:
        MUTANTS.append(Mutant(kernel, ops, mistake, rule))
        return rule

    return add
