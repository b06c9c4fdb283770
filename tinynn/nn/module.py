"""Module: parameters and sub-modules by name; Parameter: a tensor that an optimiser may change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np

from tinynn.autograd import Array
from tinynn.errors import ArgumentError, ShapeError
from tinynn.tensor import Tensor


class Parameter(Tensor):
    """A leaf tensor with requires_grad=True that belongs to a Module."""

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, *, dtype: Any = None) -> None:
        super().__init__(data, requires_grad, dtype=dtype)

    def __repr__(self) -> str:
        return f"Parameter{super().__repr__().removeprefix('Tensor')}"


class Module:
    """A function with parameters: subclasses write `__init__` and `forward`.

    Parameters and sub-modules are found where they stand, as attributes, in the order they were set.

    Examples
    --------
    >>> from tinynn import nn
    >>> class Twice(nn.Module):
    ...     def __init__(self):
    ...         self.inner = nn.Linear(2, 2)
    ...     def forward(self, x):
    ...         return self.inner(self.inner(x))
    >>> [name for name, _ in Twice().named_parameters()]
    ['inner.weight', 'inner.bias']
    """

    training: bool = True

    def forward(self, *args: Any) -> Any:
        raise TypeError(f"{type(self).__name__}: has no forward; needed def forward(self, x)")

    def __call__(self, *args: Any) -> Any:
        return self.forward(*args)

    # ---- what it holds -----------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) of the modules that are attributes of this one."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def children(self) -> Iterator[Module]:
        for _, child in self.named_children():
            yield child

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it, each once, with dotted names."""
        seen: set[int] = set()
        stack: list[tuple[str, Module]] = [(prefix, self)]
        while stack:
            name, module = stack.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield name, module
            below = [(f"{name}.{n}" if name else n, child) for n, child in module.named_children()]
            stack.extend(reversed(below))

    def modules(self) -> Iterator[Module]:
        for _, module in self.named_modules():
            yield module

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """(dotted name, parameter), each parameter once even where it is shared."""
        seen: set[int] = set()
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Parameter) and id(value) not in seen:
                    seen.add(id(value))
                    yield (f"{prefix}.{name}" if prefix else name), value

    def parameters(self) -> Iterator[Parameter]:
        for _, parameter in self.named_parameters():
            yield parameter

    def buffers(self) -> Iterator[tuple[str, Array]]:
        """(dotted name, array) of the state that is saved but not learned."""
        for prefix, module in self.named_modules():
            for name in getattr(module, "buffer_names", ()):
                yield (f"{prefix}.{name}" if prefix else name), getattr(module, name)

    # ---- modes ------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Training mode (dropout drops, noise is added), or with False evaluation mode; returns self."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Evaluation mode; returns self."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze (False) or thaw all parameters; returns self."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for parameter in self.parameters():
            parameter.grad = None

    # ---- saving -----------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Array]:
        """Name -> array of all parameters and buffers; the arrays are the module's own, not copies."""
        return {**{name: p.data for name, p in self.named_parameters()}, **dict(self.buffers())}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy arrays into the parameters and buffers of the same names; nothing is changed on error.

        Raises
        ------
        ArgumentError
            Names are missing or unexpected.
        ShapeError
            An array has another shape.
        """
        own = self.state_dict()
        missing, extra = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
        if missing or extra:
            raise ArgumentError(
                f"load_state_dict: missing {missing or 'nothing'}, unexpected {extra or 'nothing'}"
            )
        new = {name: np.asarray(state[name]) for name in own}
        for name, array in own.items():
            if new[name].shape != array.shape:
                raise ShapeError(f"load_state_dict: {name} is {new[name].shape}; needed {array.shape}")
        for name, array in own.items():
            array[...] = new[name]

    def extra_repr(self) -> str:
        """What stands between the brackets of a module without children."""
        return ""

    def __repr__(self) -> str:
        lines = [f"  ({name}): {child!r}".replace("\n", "\n  ") for name, child in self.named_children()]
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        return "\n".join([f"{type(self).__name__}(", *lines, ")"])
