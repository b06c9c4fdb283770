"""The page in a real browser: it plays, pauses, takes a width and a file, and the fold moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bokeh", reason="the report extra is not installed")

MODEL = "Bokeh.documents[0].get_model_by_name"
FOLD = """() => {
  const glyphs = Bokeh.documents[0].get_model_by_name("fold").renderers;
  return Array.from(glyphs[glyphs.length - 1].data_source.data.x).slice(0, 300);
}"""
LONG = 60_000  # milliseconds: a machine may be busy


class Watched:
    """A page, with everything that it complained of and asked for elsewhere."""

    def __init__(self, browser: Any, url: str, **options: Any) -> None:
        self.wrong: list[str] = []
        self.page = browser.new_context(**options).new_page()
        self.page.set_default_timeout(LONG)
        self.page.on(
            "console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda r: None if self.at_home(r.url, url) else self.wrong.append(r.url))
        self.page.goto(url)
        self.button("play").wait_for()

    @staticmethod
    def at_home(asked: str, url: str) -> bool:
        return asked.startswith((url, url.replace("http", "ws", 1), "data:", "blob:"))

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def words(self, name: str) -> str:
        return str(self.page.locator(f"#lab-{name}").text_content())

    def wait(self, condition: str) -> None:
        self.page.wait_for_function(condition)

    def painted(self) -> int:
        return int(self.page.evaluate(f"() => {MODEL}('answer').data.n[0]"))

    def loss(self) -> float:
        return float(self.words("loss").split()[1])


@pytest.fixture
def lab(browser: Any, url: str) -> Iterator[Watched]:
    watched = Watched(browser, url, viewport={"width": 1280, "height": 900})
    yield watched
    watched.page.context.close()
    assert watched.wrong == []


@pytest.mark.parametrize(
    "width", [pytest.param(2, marks=pytest.mark.slow), pytest.param(8, marks=pytest.mark.slow), 16]
)
def test_it_plays_the_fold_moves_the_loss_falls_and_it_pauses(lab: Watched, width: int) -> None:
    lab.page.evaluate(f"{MODEL}('seed').value = 1")  # from 0 two units are silent, and nothing moves
    lab.page.evaluate(f"{MODEL}('width').value = {width}")
    lab.wait(f"{MODEL}('width').value === {width}")
    lab.wait("document.getElementById('lab-status').textContent.startsWith('0 steps')")
    before, loss = lab.page.evaluate(FOLD), lab.loss()
    first = lab.painted()
    lab.button("play").click()
    lab.wait(f"{MODEL}('answer').data.n[0] >= {first + 60}")  # pictures that were painted, not only sent
    moved = lab.page.evaluate(FOLD)
    assert max(abs(a - b) for a, b in zip(before, moved, strict=True)) > 0.05
    lab.wait("document.getElementById('lab-status').textContent.includes('pictures a second')")
    lab.button("pause").click()
    lab.button("play").wait_for()
    lab.page.wait_for_timeout(400)
    still = lab.words("status"), lab.page.evaluate(FOLD)
    assert lab.loss() < loss
    lab.page.wait_for_timeout(500)
    assert (lab.words("status"), lab.page.evaluate(FOLD)) == still
    steps = int(still[0].split()[0].replace(",", ""))
    lab.button("one step").click()
    lab.wait(f"document.getElementById('lab-status').textContent.startsWith('{steps + 1:,} steps')")


def test_a_csv_is_uploaded_and_a_broken_one_is_refused(lab: Watched, tmp_path: Path) -> None:
    good, bad, large = (tmp_path / name for name in ("good.csv", "bad.csv", "large.csv"))
    good.write_text(
        "x,y,class\n" + "".join(f"{i},{i % 3},{'left' if i < 10 else 'right'}\n" for i in range(20))
    )
    bad.write_text("1,2,a\n3,four,b\n")
    large.write_text("0,0,a\n" * 2_800_000)  # as a message it would be longer than a connection takes
    field = lab.page.locator("input[type=file]")
    field.set_input_files(str(large))
    lab.wait("document.getElementById('lab-wrong').textContent.startsWith('large.csv: holds more than')")
    field.set_input_files(str(bad))
    lab.wait("document.getElementById('lab-wrong').textContent.startsWith('bad.csv')")
    assert lab.words("wrong") == "bad.csv, line 2: y is 'four'; needed a number"
    field.set_input_files(str(good))
    lab.wait("document.getElementById('lab-message').textContent !== ''")
    assert lab.words("message") == "good.csv: 20 points of 2 classes, scaled to -1..1."
    assert lab.words("wrong") == ""
    loss = lab.loss()
    lab.button("play").click()
    lab.wait(f"parseFloat(document.getElementById('lab-loss').textContent.split(' ')[1]) < {loss / 2}")
    assert len(lab.page.evaluate(FOLD)) == 20


def test_tabs_and_the_way_back_by_keyboard(lab: Watched) -> None:
    lab.page.get_by_text("backprop of one point", exact=True).click()
    further = lab.button("one layer further back")
    further.wait_for()
    lab.wait("document.getElementById('lab-back').textContent.startsWith('Forward.')")
    further.focus()
    lab.page.keyboard.press("Enter")
    lab.wait("document.getElementById('lab-back').textContent.startsWith('The loss tells the scores')")
    lab.page.get_by_text("as Python", exact=True).click()
    lab.wait("document.getElementById('lab-code').textContent.includes('nn.Sequential')")
    lab.page.get_by_text("many seeds", exact=True).click()
    lab.wait("document.getElementById('lab-seeds-title').textContent.includes('of 12 seeds')")


def test_what_is_moved_by_keyboard_has_a_name_and_says_where_it_is(lab: Watched) -> None:
    def slider(name: str) -> Any:
        return lab.page.get_by_role("slider", name=name, exact=True)

    lab.page.get_by_text("backprop of one point", exact=True).click()
    for name in ("steps to a picture", "hidden layers", "units in a layer"):
        before = int(slider(name).get_attribute("aria-valuetext"))
        slider(name).press("ArrowRight")
        assert slider(name).get_attribute("aria-valuetext") == str(before + 1)
    lab.wait(
        f"{MODEL}('back').end === 6"
    )  # another net: Bokeh has set the limits of sliders and spinners anew
    stage = slider("how far through the net")
    assert stage.get_attribute("aria-valuetext") == "layer 4: ReLU"
    stage.press("ArrowLeft")
    lab.wait("document.getElementById('lab-stage').textContent.startsWith('between')")
    assert stage.get_attribute("aria-valuetext") == "between layer 4: affine and layer 4: ReLU"
    slider("how far the gradient has come back").press("ArrowRight")
    lab.wait("document.getElementById('lab-back').textContent.startsWith('The loss tells the scores')")
    for name in ("seed", "point number"):
        assert [lab.button(f"{name}: {way}").count() for way in ("up", "down")] == [1, 1]
        field = lab.page.get_by_role("textbox", name=name, exact=True)
        value = int(field.input_value())
        field.press("ArrowUp")
        assert field.input_value() == str(value + 1)
        lab.page.keyboard.press("Tab")
        assert lab.page.evaluate("document.activeElement.shadowRoot.activeElement.tagName") != "BUTTON"


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "dark"),
        (1920, "light"),
        pytest.param(390, "light", marks=pytest.mark.slow),
        pytest.param(1920, "dark", marks=pytest.mark.slow),
    ],
)
def test_nothing_is_cut(browser: Any, url: str, width: int, scheme: str) -> None:
    lab = Watched(browser, url, viewport={"width": width, "height": 900}, color_scheme=scheme)
    for tab in ("layers", "backprop of one point", "many seeds", "as Python"):
        lab.page.get_by_text(tab, exact=True).click()
        lab.page.wait_for_timeout(150)
        assert lab.page.evaluate("document.documentElement.scrollWidth") <= width
    paper = lab.page.evaluate("getComputedStyle(document.body).backgroundColor")
    figure = lab.page.evaluate(f"{MODEL}('fold').background_fill_color")
    dark = {"light": ("rgb(255, 255, 255)", "#ffffff"), "dark": ("rgb(20, 24, 29)", "#14181d")}
    assert (paper, figure) == dark[scheme], json.dumps([paper, figure])
    lab.page.context.close()
    assert lab.wrong == []
