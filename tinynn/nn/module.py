"""Module: a function with parameters and sub-modules, which are found by the names of its attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import numpy as np

from tinynn.autograd import Array, Handle, Variable
from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.nn.parameter import Parameter
from tinynn.tensor import as_array

Hook = Callable[[Any, tuple[Any, ...], Any], Any]


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
    buffer_names: tuple[str, ...] = ()
    _forward_hooks: dict[int, Hook] | None = None

    def forward(self, *args: Any, **options: Any) -> Any:
        raise DtypeError(f"{type(self).__name__}: has no forward; needed def forward(self, x)")

    def __call__(self, *args: Any, **options: Any) -> Any:
        y = self.forward(*args, **options)
        if self._forward_hooks:
            for hook in list(self._forward_hooks.values()):
                new = hook(self, args, y)
                y = y if new is None else new
        return y

    def register_forward_hook(self, hook: Hook) -> Handle:
        """Call `hook(module, args, y)` after every forward pass; what it returns replaces y.

        Returns a handle whose `remove()` takes the hook out again.

        Examples
        --------
        >>> layer, shapes = nn.Linear(2, 3), []
        >>> with layer.register_forward_hook(lambda module, args, y: shapes.append(y.shape)):
        ...     _ = layer(np.ones((5, 2), "float32"))
        >>> shapes
        [(5, 3)]
        """
        if self._forward_hooks is None:
            self._forward_hooks = {}
        return Handle(self._forward_hooks, hook)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse what would be forgotten in silence: parameters where nobody looks for them."""
        problem = _not_found(value) or _not_replaced(vars(self).get(name), value)
        if problem:
            raise DtypeError(f"{type(self).__name__}.{name}: {problem}")
        object.__setattr__(self, name, value)

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

    def num_parameters(self, trainable: bool = False) -> int:
        """How many numbers the parameters hold; with trainable=True without the frozen ones."""
        return sum(p.size for p in self.parameters() if p.requires_grad or not trainable)

    def register_buffer(self, name: str, array: Array) -> None:
        """Make `array` an attribute that is saved with the parameters but not learned."""
        setattr(self, name, np.asarray(array))
        self.buffer_names = (*self.buffer_names, name)

    def named_buffers(self) -> Iterator[tuple[str, Array]]:
        """(dotted name, array) of the state that is saved but not learned."""
        for prefix, module in self.named_modules():
            for name in module.buffer_names:
                yield (f"{prefix}.{name}" if prefix else name), getattr(module, name)

    def buffers(self) -> Iterator[Array]:
        for _, array in self.named_buffers():
            yield array

    # ---- changing all of it ------------------------------------------------------------------------

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call `function(module)` on every module, children first, this one last; returns self.

        Examples
        --------
        >>> def start_at_zero(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.init.zeros_(module.bias)
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)).apply(start_at_zero)
        >>> model[0].bias.tolist()
        [0.0, 0.0, 0.0]
        """
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def astype(self, dtype: Any) -> Self:
        """Parameters and buffers of floats in another float dtype; gradients are forgotten; returns self."""
        for parameter in self.parameters():
            parameter.data, parameter.grad = as_array(parameter.data.astype(dtype)), None
        for module in self.modules():
            for name in module.buffer_names:
                array = getattr(module, name)
                setattr(module, name, array.astype(dtype) if array.dtype.kind == "f" else array)
        return self

    def float(self) -> Self:
        """In float32."""
        return self.astype(np.float32)

    def double(self) -> Self:
        """In float64, in which gradients are checked."""
        return self.astype(np.float64)

    # ---- modes ------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Training mode (dropout drops, noise is added), or with False evaluation mode; returns self."""
        if not isinstance(mode, bool):
            raise ArgumentError(f"train: mode is {mode!r}; needed True or False")
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
        return {**{name: p.data for name, p in self.named_parameters()}, **dict(self.named_buffers())}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy arrays into the parameters and buffers of the same names; nothing is changed on error.

        Raises
        ------
        ArgumentError
            Names are missing or unexpected.
        ShapeError, DtypeError
            An array has another shape, or holds no numbers.
        """
        if not isinstance(state, Mapping):
            raise DtypeError(f"load_state_dict: the state is {type(state).__name__}; needed a dict of arrays")
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
            if new[name].dtype.kind not in "fiub":
                raise DtypeError(f"load_state_dict: {name} is {new[name].dtype}; needed numbers")
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

    def _repr_html_(self) -> str:
        """What a notebook shows: a table of layers, shapes and parameters."""
        from tinynn.display.tables import module_html

        return module_html(self)


def _not_found(value: Any) -> str:
    """Why parameters within `value` would never be found; empty where there is nothing to say."""
    if isinstance(value, Variable):
        if value._requires_grad and not isinstance(value, Parameter):
            return "got a tensor that collects its gradient but is no Parameter; try nn.Parameter(...)"
    elif isinstance(value, (list, tuple, set, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, (Module, Parameter)):
                where, what = type(value).__name__, type(item).__name__
                return f"got a {where} with a {what} in it, which nobody finds; try nn.ModuleList"
    return ""


def _not_replaced(old: Any, new: Any) -> str:
    """Why `new` must not take the place of `old`."""
    for kind, hint in ((Parameter, "nn.Parameter(...), or .data[...] = ..."), (Module, "another Module")):
        if isinstance(old, kind) and not (new is None or isinstance(new, kind)):
            return f"got {type(new).__name__} in place of a {kind.__name__}; try {hint}"
    return ""
