"""Parameters that are functions of other parameters: w = H(u).

u [Nu x 1] -> w = H(u) [Nw x 1] -> C(w). Backpropagation goes one step further than usual,

    dC/du = dC/dw dH/du        [1 x Nu] = [1 x Nw] [Nw x Nu]

and nothing in the engine has to know: H is made of ordinary ops, and u is the leaf that collects the
gradient. What an optimiser changes, and what `state_dict` holds, is u.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.autograd import Array, Variable
from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.nn.module import Module
from tinynn.nn.parameter import Parameter


class Parametrization(Module):
    """w = H(u), computed anew whenever w is asked for; made by `parametrize`.

    Attributes
    ----------
    u : Parameter
    transform : Module or function
        H. Where it is a Module, its own parameters are learned too.
    """

    def __init__(self, u: Parameter, transform: Callable[[Any], Any]) -> None:
        self.u = u
        self.transform = transform

    def forward(self) -> Any:
        return self.transform(self.u)

    def __repr__(self) -> str:
        h = self.transform
        name = repr(h) if isinstance(h, Module) else getattr(h, "__name__", type(h).__name__)
        return f"H(u), u {self.u.shape}, H = {name}"


def parametrize(module: Module, name: str, transform: Callable[[Any], Any], u: Any = None) -> Parametrization:
    """Replace the parameter `name` of `module` by w = H(u).

    From then on `module.name` is H(u), computed anew at every use, and the parameter found under the name
    `name.u` is u. Hand the parameters to an optimiser afterwards. To change the weights by hand, or with
    nn.init, change u.

    Parameters
    ----------
    module : Module
    name : str
        One of its own parameters: "weight", not "0.weight".
    transform : Module or function of a Tensor
        H, made of differentiable ops. H(u) needs the shape and dtype of the parameter it replaces.
    u : array, or a Parameter that another parametrization uses too; optional
        Where u starts. By default `transform.right_inverse(w)` where H has one, else w itself.

    Returns
    -------
    Parametrization
        Its attribute `u` is the parameter that is learned.

    Raises
    ------
    ArgumentError
        There is no such parameter, or it is H(u) already.
    DtypeError, ShapeError
        H(u) cannot take the place of w.

    Examples
    --------
    >>> layer = nn.Linear(2, 1, bias=False)
    >>> positive = nn.parametrize(layer, "weight", F.exp, u=[[0.0, np.log(2.0)]])
    >>> layer.weight.numpy().round(3).tolist(), list(layer.state_dict())
    ([[1.0, 2.0]], ['weight.u'])
    >>> layer(np.ones((1, 2), "float32")).sum().backward()
    >>> positive.u.grad.numpy().round(3).tolist()         # dC/du = dC/dw dw/du = exp(u)
    [[1.0, 2.0]]
    >>> nn.remove_parametrization(layer, "weight").numpy().round(3).tolist()
    [[1.0, 2.0]]
    """
    if not isinstance(module, Module):
        raise DtypeError(f"parametrize: got {type(module).__name__}; needed a Module")
    old = vars(module).get(name)
    if isinstance(old, Parametrization):
        raise ArgumentError(f"parametrize: {name} is H(u) already; try one H that does both, nn.Sequential")
    if not isinstance(old, Parameter):
        raise ArgumentError(f"parametrize: {type(module).__name__} has no parameter {name!r}; {_own(module)}")
    if not callable(transform):
        raise DtypeError(f"parametrize: H is {transform!r}; needed a Module or a function of u")
    new = Parametrization(_start(old, transform, u), transform)
    _check_result(name, old, new())
    vars(module)[name] = new  # the property below answers first; modules and parameters are found here
    _declare(module, name)
    return new


def remove_parametrization(module: Module, name: str) -> Parameter:
    """Make `module.name` a plain parameter again, with the value that H(u) has now; returns it.

    Raises
    ------
    ArgumentError
        It is no H(u).
    """
    held = vars(module).get(name) if isinstance(module, Module) else None
    if not isinstance(held, Parametrization):
        raise ArgumentError(f"remove_parametrization: {name!r} is no H(u); needed one made by nn.parametrize")
    w = Parameter(np.array(held().data), held.u.requires_grad)
    vars(module)[name] = w
    _declare(module)
    return w


def _own(module: Module) -> str:
    names = ", ".join(k for k, v in vars(module).items() if isinstance(v, Parameter))
    return f"it has {names or 'none of its own; try one of its layers'}"


def _start(w: Parameter, transform: Any, u: Any) -> Parameter:
    """Where u starts."""
    if isinstance(u, Parameter):
        return u
    if u is None:
        u = transform.right_inverse(w.data) if hasattr(transform, "right_inverse") else w.data
    return Parameter(np.array(u.data if isinstance(u, Variable) else u, w.dtype), w.requires_grad)


def _check_result(name: str, old: Parameter, w: Any) -> None:
    if not isinstance(w, Variable):
        raise DtypeError(f"parametrize: H(u) is {type(w).__name__}; needed a Tensor; try ops of tinynn")
    if w.data.shape != old.shape:
        raise ShapeError(f"parametrize: H(u) is {w.data.shape} but {name} is {old.shape}; try another u")
    if w.data.dtype != old.dtype:
        raise DtypeError(f"parametrize: H(u) is {w.data.dtype} but {name} is {old.dtype}; needed the same")


def _declare(module: Module, *added: str) -> None:
    """Give the module the class whose properties compute what is H(u) now."""
    base: Any = getattr(type(module), "_unparametrized", type(module))
    names = sorted({*added, *(k for k, v in vars(module).items() if isinstance(v, Parametrization))})
    module.__class__ = _computing(base, tuple(names)) if names else base


@cache
def _computing(base: type[Module], names: tuple[str, ...]) -> type[Module]:
    """A class like `base` in which each of these names is H(u).

    A property of the class is asked before the attributes of the instance, among which the Parametrization
    stands under the same name: so it is found as a child, while `module.weight` is its value.
    """

    def setattr_(self: Module, name: str, value: Any) -> None:
        if name in names:
            raise ArgumentError(f"{base.__name__}.{name}: is H(u); try its u, or nn.remove_parametrization")
        base.__setattr__(self, name, value)

    def value_of(name: str) -> property:
        return property(lambda self: _unless_lost(vars(self)[name]))

    body = {name: value_of(name) for name in names}
    kept = {"__module__": base.__module__, "__doc__": base.__doc__, "__setattr__": setattr_}
    return type(base.__name__, (base,), {**kept, **body, "_unparametrized": base})


def _unless_lost(held: Parametrization) -> Any:
    """H(u), read-only where no graph says that it was computed: nobody would see what is written into it."""
    w = held()
    if w.node is None and w is not held.u:
        w = w.detach()
        w.data = w.data.view()
        w.data.flags.writeable = False
    return w


class SharedWeight(Module):
    """w[i] = u[map[i]]: one number used in many places, the Y branch.

    What goes forward as a copy comes back as a sum: du[k] = sum over all i with map[i] = k of dw[i].

    Parameters
    ----------
    index_map : array of int, the shape of w
        Which u each weight is. -1: none, the weight is 0 (there is no connection).

    Raises
    ------
    DtypeError, ArgumentError

    Examples
    --------
    >>> layer = nn.Linear(4, 1, bias=False)
    >>> shared = nn.parametrize(layer, "weight", nn.SharedWeight([[0, 0, 1, 1]]), u=[3.0, 5.0])
    >>> layer.weight.tolist()
    [[3.0, 3.0, 5.0, 5.0]]
    >>> layer(np.array([[1.0, 2.0, 10.0, 20.0]], "float32")).sum().backward()
    >>> shared.u.grad.tolist()
    [3.0, 30.0]

    A fully connected layer whose map is a band is a convolution:

    >>> band = nn.SharedWeight([[0, 1, -1], [-1, 0, 1]])
    >>> band(tn.tensor([3.0, 5.0])).tolist()
    [[3.0, 5.0, 0.0], [0.0, 3.0, 5.0]]
    """

    def __init__(self, index_map: Any) -> None:
        array = np.asarray(index_map.data if isinstance(index_map, Variable) else index_map)
        if array.dtype.kind not in "iu":
            raise DtypeError(f"SharedWeight: the index map is {array.dtype}; needed integers")
        if not array.size or array.min() < -1 or array.max() < 0:
            got = f"{array.min()}..{array.max()}" if array.size else "nothing"
            raise ArgumentError(f"SharedWeight: the index map holds {got}; needed 0, 1, ..., or -1 for a 0")
        self.index_map = array.astype(np.int64)
        self.size = int(array.max()) + 1

    @property
    def uses(self) -> Array:
        """How often each u is used, (size,)."""
        return np.bincount(self.index_map[self.index_map >= 0], minlength=self.size)

    def forward(self, u: Any) -> Any:
        if u.ndim < 1 or len(u) != self.size:
            raise ShapeError(f"SharedWeight: u is {u.shape} but the map names {self.size}; needed as many")
        if (self.index_map < 0).any():
            u = F.pad(u, ((0, 1), *((0, 0),) * (u.ndim - 1)))  # index -1 is then this 0
        return F.getitem(u, self.index_map)

    def right_inverse(self, w: Array) -> Array:
        """The u to begin with: each takes its value from the first place where it is used."""
        if w.shape != self.index_map.shape:
            raise ShapeError(f"SharedWeight: the index map is {self.index_map.shape} but w is {w.shape}")
        used, first = np.unique(self.index_map, return_index=True)
        u = np.zeros(self.size, w.dtype)
        u[used[used >= 0]] = w.reshape(-1)[first[used >= 0]]
        return u

    def extra_repr(self) -> str:
        return f"{self.size} -> {self.index_map.shape}"
