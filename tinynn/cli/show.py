"""tinynn show OP: the sources of an op, rung under rung, with the contract they keep."""

from __future__ import annotations

import argparse
import json
import re
from typing import Any

from tinynn.cli import unknown
from tinynn.errors import ArgumentError

RUNGS = {
    "numpy": "NumPy: the one to read",
    "cython": "Cython: the loops, typed",
    "reference": "C++: the oracle, every loop in sight",
    "simd": "C++ with vectors: the fast one",
}


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser("show", help="print the sources of an op, rung by rung", description=__doc__)
    parser.add_argument(
        "op", metavar="OP", help="an op (linear), a kernel (linear_forward) or a topic (loss)"
    )
    parser.add_argument("--rung", choices=RUNGS, help="one rung alone")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Print them."""
    from tinynn.backends.sources import contract_of, kernels_of, sources_of

    try:
        kernels = kernels_of(arguments.op)
    except ArgumentError:
        raise ArgumentError(unknown("op", arguments.op, known_ops())) from None
    contracts = [contract_of(kernel) for kernel in kernels]
    sources = [s for s in sources_of(arguments.op) if arguments.rung in (None, s.rung)]
    if arguments.json:
        both = {"contract": contracts, "sources": sources}
        rows = {key: [source._asdict() for source in found] for key, found in both.items()}
        print(json.dumps({"op": arguments.op, "kernels": kernels, **rows}))
        return 0
    print(heading("the contract", contracts[0].path))
    print("\n\n".join(contract.text for contract in contracts))
    for rung, title in RUNGS.items():
        if arguments.rung in (None, rung):
            mine = [s for s in sources if s.rung == rung]
            print()
            places = {s.path: s.first_line for s in reversed(mine)}  # each file where its first piece begins
            print(heading(title, ", ".join(f"{path}:{line}" for path, line in places.items())))
            print("\n\n".join(s.text.rstrip("\n") for s in mine) or f"{arguments.op} has no version here.")
    return 0


def known_ops() -> list[str]:
    """What may be asked for: topics and ops."""
    from tinynn.backends.numpy_rung import STEM_OF

    ops = [re.sub("_(forward|backward|step)$", "", kernel) for kernel in STEM_OF]
    return sorted({*ops, *STEM_OF.values()})


def heading(title: str, place: str) -> str:
    """A line that is found again while scrolling."""
    return f"{'=' * 100}\n{title}{f'   ({place})' if place else ''}\n{'=' * 100}"
