"""What can be chosen, as widgets; each change is handed over as one setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bokeh.layouts import column, row
from bokeh.models import Button, FileInput, Select, Slider, Spinner, Toggle

from tinynn.lab.page.look import WIDGETS
from tinynn.lab.settings import ACTIVATIONS, DATA, DEPTHS, OPTIMIZERS, OWN, WIDTHS, Settings

RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
DECAYS = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
WIDE: Any = {"stylesheets": [WIDGETS], "sizing_mode": "stretch_width"}


class Controls:
    """The widgets.

    Parameters
    ----------
    settings : Settings
        To begin with.
    changed : callable (name, value)
        Called for each change of a setting.
    """

    def __init__(self, settings: Settings, changed: Callable[[str, Any], None]) -> None:
        self.changed, self.quiet = changed, False
        self.data = Select(title="data", options=[*DATA, OWN], value=settings.data, name="data", **WIDE)
        self.upload = FileInput(
            title="your own: a CSV of x, y, class", accept=".csv,.txt", name="upload", **WIDE
        )
        self.width = self._slider("units in a layer", settings.width, WIDTHS, "width")
        self.depth = self._slider("hidden layers", settings.depth, DEPTHS, "depth")
        self.activation = self._select("activation", settings.activation, ACTIVATIONS)
        self.optimizer = self._select("optimizer", settings.optimizer, OPTIMIZERS)
        self.lr = self._select("learning rate", settings.lr, RATES, "lr")
        self.decay = self._select("regularisation (L2)", settings.decay, DECAYS, "decay")
        self.seed = Spinner(
            title="seed", low=0, high=2**32 - 1, step=1, value=settings.seed, name="seed", **WIDE
        )
        self.speed = Slider(
            title="steps to a picture", start=1, end=50, step=1, value=5, name="speed", **WIDE
        )
        for name in ("data", "activation", "optimizer"):
            self._listen(name, "value", str)
        for name in ("lr", "decay"):
            self._listen(name, "value", float)
        self._listen("seed", "value", int)
        for name in ("width", "depth"):
            self._listen(name, "value", int)

    @staticmethod
    def _slider(title: str, value: int, limits: tuple[int, int], name: str) -> Slider:
        return Slider(title=title, start=limits[0], end=limits[1], step=1, value=value, name=name, **WIDE)

    @staticmethod
    def _select(title: str, value: Any, options: tuple[Any, ...], name: str | None = None) -> Select:
        words = [f"{option:g}" if isinstance(option, float) else option for option in options]
        shown = f"{value:g}" if isinstance(value, float) else value
        return Select(title=title, options=words, value=shown, name=name or title, **WIDE)

    def _listen(self, name: str, property_name: str, kind: Callable[[Any], Any]) -> None:
        def on_change(attribute: str, old: Any, new: Any) -> None:
            if new is not None and not self.quiet:
                self.changed(name, kind(new))

        getattr(self, name).on_change(property_name, on_change)

    def show(self, settings: Settings) -> None:
        """Put the widgets to these settings without telling anybody."""
        self.quiet = True
        try:
            for name in ("data", "activation", "optimizer", "width", "depth", "seed"):
                getattr(self, name).value = getattr(settings, name)
            self.lr.value, self.decay.value = f"{settings.lr:g}", f"{settings.decay:g}"
        finally:
            self.quiet = False

    def layout(self) -> Any:
        """All of them under each other."""
        return column(
            self.data, self.upload, self.width, self.depth, self.activation, self.optimizer, self.lr,
            self.decay, self.seed, self.speed, name="controls", sizing_mode="stretch_width",
        )  # fmt: skip


class Playing:
    """Play, one step, restart."""

    def __init__(self) -> None:
        self.play = Toggle(label="play", button_type="primary", name="playing", **WIDE)
        self.step = Button(label="one step", name="step", **WIDE)
        self.restart = Button(label="restart", name="restart", **WIDE)

    def layout(self) -> Any:
        """The buttons in a row."""
        return row(self.play, self.step, self.restart, name="play", sizing_mode="stretch_width")
