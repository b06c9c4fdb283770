"""Containers: Sequential runs modules one after the other, ModuleList only holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self, overload

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
        self.extend(modules)

    def append(self, module: Module) -> Self:
        """Add one module at the end; returns self."""
        setattr(self, str(self._size), self._checked(module))
        self._size += 1
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end; returns self."""
        for module in modules:
            self.append(module)
        return self

    def _checked(self, module: Any) -> Module:
        if not isinstance(module, Module):
            raise DtypeError(
                f"{type(self).__name__}: got {module!r}; needed a Module; try nn.ReLU() for an activation"
            )
        return module

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> ModuleList: ...
    def __getitem__(self, index: int | slice) -> Module | ModuleList:
        """One module, or a container with a part of them."""
        found = list(self.children())[index]
        if isinstance(found, Module):
            return found
        part = Sequential() if isinstance(self, Sequential) else ModuleList()
        return part.extend(found)

    def __setitem__(self, index: int, module: Module) -> None:
        """Put another module in the place of one."""
        setattr(self, str(range(self._size)[index]), self._checked(module))


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
        for module in vars(self).values():
            if isinstance(module, Module):
                x = module(x)
        return x
