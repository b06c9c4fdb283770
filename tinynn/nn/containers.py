"""Containers: Sequential runs modules one after the other, ModuleList only holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, overload

from tinynn.errors import DtypeError
from tinynn.nn.module import Module


class ModuleList(Module):
    """A list of modules whose parameters are found.

    Examples
    --------
    >>> from tinynn import nn
    >>> len(ModuleList([nn.Linear(2, 3), nn.Linear(3, 1)]))
    2
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self._size = 0
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> None:
        """Add one module at the end."""
        if not isinstance(module, Module):
            raise DtypeError(
                f"{type(self).__name__}: got {module!r}; needed a Module; try nn.ReLU() for an activation"
            )
        setattr(self, str(self._size), module)
        self._size += 1

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> list[Module]: ...
    def __getitem__(self, index: int | slice) -> Module | list[Module]:
        return list(self.children())[index]


class Sequential(ModuleList):
    """y = f_n(... f_2(f_1(x))).

    Examples
    --------
    >>> from tinynn import nn
    >>> Sequential(nn.Flatten(), nn.Linear(4, 2, activation="relu"))
    Sequential(
      (0): Flatten()
      (1): Linear(4, 2, activation='relu')
    )
    """

    def __init__(self, *modules: Module) -> None:
        super().__init__(modules)

    def forward(self, x: Any) -> Any:
        for module in self.children():
            x = module(x)
        return x
