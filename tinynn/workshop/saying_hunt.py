"""What `tinynn workshop hunt` prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinynn import viz
from tinynn.workshop.hunt import Hunt

Rows = list[dict[str, Any]]


def introduction(hunt: Hunt) -> str:
    """What there is to find, and with what."""
    command = f"tinynn workshop hunt --seed {hunt.seed}"
    shapes = ", ".join(f"{name} {value.shape}" for name, value in hunt.values.items())
    return "\n".join(
        [
            f"In a copy of {hunt.name} there is a mistake. Its forward pass is right. Arrays: {shapes}",
            "",
            f"  {command} --show gradcheck   each gradient against finite differences",
            f"  {command} --show adjoint     one random direction: <J v, dy> against <v, J' dy>",
            f"  {command} --show picture     the gradient that is furthest off, number by number",
            "",
            "To look for yourself:",
            f"  from tinynn.workshop.hunt import Hunt; hunt = Hunt({hunt.seed})",
            "  hunt.kernel, hunt.forward(x=...), hunt.gradients(), hunt.differences()",
            "",
            "It is one of these:",
            *(f"  {number}  {mistake}" for number, mistake in enumerate(hunt.suspects, 1)),
            "",
            f"  {command} --answer K",
        ]
    )


def gradcheck(rows: Rows) -> str:
    head = f"{'':<6}{'verdict':<9}{'error':>9}  {'elements':>9}  worst"
    lines = [
        f"{r['gradient']:<6}{'WRONG' if r['wrong'] else 'right':<9}{r['error']:>9.1e}  {r['elements']:>4} of "
        f"{r['of']:<3} {r['worst']}: {r['got']:.6g}, by differences {r['differences']:.6g}"
        for r in rows
    ]
    return "\n".join([head, *lines])


def adjoint(rows: Rows) -> str:
    head = f"{'':<6}{'verdict':<9}{'<J v, dy>':>14}{'<v, J_t dy>':>14}"
    lines = [
        f"{r['gradient']:<6}{'WRONG' if r['wrong'] else 'right':<9}{r['left']:>14.8g}{r['right']:>14.8g}"
        for r in rows
    ]
    return "\n".join([head, *lines])


TABLES: dict[str, Callable[[Rows], str]] = {"gradcheck": gradcheck, "adjoint": adjoint}


def verdict(hunt: Hunt, number: int, right: bool) -> str:
    said = hunt.suspects[number - 1]
    if right:
        return f"right: {said}"
    return f"wrong: it is not that {said}\n  try tinynn workshop hunt --seed {hunt.seed} --show gradcheck"


def draw(hunt: Hunt, out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    viz.save(hunt.picture(), out / "hunt.png")
    return out / "hunt.png"
