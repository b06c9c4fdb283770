"""The net as a Python program, with the numbers it has now: what is on the page can be taken home."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from tinynn.lab.points import Points
from tinynn.lab.trainer import Lab

READ = """\
import csv

with open("points.csv", encoding="utf-8-sig") as file:  # your file
    rows = [row for row in csv.reader(file, delimiter={delimiter!r}) if any(row)][{heading}:]
classes = {classes!r}
y = np.array([classes.index(row[2].strip()) for row in rows])
places = np.array([[float({cell}) for cell in row[:2]] for row in rows])
"""


def program(lab: Lab) -> str:
    """A program that builds the net, gives it these weights, says what it gets right, and trains on.

    Run on the same points it prints the accuracy that the page shows.
    """
    settings, points = lab.settings, lab.points
    width, depth, kind = settings.width, settings.depth, settings.activation
    inside = [f"    nn.Linear({2 if i == 0 else width}, {width}, activation={kind!r})," for i in range(depth)]
    last = f"    nn.Linear({width}, {len(points.classes)}),"
    made = f"points = {points.recipe}\nplaces, y = points.x, points.y\n"
    source = made if points.recipe else _reading(points)
    middle, scale = list(points.middle), list(points.scale)
    lines = [
        "import numpy as np",
        "",
        "import tinynn as tn",
        "from tinynn import data, functional as F, nn, optim",
        "",
        source.rstrip("\n"),
        f"x = ((places - np.array({middle})) / np.array({scale})).astype('float32')  # within -1..1",
        "",
        "model = nn.Sequential(",
        *inside,
        last,
        ")",
        f"# as it was after {settings_steps(lab)}",
        "model.load_state_dict({",
        *(f"    {name!r}: {_written(p.data)}," for name, p in lab.net.named_parameters()),
        "})",
        'print("accuracy", (model(x).numpy().argmax(1) == y).mean())',
        "",
        f"optimizer = {settings.optimizer_code('model.parameters()')}",
        "step = tn.compile(model, F.cross_entropy, optimizer, example=(x, y))",
        "for i in range(100):",
        "    loss = step(x, y)",
        'print("loss after 100 more steps", loss)',
    ]
    return "\n".join(lines) + "\n"


def _reading(points: Points) -> str:
    """How the user's file is read."""
    form = points.form
    cell = "cell.replace(',', '.')" if form.delimiter == ";" else "cell"
    heading = int(form.heading)
    return READ.format(classes=list(points.classes), delimiter=form.delimiter, heading=heading, cell=cell)


def settings_steps(lab: Lab) -> str:
    """`1,200 steps from seed 3`."""
    return f"{lab.steps:,} step{'s' * (lab.steps != 1)} from seed {lab.settings.seed}"


def _written(array: NDArray[Any]) -> str:
    """An array as a program says it: float32 numbers in as few digits as bring them back exactly."""
    if array.ndim == 1:
        return "[" + ", ".join(str(value) for value in array) + "]"
    return "[" + ", ".join(_written(row) for row in array) + "]"
