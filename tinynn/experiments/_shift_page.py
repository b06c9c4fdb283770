"""Sliders that move a letter: where the detectors fire, what they add up to, and whom it confuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from tinynn import data, nn, report
from tinynn.autograd import Array, no_grad
from tinynn.experiments._letter_nets import DETECTORS, TemplateNet, answers_over_shifts, fires
from tinynn.report.plots import LINES, plot
from tinynn.report.states import Control, Moving

MOST_SHOWN = 30  # places of a detector, the strongest
MARKERS = ("circle", "triangle", "inverted_triangle")
WORDS = (
    "Move the letter. The templates fire where its ends and corners are, and move along; what they add up to "
    "stays as it is, and so does the answer. The fully connected net has learned letters in the middle only."
)


def shift_page(nets: Mapping[str, TemplateNet], full: nn.Module, side: int, most: int) -> report.Block:
    """`nets`: how the templates came to be -> the net; letters of side x side are moved by up to `most`."""
    steps, kinds = range(-most, most + 1), list(nets)
    moves = list(product(steps, steps))
    images = {one: moved(data.draw_letter(one, side=side), moves) for one in data.LETTERS}
    controls = [
        Control("letter", "Letter", list(images), 0, listed=True),
        Control("kind", "Templates", kinds, 0, listed=True),
        Control("down", "Down", [words(n, "down", "up") for n in steps], most),
        Control("right", "Right", [words(n, "right", "left") for n in steps], most),
    ]
    by, place = ("letter", "kind", "down", "right"), ("letter", "down", "right")
    pairs = list(product(images, kinds))
    fired = {pair: fires(nets[pair[1]], images[pair[0]]) for pair in pairs}
    dense = {one: answers_over_shifts(full, shown[len(moves) // 2][None, None], most).ravel()
             for one, shown in images.items()}  # fmt: skip
    moving = [Moving("picture", "ink", place, [ink(image) for shown in images.values() for image in shown])]
    moving += [
        Moving("picture", f"fired{d}", by, [strongest(maps[d]) for pair in pairs for maps in fired[pair]])
        for d in range(len(DETECTORS))
    ]
    for part, hit in (("right", True), ("wrong", False)):
        at = [np.array(moves)[(dense[one] == i) == hit] for i, one in enumerate(images)]
        moving.append(Moving("shifts", part, ("letter",), [{"x": ij[:, 1], "y": ij[:, 0]} for ij in at]))
    moving.append(Moving("shifts", "here", ("down", "right"), [{"x": [j], "y": [i]} for i, j in moves]))
    texts = [
        text for one, kind in pairs for text in sentences(one, nets[kind], images[one], dense[one])
    ]  # fmt: skip
    plots = {
        "picture": (picture(side), "The letter, and the places where each of the three templates fires"),
        "shifts": (
            shifts(most),
            "All shifts of the letter: where the fully connected net is right and wrong",
        ),
    }
    return report.states("A letter that moves", WORDS, controls, plots, moving, (by, texts))


def moved(image: Array, moves: Sequence[tuple[int, int]]) -> Array:
    """The letter (h, w) at every shift, (shifts, h, w)."""
    return np.stack([np.roll(image, move, (0, 1)) for move in moves])


def words(n: int, ahead: str, back: str) -> str:
    return f"{abs(n)} {ahead if n > 0 else back}" if n else "in the middle"


def ink(image: Array) -> dict[str, Array]:
    y, x = np.nonzero(image > 127)
    return {"x": x.astype(np.uint8), "y": y.astype(np.uint8)}


def strongest(fired: Array) -> dict[str, Array]:
    """Where a detector (h, w) is furthest above its threshold; the further, the larger."""
    y, x = np.nonzero(fired > 0)
    order = np.argsort(fired[y, x], kind="stable")[::-1][:MOST_SHOWN]
    y, x = y[order], x[order]
    size = 6 + 16 * np.sqrt(fired[y, x] / max(float(fired.max()), 1e-9))
    return {"x": x.astype(np.uint8), "y": y.astype(np.uint8), "size": size.astype(np.uint8)}


def sentences(letter: str, net: TemplateNet, images: Array, dense: Array) -> list[str]:
    """For every shift what the templates add up to and say, and what the fully connected net says."""
    x = images[:, None].astype(np.float32) / 255
    with no_grad():
        sums = np.asarray(net.fired(x)).sum((2, 3))
        answers = np.asarray(net(x)).argmax(1)
    wanted = data.LETTERS.index(letter)
    hits = int((dense == wanted).sum())
    verdict = [f"{name}{'' if i == wanted else ' (wrong)'}" for i, name in enumerate(data.LETTERS)]
    return [
        "Sums over all places: "
        + ", ".join(f"{name} {one:.2f}" for name, one in zip(DETECTORS, row, strict=True))
        + f". So it is a {verdict[said]}. The fully connected net says {verdict[other]}; it is right at "
        f"{hits} of {len(dense)} shifts."
        for row, said, other in zip(sums, answers, dense, strict=True)
    ]


def picture(side: int) -> Any:
    drawn = plot(height=480, x_range=(-0.5, side - 0.5), y_range=(side - 0.5, -0.5))
    drawn.rect("x", "y", 1, 1, source={"x": [0], "y": [0]}, fill_color=LINES[3], line_color=None,
               fill_alpha=0.55, name="ink")  # fmt: skip
    for d, (name, marker) in enumerate(zip(DETECTORS, MARKERS, strict=True)):
        drawn.scatter("x", "y", size="size", source={"x": [0], "y": [0], "size": [9]}, marker=marker,
                      fill_color=LINES[d], tags=["ink"], legend_label=name, name=f"fired{d}")  # fmt: skip
    square(drawn)
    drawn.axis.visible = drawn.grid.visible = False
    return drawn


def shifts(most: int) -> Any:
    edge = most + 0.7
    drawn = plot(height=480, x_label="shifted right", y_label="shifted down", x_range=(-edge, edge),
                 y_range=(edge, -edge))  # fmt: skip
    for part, colour in (("right", LINES[0]), ("wrong", LINES[1])):
        drawn.rect("x", "y", 0.9, 0.9, source={"x": [0], "y": [0]}, fill_color=colour, line_color=None,
                   legend_label=f"fully connected: {part}", name=part)  # fmt: skip
    drawn.scatter("x", "y", source={"x": [0], "y": [0]}, size=16, fill_color=None, line_width=3, tags=["ink"],
                  name="here")  # fmt: skip
    square(drawn)
    return drawn


def square(drawn: Any) -> None:
    """About as wide as high where there is room, with the legend under it."""
    drawn.max_width, drawn.legend.location = 440, "top_left"
    drawn.add_layout(drawn.legend[0], "below")
