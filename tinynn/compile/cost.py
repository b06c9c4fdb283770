"""What each kernel computes, on what shapes, and what that costs: one row per kernel of csrc/kernels.def.

A row names every array of the kernel with its shape, in the letters of kernels.def, and gives for each
result the formula and the FLOPs. What a call leaves out (a null array) costs nothing and is not shown:

    [b: + b]     stands there where the argument b is given, and is not 0; [!b:...] where it is not
    act, op      the name of the formula that the call was given; act(...) of the identity is what is in it
    dz           dy act'(z), and dy itself for the identity

FLOPs are the leading term. A multiply-add counts two; in what runs over elements every operation counts
one, be it a sum, a root or an exponential. Bytes are those of every array once, and twice where it is read
and written: the least that has to move, if nothing is still near from an earlier call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from math import isclose, prod
from typing import Any

from tinynn.backends import native
from tinynn.compile.program import Call, Parameter, Place, catalogue
from tinynn.compile.rows import ROWS

# The members of a ConvShape and a PoolShape, in the order of kernels.h.
CONV = re.findall(
    r"\w+", "n h w c o kh kw oh ow stride_h stride_w pad_top pad_left dilation_h dilation_w groups flip"
)
POOL = re.findall(r"\w+", "n h w c oh ow kh kw stride_h stride_w pad_h pad_w")
BYTES = {"std::uint8_t": 1, "std::int32_t": 4, "std::int64_t": 8}
FLOATS = {"float32": 4, "float64": 8}


@dataclass(frozen=True)
class Use:
    """An array as one call uses it.

    Attributes
    ----------
    parameter : str
    place : Place
    shape : tuple of int
    nbytes : int
        From its beginning to its end.
    moved : int
        Bytes that go to or from it.
    read, written : bool
    """

    parameter: str
    place: Place
    shape: tuple[int, ...]
    nbytes: int
    moved: int
    read: bool
    written: bool


@dataclass(frozen=True)
class Parsed:
    """A row, read: array -> its shape as text; what of it is touched, where that is less."""

    shapes: dict[str, str]
    results: dict[str, tuple[str, str]]
    touched: dict[str, str] = field(default_factory=dict)


@cache
def row(kernel: str) -> Parsed:
    """The row of a kernel."""
    arrays, results, *touched = ROWS[kernel]
    return Parsed(dict(re.findall(r"(\w+)\[([^]]*)\]", arrays)), results, *touched)


def sizes(call: Call) -> dict[str, Any]:
    """The letters of a call: its sizes by name, those inside a ConvShape or PoolShape too."""
    found: dict[str, Any] = {}
    for parameter in catalogue()[call.kernel]:
        value = call.arguments[parameter.name]
        if parameter.type.endswith("&"):
            found |= dict(zip(CONV if "Conv" in parameter.type else POOL, value, strict=True))
        elif isinstance(value, (int, tuple)):
            found[parameter.name] = value
    if "widths" in found:  # of a chain of layers; the last has no layer behind it
        widths = found["widths"]
        products = [k * n for k, n in pairwise(widths)]
        found |= {"first": widths[0], "last": widths[-1], "products": sum(products)}
        found["first_product"] = products[0] if products else 0
    if "sizes" in found:  # of several parameters
        found["total"] = sum(found["sizes"])
    if "reduction" in found:  # a loss is one number, or one per row or element
        found["losses"] = 1 if found["reduction"] else found.get("m", found.get("n"))
    return found


def shape_of(text: str, letters: dict[str, Any]) -> tuple[int, ...]:
    """ "m,c/groups" with these letters as numbers.

    "shape" stands for a list of them, "shape:stride" for the same without what a stride of 0 repeats. What is
    1 because there is but one matrix, or one dimension, is left out.
    """
    if text.startswith("shape"):
        strides = letters[text[6:]] if ":" in text else letters["shape"]
        return tuple(n if s or n == 0 else 1 for n, s in zip(letters["shape"], strides, strict=True))
    line = letters.get("h") == letters.get("oh") == letters.get("kh") == 1  # one dimension, as in kernels.h
    unseen = ("g", "inner", "outer", *(("h", "oh", "kh", "oh/ph") if line else ()))
    named = [(letter, _factor(letter, letters)) for letter in text.split(",")]
    return tuple(n for letter, n in named if n != 1 or letter not in unseen)


def _factor(text: str, letters: dict[str, Any]) -> int:
    above, _, below = text.partition("/")
    number = (
        int(above)
        if above.lstrip("-").isdigit()
        else prod(shape_of("shape", letters))
        if above == "shape"
        else 0
    )
    number = number or int(letters.get(above, 0))
    return number // int(letters[below]) if below else number


def uses(call: Call) -> list[Use]:
    """The arrays of a call, in the order of its parameters."""
    letters, table = sizes(call), row(call.kernel)
    found = []
    for parameter, layer, place in _places(call):
        if layer is not None and "sizes" in letters:
            letters["n"] = letters["sizes"][layer]
        elif layer is not None:
            letters |= {"k": letters["widths"][layer], "n": letters["widths"][layer + 1]}
        shape = shape_of(table.shapes[parameter.name], letters)
        element = element_bytes(parameter, call.dtype)
        touched = shape_of(table.touched.get(parameter.name, table.shapes[parameter.name]), letters)
        read = not parameter.is_written or (call.keeps(parameter) and call.kernel != "copy")
        times = read + parameter.is_written
        moved = prod(touched) * element * times
        found.append(
            Use(parameter.name, place, shape, prod(shape) * element, moved, read, parameter.is_written)
        )
    return found


def _places(call: Call) -> Iterator[tuple[Parameter, int | None, Place]]:
    """The arrays of a call; of a list of arrays each with its layer."""
    for parameter in catalogue()[call.kernel]:
        value = call.arguments[parameter.name]
        if parameter.is_list_of_arrays:
            yield from ((parameter, i, place) for i, place in enumerate(value) if place is not None)
        elif parameter.is_array and value is not None:
            yield parameter, None, value


def element_bytes(parameter: Parameter, dtype: str) -> int:
    """How long one element of an array is."""
    kind = parameter.type.removeprefix("const ").rstrip("* ")
    return FLOATS[dtype] if kind.split("*")[0] == "T" else BYTES[kind]


def flops(call: Call) -> int:
    """How many floating-point operations the results that are asked for take."""
    letters = sizes(call)
    return sum(
        prod(_factor(factor, letters) for factor in term.split())
        for result, (_, cost) in row(call.kernel).results.items()
        if _given(call.arguments[result])
        for term in cost.split(" + ")
    )


def moved(call: Call) -> int:
    """How many bytes go to and from the arrays."""
    return sum(use.moved for use in uses(call))


def formulas(call: Call) -> list[str]:
    """One "result = formula" for each result that is asked for, in the parameters' names."""
    words = _words(call)
    found = []
    for result, (text, _) in row(call.kernel).results.items():
        if not _given(call.arguments[result]):
            continue
        while (bracket := re.search(r"\[(!?)(\w+):([^][]*)\]", text)) is not None:  # the innermost first
            text = text.replace(bracket[0], _kept(call, *bracket.groups()))
        for word, meaning in words.items():
            text = re.sub(rf"\b{word}\b", meaning, text)
        found.append(f"{result} = {_tidy(text)}")
    uses_dz = [i for i, text in enumerate(found) if re.search(r"\bdz\b", text)]
    if uses_dz:
        found.insert(uses_dz[0], f"dz = dy {words['act']}'(z)")
    return found


def _kept(call: Call, negated: str, name: str, text: str) -> str:
    """What stands in brackets, or nothing."""
    return text if _given(call.arguments[name]) != bool(negated) else ""


def _given(value: Any) -> bool:
    """Whether an argument is there: an array, a list that is not empty, a number that is not 0."""
    return any(item is not None for item in value) if isinstance(value, tuple) else value not in (None, 0)


def _tidy(text: str) -> str:
    """ "identity(z)" as "z", and "(g)" as "g" where a sum has but one part left."""
    return re.sub(r"(?<![\w'])\((\w+)\)", r"\1", re.sub(r"identity\((.*)\)", r"\1", text)).strip()


BINARY = {"add": "a + b", "sub": "a - b", "mul": "a b", "div": "a / b", "pow": "a^b",
          "maximum": "max(a, b)", "minimum": "min(a, b)"}  # fmt: skip
LEFT = {"add": "dy", "sub": "dy", "mul": "dy b", "div": "dy / b"}
RIGHT = {"add": "dy", "sub": "-dy", "mul": "dy a", "div": "-dy a / b^2"}
UNARY = {"neg": "-x", "abs": "|x|", "square": "x^2", "reciprocal": "1 / x"}


def _words(call: Call) -> dict[str, str]:
    """What act, op and the like stand for in this call."""
    arguments, names = call.arguments, native.module().formulas()
    words: dict[str, str] = {}
    if "act" in arguments:
        words["act"] = names["activation"][arguments["act"]]
        if words["act"] == "identity":
            words["dz"] = "dy"
    if "op" in arguments and "a" in arguments:
        name = names["binary"][arguments["op"]]
        words["op"] = BINARY.get(name, f"{name}(a, b)")
        words["left"], words["right"] = LEFT.get(name, "dy dy/da"), RIGHT.get(name, "dy dy/db")
    elif "op" in arguments:
        name, p, q = names["unary"][arguments["op"]], arguments["p"], arguments["q"]
        known = {**UNARY, "pow": f"x^{p:g}", "clip": f"clip(x, {p:g}, {q:g})"}
        words["op"], words["slope_op"] = known.get(name, f"{name}(x)"), f"{name}'(x)"
    if "reduction" in arguments:
        words["over"] = ("", "mean", "sum")[arguments["reduction"]]
    if "scale" in arguments:
        scale, r = arguments["scale"], arguments["r"]
        mean = isclose(scale * r, 1, rel_tol=1e-6) and r > 1
        words["total"] = "mean" if mean else "sum" if scale == 1 else f"{scale:g} sum"
        words["share"] = "dy / r" if mean else "dy" if scale == 1 else f"{scale:g} dy"
    return words
