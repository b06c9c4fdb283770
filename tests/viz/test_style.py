"""The look: lazily imported, leaving no trace, strict about what it is handed."""

from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from tinynn import viz
from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz import style


def test_importing_viz_imports_no_matplotlib() -> None:
    code = "import sys, tinynn.viz; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_no_pyplot_and_no_backend_is_chosen() -> None:
    code = """
import sys, io
import matplotlib as mpl
from tinynn import viz
before = mpl.rcParams.copy()["backend"]
viz.save(viz.loss_curves({"loss": [1.0, 0.5]}), io.BytesIO())
print("matplotlib.pyplot" in sys.modules, mpl.rcParams.copy()["backend"] is before)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]


def test_a_grid_of_ones_own() -> None:
    axes = viz.grid(2, 3, title="six")
    assert axes.shape == (2, 3)
    assert axes[0, 0].figure.get_suptitle() == "six"
    assert viz.linear_regions(np.eye(2), np.zeros(2), np.eye(2), [0, 1], ax=axes[1, 2]) is axes[1, 2]


def test_settings_hold_while_drawing_and_are_put_back_after_an_error() -> None:
    @style.styled
    def draw() -> float:
        assert mpl.rcParams["axes.titlelocation"] == "left"
        raise KeyError("on purpose")

    with pytest.raises(KeyError, match="on purpose"):
        draw()
    assert mpl.rcParams["axes.titlelocation"] == mpl.rcParamsDefault["axes.titlelocation"]


def test_ten_class_colours_are_far_apart() -> None:
    colours = np.array([to_rgb(style.class_colour(index)) for index in range(10)])
    distance = np.linalg.norm(colours[:, None] - colours[None], axis=-1) + 9 * np.eye(10)
    assert distance.min() > 0.18
    assert style.class_colour(10) == style.class_colour(0)


def test_text_on_a_class_colour_can_be_read() -> None:
    def light(colour: str) -> float:
        """Relative luminance, WCAG 2."""
        c = np.array(to_rgb(colour))
        return float(
            np.dot(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4), (0.2126, 0.7152, 0.0722))
        )

    for colour in style.CLASS_COLOURS:
        low, high = sorted((light(colour), light(style.text_on(colour))))
        assert (high + 0.05) / (low + 0.05) > 3, colour


def test_class_names() -> None:
    assert style.class_names("f", None, 3) == ["0", "1", "2"]
    with pytest.raises(ShapeError, match="f: got 2 class names; needed 3"):
        style.class_names("f", ["a", "b"], 3)


def test_given_axes_are_used_and_their_figure_keeps_its_title() -> None:
    figure = Figure()
    axes = figure.subplots(1, 3)
    drawn = viz.weight_templates(np.ones((2, 4)), (1, 2, 2), axes=axes)
    assert list(drawn) == list(axes[:2])
    assert figure.get_suptitle() == ""
    with pytest.raises(ShapeError, match="weight_templates: got 3 axes; needed 4"):
        viz.weight_templates(np.ones((4, 4)), (1, 2, 2), axes=axes)


def test_grid_removes_spare_cells() -> None:
    axes = style.grid_or_new("f", None, 5, 3, cell=(1, 1))
    assert axes.shape == (5,)
    assert len(axes[0].figure.axes) == 5
    with pytest.raises(ArgumentError, match="columns=0"):
        style.grid_or_new("f", None, 5, 0, cell=(1, 1))


@pytest.mark.parametrize("kind", ["axes", "array", "figure"])
def test_save_takes_axes_arrays_and_figures(kind: str, tmp_path) -> None:
    axes = viz.loss_curves({"loss": [1.0, 0.5]})
    drawn = {"axes": axes[0], "array": axes, "figure": axes[0].figure}[kind]
    viz.save(drawn, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_note_stands_over_the_title_and_takes_no_room_from_the_picture(tmp_path) -> None:
    for axes, title in ((viz.grid(1, 1, title="own"), "note\nown"), (viz.grid(1, 1), "note")):
        figure = axes[0, 0].figure
        before = figure.get_size_inches()[1]
        viz.save(axes, tmp_path / "a.png", note="note")
        assert figure.get_suptitle() == title
        assert figure.get_size_inches()[1] > before


@pytest.mark.parametrize("pictures", [1, 2, 3, 12])
def test_a_title_does_not_run_out_of_a_narrow_figure(pictures: int, tmp_path) -> None:
    p = np.tile([[0.9, 0.1]], (pictures, 1))
    axes = viz.mistakes(np.zeros((pictures, 4, 4)), np.ones(pictures, int), p)
    viz.save(axes, tmp_path / "a.png", note="GENERATED DIGITS: not the real set")
    figure = axes[0].figure
    assert f"{pictures} mistakes in {pictures}; the right" in figure.get_suptitle()
    figure.draw_without_rendering()
    title = figure._suptitle.get_window_extent()
    assert 0 <= title.x0 < title.x1 <= figure.bbox.x1
    assert axes[0].get_tightbbox().y1 < title.y0


def test_save_of_nothing() -> None:
    with pytest.raises(ShapeError, match="empty"):
        viz.save(np.empty(0, dtype=object), "never.png")
