"""Weights as files: safetensors, written so that a crash leaves the old file or the new one, whole.

A safetensors file is the length of a JSON header, the header (name -> dtype, shape, place), and the bytes
of the arrays. Nothing in it can be executed. https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.data.atomic import write_atomically
from tinynn.data.places import PathLike
from tinynn.errors import DtypeError, FormatError


def save(path: PathLike, state: Mapping[str, Any]) -> None:
    """Write named arrays as a safetensors file.

    Parameters
    ----------
    path : path
        Ends in .safetensors by custom. An existing file is replaced, in one atomic step.
    state : mapping of str to array or Tensor
        What `model.state_dict()` returns.

    Raises
    ------
    DtypeError
        `state` is no mapping of names to arrays of numbers.
    OSError
        The file cannot be written; an older one of this name is left as it was.

    Examples
    --------
    >>> import tempfile, tinynn as tn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tn.save(f"{folder}/w.safetensors", {"w": np.ones(2)})
    ...     tn.load(f"{folder}/w.safetensors")
    {'w': array([1., 1.])}
    """
    if isinstance(path, Mapping) or not isinstance(state, Mapping):
        raise DtypeError(
            f"save: got {type(path).__name__} and {type(state).__name__}; needed a path and a mapping of "
            "names to arrays; try save(path, model.state_dict())"
        )
    write_atomically(path, pack(state, {}))


def load(path: PathLike) -> dict[str, Array]:
    """Read the arrays of a safetensors file; of a checkpoint that `fit` wrote, the model's weights.

    Returns
    -------
    dict of str to array
        For `model.load_state_dict`. The arrays are the caller's own.

    Raises
    ------
    FormatError
        The file is damaged, or is no safetensors file.
    OSError
        It cannot be read.
    """
    arrays, notes = read(path, "load")
    if "tinynn" in notes:
        return part(arrays, "model.")
    return arrays


def part(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """The arrays whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}


def check_same(who: str, found: Mapping[str, Array], needed: Mapping[str, Array]) -> None:
    """The same names, shapes and dtypes.

    Raises
    ------
    FormatError
    """
    for name in sorted(found.keys() | needed.keys()):
        got, want = (f"{d[name].dtype} {d[name].shape}" if name in d else "none" for d in (found, needed))
        if got != want:
            raise FormatError(
                f"{who}: {name!a} is {got} in the file; needed {want}; try the file of this very model"
            )


def pack(state: Mapping[str, Any], notes: Mapping[str, str]) -> bytes:
    """The bytes of a safetensors file: arrays by name, and notes in its header."""
    from safetensors.numpy import save as to_bytes

    arrays = {}
    for name, value in state.items():
        array = np.array(value, order="C")  # a copy: safetensors reads the memory as if it were contiguous
        if not isinstance(name, str) or array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
            raise DtypeError(f"save: {name!r} is {array.dtype}; needed names with arrays of numbers")
        arrays[name] = array
    return bytes(to_bytes(arrays, dict(notes) or None))


def read(path: PathLike, who: str) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays of a safetensors file, and the notes in its header.

    Raises
    ------
    FormatError, OSError
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_bytes

    if not Path(path).is_file() and Path(path).exists():
        raise FormatError(f"{who}: {os.fspath(path)!r} is a directory or device; needed a safetensors file")
    try:
        raw = Path(path).read_bytes()
        arrays = {name: array.copy() for name, array in from_bytes(raw).items()}
        header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
        return arrays, dict(header.get("__metadata__") or {})
    except (SafetensorError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        reason = "".join(c if c.isprintable() else "?" for c in reason)[:200]
        raise FormatError(
            f"{who}: {os.fspath(path)!r} is damaged or no safetensors file ({reason}); try another copy"
        ) from None
