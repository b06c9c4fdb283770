"""The page: one Lab, its views, and the pace at which they are drawn.

A picture is sent when the page has painted all but one of those before, so a slow browser is not flooded
and a fast one is not kept waiting. The fold is drawn in every picture; regions and loss in some; what stands
under the tabs, which costs more and is read more slowly, a few times a second. Where the browser is slow
these wait first.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.models import CustomJS, RadioButtonGroup

from tinynn.errors import TinynnError
from tinynn.lab.code import program, settings_steps
from tinynn.lab.page.back import BackView
from tinynn.lab.page.controls import Controls, Playing
from tinynn.lab.page.fold import FoldView
from tinynn.lab.page.inside import InsideView
from tinynn.lab.page.look import PAGE, STYLE, WIDGETS, named, themed
from tinynn.lab.page.plane import LossView, PlaneView
from tinynn.lab.page.strip import StripView
from tinynn.lab.page.words import Words
from tinynn.lab.points import LARGEST, read_csv
from tinynn.lab.settings import Settings
from tinynn.lab.trainer import Lab

PERIOD, IN_FLIGHT = 50, 2  # milliseconds between looks whether to begin; pictures on their way
FLUENT = 24  # pictures a second that are wanted of the fold
OFTEN, SELDOM = (0.1, 0.3), (0.4, 1.2)  # seconds between pictures of the regions, and under the tabs
TABS = ("layers", "backprop of one point", "many seeds", "as Python")
LAYERS, BACK, SEEDS, CODE = range(4)
SHOW_TAB = """
for (let i = 0; i < tabs.labels.length; i++) document.getElementById("panel-" + i).hidden = i !== tabs.active;
"""


def on(model: Any, name: str, run: Callable[[], None]) -> None:
    """Call `run` when a property of a model has changed."""

    def changed(attr: str, old: Any, new: Any) -> None:
        run()

    model.on_change(name, changed)


def shown(draw: Callable[[Page], None]) -> Callable[[Page], None]:
    """A method that draws: where it fails the net stops and the page says so, instead of standing still."""

    @wraps(draw)
    def drawn(page: Page) -> None:
        try:
            with np.errstate(all="ignore"):  # what is no number is not drawn
                draw(page)
        except Exception as error:
            logging.getLogger(__name__).exception("tinynn lab: a picture failed")
            page.lab.stopped = f"A picture failed ({error}). Try a smaller learning rate, then restart."
            page.stop()

    return drawn


class Page:
    """What one open page shows and does."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lab = Lab(Settings())
        self.controls, self.playing = Controls(self.lab.settings, self.changed), Playing()
        self.fold, self.plane, self.loss = FoldView(self.tick), PlaneView(), LossView()
        self.inside, self.back, self.strip = InsideView(), BackView(), StripView()
        self.words = Words()
        self.tabs = RadioButtonGroup(labels=list(TABS), active=0, name="tabs", stylesheets=[WIDGETS])
        self.tabs.js_on_change("active", CustomJS(args={"tabs": self.tabs}, code=SHOW_TAB))
        self.drawn = [0.0, 0.0]  # when the regions were, and what stands under the tabs
        self.rate, self.pace = (
            0.0,
            (perf_counter(), 0),
        )  # pictures a second, counted from that time and number
        self._listen()
        self._lay_out()
        self.begin()
        self.words.all()

    def _lay_out(self) -> None:
        """Give the frame of look.py what it names."""
        roots: dict[str, Any] = {
            "play": self.playing.layout(), "controls": self.controls.layout(), "stage": self.fold.slider,
            "fold": self.fold.figure, "plane": self.plane.figure, "loss": self.loss.figure, "tabs": self.tabs,
            "says": self.inside.says.figure, "told": self.inside.told.figure, "number": self.back.number,
            "back": self.back.back, "further": self.back.next, "net": self.back.figure,
            "again": self.strip.again, "seeds": self.strip.figure,
        }  # fmt: skip
        self.document.title, self.document.template = "tinynn lab", PAGE
        self.document.template_variables["style"] = STYLE
        self.words.hang_on(self.playing.play)
        with self.document.models.freeze():  # or Bokeh would look through all models for each root
            for name, root in roots.items():
                root.name = name
                self.document.add_root(root)
        ridges = self.inside.says, self.inside.told
        figures = [v.figure for v in (self.fold, self.plane, self.loss, self.back, self.strip, *ridges)]
        inks = [view.ink for view in (self.back, self.strip, *ridges)]
        controls, back = self.controls, self.back
        names = named(
            sliders=[controls.width, controls.depth, controls.speed, back.back], stage=self.fold.slider,
            spinners=[controls.seed, back.number], upload=controls.upload, largest=LARGEST,
        )  # fmt: skip
        begin = themed(figures, inks), names, self.words.write, self.fold.unpack
        self.document.js_on_event("document_ready", *begin)
        self.document.add_periodic_callback(self.tick, PERIOD)

    def _listen(self) -> None:
        playing, back = self.playing, self.back
        playing.play.on_change("active", self._play)
        playing.step.on_click(self.one_step)
        playing.restart.on_click(self.restart)
        self.controls.upload.on_change("value", self._uploaded)
        on(self.fold.slider, "value", self._refold)
        on(self.tabs, "active", self.draw_tab)
        on(back.number, "value", self._choose)
        on(back.back, "value", self._draw_back)
        back.next.on_click(back.further)
        self.plane.points.selected.on_change("indices", self._tapped)
        self.strip.again.on_click(self._new_seeds)

    # ---- what the user does -------------------------------------------------------------------------

    def changed(self, name: str, value: Any) -> None:
        """A setting was changed; where it cannot be, it is put back and the message says why."""
        try:
            anew = self.lab.change(**{name: value})
        except TinynnError as error:
            self.say(str(error), wrong=True)
            self.controls.show(self.lab.settings)
            return
        self.strip.begin()
        if anew:
            self.begin()
        else:
            self.say("")

    def _uploaded(self, name: str, old: Any, new: Any) -> None:
        """The name of the file comes after its contents: wait for it."""
        if new:
            upload = self.controls.upload
            self.document.add_next_tick_callback(
                lambda: self.take_file(str(upload.filename), str(upload.value))
            )

    def take_file(self, name: str, contents: str) -> None:
        """Train on a file that was uploaded, in base 64, or say what is wrong with it."""
        try:
            if len(contents) > 2 * LARGEST:
                self.say(f"{name}: too large; needed at most {LARGEST:,} bytes", wrong=True)
                return
            points = read_csv(base64.b64decode(contents, validate=True), name)
            self.lab.use_file(points)
        except (TinynnError, binascii.Error) as error:
            self.say(str(error), wrong=True)
            return
        self.controls.show(self.lab.settings)
        self.begin()
        self.say(f"{name}: {len(points.x)} points of {len(points.classes)} classes, scaled to -1..1.")

    def _play(self, name: str, old: bool, new: bool) -> None:
        self.playing.play.label = "pause" if new else "play"
        self.fold.sent = self.fold.seen  # nothing is waited for that a sleeping page did not paint
        self.rate, self.pace = 0.0, (perf_counter(), self.fold.seen)
        if not new:
            self.draw()

    def one_step(self) -> None:
        """Pause, and take one step."""
        self.playing.play.active = False
        self._advance(1)
        self.draw()

    def restart(self) -> None:
        """The same net from its seed."""
        self.lab.restart()
        self.strip.begin()
        self.begin()

    @shown
    def _refold(self) -> None:
        self.words["stage"] = self.fold.stage(self.lab)
        if not self.playing.play.active:
            self.fold.draw(self.lab)

    def _tapped(self, name: str, old: Any, new: list[int]) -> None:
        if new:
            self.back.number.value = new[0]
            self.tabs.active = BACK

    @shown
    def _choose(self) -> None:
        self.plane.choose(self.lab, self.back.chosen(self.lab))
        self.back.draw(self.lab, self.words)

    @shown
    def _draw_back(self) -> None:
        self.back.draw(self.lab, self.words)

    @shown
    def _new_seeds(self) -> None:
        self.strip.begin()
        self.strip.advance(self.lab, 1, self.words)

    # ---- what the page does -------------------------------------------------------------------------

    def begin(self) -> None:
        """A new net: everything is drawn."""
        for view in (self.fold, self.plane, self.inside, self.back):
            view.begin(self.lab)
        self.words["stage"] = self.fold.stage(self.lab)
        self.plane.choose(self.lab, self.back.chosen(self.lab))
        self.say("")
        self.draw()

    def _advance(self, steps: int) -> bool:
        """Take steps; returns whether the net can go on. Where it cannot, the page says why."""
        self.lab.advance(steps)
        if self.lab.stopped:
            self.stop()
        return not self.lab.stopped

    def stop(self) -> None:
        """Pause, and say why the net cannot go on."""
        self.playing.play.active = False
        self.say(self.lab.stopped, wrong=True)

    @shown
    def tick(self) -> None:
        """A picture, if it plays and the page keeps up."""
        if not self.playing.play.active or self.fold.waiting() >= IN_FLIGHT:
            return
        if not self._advance(int(self.controls.speed.value)):
            return
        self.fold.draw(self.lab)
        plane, tabs = OFTEN if self.rate >= FLUENT else SELDOM
        now = perf_counter()
        if now - self.drawn[0] > plane:
            self._draw_plane()
        if now - self.drawn[1] > tabs:
            self.draw_tab()

    @shown
    def draw(self) -> None:
        """Everything that can be seen."""
        self.fold.draw(self.lab)
        self._draw_plane()
        self.draw_tab()

    def _draw_plane(self) -> None:
        loss = self.lab.loss()
        self.plane.draw(self.lab)
        self.loss.draw(self.lab.losses, loss)
        self.drawn[0] = now = perf_counter()
        then, seen = self.pace
        if now - then > 1:
            self.rate, self.pace = (self.fold.seen - seen) / (now - then), (now, self.fold.seen)
        pace = f", {self.rate:.0f} pictures a second" if self.playing.play.active and self.rate else ""
        self.words["status"] = f"{settings_steps(self.lab)}{pace}"
        self.words["plane"] = f"{self.lab.accuracy():.1%} of the points on the right side"
        self.words["loss"] = f"loss {loss:.4g}"

    @shown
    def draw_tab(self) -> None:
        """What stands under the tab that is open."""
        tab = self.tabs.active
        if tab == LAYERS:
            self.inside.draw(self.lab)
        elif tab == BACK:
            self.back.draw(self.lab, self.words)
        elif tab == SEEDS:
            steps = 10 * int(self.controls.speed.value) if self.playing.play.active else 1
            self.strip.advance(self.lab, steps, self.words)
        else:
            self.words["code"] = program(self.lab)
        self.drawn[1] = perf_counter()

    def say(self, message: str, wrong: bool = False) -> None:
        """One message; an empty one takes the old one away."""
        self.words["message"], self.words["wrong"] = ("", message) if wrong else (message, "")
