"""The picture of a graph as SVG: boxes, lines, names. All sizes in pixels, all text escaped."""

from __future__ import annotations

import re
from html import escape

from tinynn.display.graph import CUT, GIVEN, LEAF, OP, Box, Graph
from tinynn.display.layout import Path, Slot, lay_out

LETTER, SMALL = 7.3, 6.2  # mean widths of a letter of 13 and of 11 pixels in the fonts named below
HEIGHT, BETWEEN, GAP, THIN, MARGIN = 48.0, 42.0, 18.0, 14.0, 16.0
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
#: kind -> (fill, border, text); each text has at least 7:1 of contrast on its fill
COLOURS = {
    OP: ("#ffffff", "#66727f", "#1f2933"),
    LEAF: ("#dcebfa", "#2a6fb0", "#12395f"),
    GIVEN: ("#eceff2", "#94a0ac", "#37424d"),
    CUT: ("#ffffff", "#94a0ac", "#37424d"),
}
LINE, QUIET, PAPER = "#8a96a3", "#52606d", "#fbfcfd"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿]")  # not to be written in XML
_LONGEST = 34
HALO = f'<text paint-order="stroke" stroke="{PAPER}" stroke-width="3"'


def text(value: str) -> str:
    """A string as it may stand in XML."""
    return escape(_FORBIDDEN.sub("?", value), quote=True)


def short(value: str) -> str:
    """A long name with its middle left out."""
    half = (_LONGEST - 1) // 2
    return value if len(value) <= _LONGEST else f"{value[:half]}…{value[-half:]}"


def picture(graph: Graph) -> str:
    """The whole SVG."""
    layout = lay_out(graph, {box: _width(box) for box in graph.boxes}, GAP, THIN)
    note = _note(graph)
    top = MARGIN + (22 if note else 0)
    width = max(layout.width, len(note) * SMALL) + 2 * MARGIN
    height = top + len(layout.layers) * (HEIGHT + BETWEEN) - BETWEEN + MARGIN
    shift = (width - layout.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="{text(FONT)}">',
        f"<title>{text(_told(graph))}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="{PAPER}"/>',
    ]
    if note:
        parts.append(_words(MARGIN, MARGIN + 10, note, 11, QUIET, "start"))
    parts += [_line(path, shift, top) for path in layout.paths]
    parts += [_box(slot, shift, top) for layer in layout.layers for slot in layer if slot.box]
    return "\n".join([*parts, "</svg>"])


def _note(graph: Graph) -> str:
    if not graph.left_out:
        return ""
    ops = "op is" if graph.left_out == 1 else "ops are"
    return f"The first {graph.left_out:,} {ops} not drawn; limit=... draws more."


def _told(graph: Graph) -> str:
    """For who cannot see the picture: op by op, what goes in."""
    ops = [box for box in graph.boxes if box.kind == OP]
    steps = [
        f"{box.title} of {', '.join(line.source.title for line in box.lines_in) or 'constants'}"
        for box in ops[-40:]
    ]
    return f"The graph of {len(ops)} ops, the last being: {'; '.join(steps)}"


def _below(box: Box) -> str:
    """The second line of a box."""
    return f"{box.shape}:  {box.value}" if box.value and box.shape != "number" else box.value or box.shape


def _width(box: Box) -> float:
    words = max(len(short(box.title)) * LETTER, len(short(_below(box))) * SMALL)
    return max(words + 24, sum(_ports(box)) + 16, 64.0)


def _ports(box: Box) -> list[float]:
    """How wide the name is under which each line arrives."""
    return [max(26.0, len(short(line.name)) * 5.8 + 6) for line in box.lines_in]


def _middle(slot: Slot, shift: float, top: float) -> tuple[float, float]:
    return slot.x + shift, top + slot.layer * (HEIGHT + BETWEEN) + HEIGHT / 2


def _words(x: float, y: float, value: str, size: int, colour: str, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}">{text(value)}</text>'
    )


def _box(slot: Slot, shift: float, top: float) -> str:
    box = slot.box
    assert box is not None
    x, y = _middle(slot, shift, top)
    fill, border, ink = COLOURS[box.kind]
    corner = 8 if box.kind == OP else 22
    dashes = ' stroke-dasharray="4 3"' if box.kind == CUT else ""
    frame = (
        f'<rect x="{x - slot.width / 2:.1f}" y="{y - HEIGHT / 2:.1f}" width="{slot.width:.1f}" '
        f'height="{HEIGHT:.0f}" rx="{corner}" fill="{fill}" stroke="{border}" stroke-width="1.3"{dashes}/>'
    )
    told = f"<title>{text(box.told)}</title>" if box.told else ""
    return "".join(
        [
            f'<g class="{box.kind}">{told}{frame}',
            _words(x, y - 3, short(box.title), 13, ink),
            _words(x, y + 14, short(_below(box)), 11, QUIET),
            "</g>",
        ]
    )


def _line(path: Path, shift: float, top: float) -> str:
    """A smooth line through the slots of a path, with the name of the argument where it ends."""
    (x, y), *passed = [_middle(slot, shift, top) for slot in path.slots[:-1]]
    end = path.slots[-1]
    ports = _ports(end.box) if end.box else []
    before = sum(ports[: path.number]) + ports[path.number] / 2
    port = end.x + shift - sum(ports) / 2 + before
    goal = _middle(end, shift, top)[1] - HEIGHT / 2
    y += HEIGHT / 2
    way = [f"M{x:.1f} {y:.1f}"]
    for to, middle in passed:  # a curve into the layer, and straight through it
        way.append(f"{_curve(x, y, to, middle - HEIGHT / 2)} V{middle + HEIGHT / 2:.1f}")
        x, y = to, middle + HEIGHT / 2
    way.append(_curve(x, y, port, goal))
    name = "" if len(ports) == 1 else _words(port, goal - 4, short(path.name), 10, QUIET)
    name = name.replace("<text", HALO, 1)
    return f'<path d="{" ".join(way)}" fill="none" stroke="{LINE}" stroke-width="1.2"/>{name}'


def _curve(x: float, y: float, to: float, down: float) -> str:
    """From (x, y) to (to, down), leaving and arriving upright."""
    half = (y + down) / 2
    return f"C{x:.1f} {half:.1f} {to:.1f} {half:.1f} {to:.1f} {down:.1f}"
