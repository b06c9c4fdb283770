"""The page without a browser: what its buttons do, and what is sent."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bokeh", reason="the report extra is not installed")

from bokeh.document import Document

from tinynn.lab.page.back import short
from tinynn.lab.page.page import BACK, CODE, LAYERS, SEEDS, Page


@pytest.fixture
def page() -> Page:
    made = Page(Document())
    made.document.validate()
    return made


def play(page: Page, ticks: int) -> None:
    """As if the page painted everything at once."""
    page.playing.play.active = True
    for _ in range(ticks):
        page.fold.seen = page.fold.sent
        page.tick()


def sent(page: Page) -> np.ndarray:
    """(n, 2): where the points were sent to."""
    v = np.asarray(page.fold.packed.data["v"])
    lines, dots = int(v[0]), int(v[1])
    assert len(v) == 2 + 4 * lines + 3 * dots + 2
    return v[2 + 4 * lines :][: 2 * dots].reshape(2, dots).T


def upload(page: Page, raw: bytes, name: str = "mine.csv") -> None:
    page.take_file(name, base64.b64encode(raw).decode())


def test_playing_trains_and_moves_the_fold(page: Page) -> None:
    first = sent(page)
    play(page, 10)
    assert page.lab.steps == 50
    assert page.playing.play.label == "pause"
    assert np.abs(sent(page) - first).max() > 0.01
    page.playing.play.active = False
    page.tick()
    assert page.lab.steps == 50
    assert page.words["status"].startswith("50 steps from seed 0")


def test_a_page_that_does_not_paint_is_not_flooded(page: Page) -> None:
    page.playing.play.active = True
    for _ in range(20):
        page.tick()
    assert page.fold.waiting() == 2
    page.fold.answer.data = {"n": [1]}
    page.tick()
    assert page.lab.steps == 15


def test_one_step_and_restart(page: Page) -> None:
    play(page, 2)
    page.one_step()
    assert (page.lab.steps, page.playing.play.active) == (11, False)
    page.restart()
    assert page.lab.steps == 0


def test_choices_reach_the_net(page: Page) -> None:
    play(page, 2)
    page.controls.width.value = 9
    assert (page.lab.settings.width, page.lab.steps) == (9, 0)
    page.controls.depth.value = 5
    assert page.fold.slider.end == 10
    assert page.words["stage"] == "layer 5: ReLU"
    play(page, 2)
    page.controls.lr.value, page.controls.decay.value, page.controls.optimizer.value = "0.1", "0.001", "SGD"
    settings = page.lab.settings
    assert (settings.lr, settings.decay, settings.optimizer, page.lab.steps) == (0.1, 0.001, "SGD", 10)


def test_a_choice_that_cannot_be_is_put_back_with_a_message(page: Page) -> None:
    page.controls.data.value = "your CSV"
    assert "there is no file yet" in page.words["wrong"]
    assert page.controls.data.value == "spirals"
    page.controls.seed.value = -3
    assert "seed is -3" in page.words["wrong"]
    assert page.controls.seed.value == 0
    page.controls.width.value = 3
    assert page.words["wrong"] == ""


def test_a_csv_is_trained_on(page: Page) -> None:
    upload(page, b"x,y,class\n0,0,a\n1,1,b\n0,1,b\n2,0,a\n")
    assert page.words["message"].startswith("mine.csv: 4 points of 2 classes")
    assert page.controls.data.value == "your CSV"
    play(page, 20)
    assert page.lab.losses[-1] < page.lab.losses[0]
    assert page.back.number.high == 3


@pytest.mark.parametrize("raw", [b"0,0,a\n1,1\n", b"<script>alert(1)</script>", b"\xff\xfe"])
def test_a_broken_csv_is_one_message_and_the_net_stays(page: Page, raw: bytes) -> None:
    play(page, 2)
    upload(page, raw, "<b>bad</b>.csv")
    assert page.words["wrong"].startswith("<b>bad</b>.csv")
    assert (page.lab.settings.data, page.lab.steps) == ("spirals", 10)


def test_what_is_no_base64_is_one_message(page: Page) -> None:
    page.take_file("mine.csv", "?")
    assert page.words["wrong"]


def test_a_net_that_explodes_pauses_with_a_message(page: Page) -> None:
    page.controls.activation.value = "leaky_relu"
    page.controls.optimizer.value, page.controls.lr.value = "SGD", "10"
    page.controls.speed.value = 50
    play(page, 100)
    assert "smaller learning rate" in page.words["wrong"]
    assert not page.playing.play.active


def test_one_step_too_large_says_so_and_the_page_goes_on(page: Page) -> None:
    """After the third step the weights are finite, and the loss before it; places in the net are not."""
    page.controls.width.value, page.controls.depth.value = 16, 6
    page.controls.optimizer.value, page.controls.lr.value = "momentum", "10"
    for _ in range(5):
        page.one_step()
        assert np.isfinite(sent(page)).all()
    assert "smaller learning rate" in page.words["wrong"]
    assert np.isfinite(page.lab.loss())
    page.playing.play.active = True
    page.tick()
    assert not page.playing.play.active
    assert "smaller learning rate" in page.words["wrong"]
    page.controls.lr.value = "0.01"
    page.restart()
    page.one_step()
    assert (page.words["wrong"], page.lab.steps) == ("", 1)


def test_a_picture_that_fails_pauses_with_a_message(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any) -> None:
        raise np.linalg.LinAlgError("Eigenvalues did not converge")

    ways: list[Callable[[], Any]] = [
        lambda: play(page, 3),
        page.one_step,
        lambda: setattr(page.fold.slider, "value", 1),
        lambda: setattr(page.tabs, "active", BACK),
        lambda: setattr(page.back.number, "value", 7),
    ]
    for way in ways:
        with monkeypatch.context() as patched:
            for view in (page.fold, page.inside, page.back):
                patched.setattr(view, "draw", fail)
            way()
        assert page.words["wrong"].startswith("A picture failed (Eigenvalues did not converge)")
        assert not page.playing.play.active
        page.restart()
        play(page, 1)
        assert (page.words["wrong"], page.lab.steps) == ("", 5)
        page.playing.play.active = False


def test_the_slider_goes_through_the_stages(page: Page) -> None:
    page.fold.slider.value = 0
    assert page.words["stage"] == "input"
    np.testing.assert_allclose(sent(page), page.lab.points.x, atol=0.2)
    page.fold.slider.value = 0.5
    assert page.words["stage"] == "between input and layer 1: affine"


def test_layers_show_shares_of_everything(page: Page) -> None:
    play(page, 5)
    page.tabs.active = LAYERS
    page.draw_tab()
    bars = page.inside.says.bars.data
    assert len(bars["t"]) == 3 * 40
    assert float(np.max(np.array(bars["t"]) - np.array(bars["b"]))) == pytest.approx(0.88)
    assert page.inside.says.remarks.data["text"][0].endswith("of 5 units dead")


def test_backprop_of_one_point_step_by_step(page: Page) -> None:
    play(page, 30)
    page.tabs.active = BACK
    page.back.number.value = 7
    assert page.words["back-title"].startswith("point 7, class arm 0: loss ")
    assert page.words["back"].startswith("Forward.")
    said, pictures = set(), set()
    for come in range(1, 6):
        page.back.further()
        assert page.back.back.value == come
        said.add(page.words["back"])
        pictures.add(
            np.asarray(page.back.lines.data["v"]).tobytes() + np.asarray(page.back.units.data["v"]).tobytes()
        )
    assert len(said) == len(pictures) == 5
    assert "The inputs are told" in page.words["back"]
    page.back.further()
    assert page.back.back.value == 0


def test_the_gradients_in_the_picture_are_the_point_s(page: Page) -> None:
    from tinynn.lab.layers import passed

    play(page, 10)
    page.tabs.active = BACK
    page.back.number.value, page.back.back.value = 3, 5
    found = passed(page.lab, page.lab.points.x[3:4], page.lab.points.y[3:4])
    wanted = [short(v) for v in [*found.dx[0], *(v for layer in found.layers for v in layer.da[0])]]
    assert list(page.back.units.data["text"]) == wanted
    first = found.dw[0].ravel() / np.abs(found.dw[0]).max()
    np.testing.assert_allclose(page.back.lines.data["v"][:10], first, atol=1e-6)


def test_a_tapped_point_is_chosen(page: Page) -> None:
    page.plane.points.selected.indices = [123]
    assert (page.back.number.value, page.tabs.active) == (123, BACK)
    np.testing.assert_array_equal(page.plane.chosen.data["x"], page.lab.points.x[123, :1])


def test_many_seeds(page: Page) -> None:
    page.tabs.active = SEEDS
    play(page, 3)
    page.draw_tab()
    assert page.strip.seeds is not None
    assert page.strip.seeds.steps >= 50
    assert len(page.strip.images.data["image"]) == 12
    assert "of 12 seeds have at least 99 % right" in page.words["seeds-title"]
    page.controls.width.value = 2
    assert page.strip.seeds.nets.parameters()["0.weight"].shape == (12, 2, 2)


def test_many_seeds_of_which_none_has_a_loss(page: Page) -> None:
    page.tabs.active = SEEDS
    assert page.strip.seeds is not None
    for weight in page.strip.seeds.nets.parameters().values():
        weight[...] = np.nan
    page.draw_tab()
    assert page.words["seeds"].startswith("No loss is a number any more")
    assert page.words["wrong"] == ""


def test_the_code_is_of_the_net_as_it_is(page: Page) -> None:
    play(page, 3)
    page.playing.play.active = False
    page.tabs.active = CODE
    assert "as it was after 15 steps from seed 0" in page.words["code"]


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (0.344, "0.34"), (-12.3, "-12"), (3e-5, "3e-5"), (4e7, "4e7")]
)
def test_short_numbers(number: Any, text: str) -> None:
    assert short(number) == text
