"""The page of a linear classifier in a real browser, held against the arrays that it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn import report
from tinynn.errors import ArgumentError, ShapeError

CLASSES = ["cat", "dog", "automobile"]
N, SHAPE = 90, (1, 8, 8)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Arrays of a classifier that is right two times in three, and its page."""
    random = np.random.default_rng(3)
    images = random.integers(0, 256, (N, *SHAPE), dtype=np.uint8)
    labels = random.integers(3, size=N)
    w, b = random.normal(size=(3, 64)).astype(np.float32), random.normal(size=3).astype(np.float32)
    logits = random.normal(size=(N, 3)) + 1.5 * np.eye(3)[labels]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    x = (images / 255).astype(np.float32)
    blocks = [
        report.templates(w, b, images[:4], x[:4], labels[:4], CLASSES),
        report.confusion(images, labels, p, CLASSES, most=5),
    ]
    about = report.About("A title with <tags>", "One. Two.", "tinynn run x --seed 0", {"seed": "0"})
    path = tmp_path_factory.mktemp("page") / "report.html"
    size = report.write(path, about, blocks, {})
    assert size == path.stat().st_size < 6_000_000
    return {"path": path, "labels": labels, "p": p, "w": w, "b": b, "x": x}


def members(made: Any, row: int, column: int) -> list[int]:
    """The samples of a cell, the surest first: another way to the answer than the page's own."""
    inside = [i for i in range(N) if made["labels"][i] == row and made["p"][i].argmax() == column]
    return sorted(inside, key=lambda i: -made["p"][i].max())


def shown(page: Any) -> list[tuple[int, float]]:
    tiles = page.query_selector_all(".confusion .tile")
    return [(int(t.get_attribute("data-image")), float(t.get_attribute("data-p"))) for t in tiles]


@pytest.mark.parametrize("how", ["pointer", "keyboard"])
def test_a_cell_shows_its_samples_by_confidence(made: Any, visit: Any, how: str) -> None:
    page = visit(made["path"])
    cells = page.query_selector_all(".confusion td button")
    if how == "keyboard":
        cells[0].focus()
    for i, cell in enumerate(cells):
        if how == "pointer":
            cell.hover()
        row, column = divmod(i, 3)
        assert page.evaluate("document.activeElement.textContent") == cell.inner_text() or how == "pointer"
        wanted = members(made, row, column)
        assert cell.inner_text() == str(len(wanted))
        found = shown(page)
        assert [image for image, _ in found] == wanted[:5]
        np.testing.assert_allclose([p for _, p in found], [made["p"][i].max() for i in wanted[:5]], rtol=1e-6)
        if how == "keyboard":
            page.keyboard.press("ArrowRight")


def test_a_click_keeps_a_cell_and_escape_lets_it_go(made: Any, visit: Any) -> None:
    page = visit(made["path"])
    cells = page.query_selector_all(".confusion td button")
    cells[4].click()
    assert cells[4].get_attribute("aria-pressed") == "true"
    cells[0].hover()
    assert [image for image, _ in shown(page)] == members(made, 1, 1)[:5]
    page.locator("#theme").focus()  # from anywhere
    page.keyboard.press("Escape")
    cells[8].hover()
    assert [image for image, _ in shown(page)] == members(made, 2, 2)[:5]


def test_the_products_add_up_to_the_score(made: Any, visit: Any) -> None:
    page = visit(made["path"])
    images = page.query_selector_all(".images .tile")
    units = page.query_selector_all(".units .tile")
    for n in (2, 3):
        images[n].click()
        for k in range(3):
            units[k].focus()
            score = float(page.query_selector(".told").get_attribute("data-score"))
            wanted = made["w"][k].astype(float) @ made["x"][n].ravel().astype(float) + made["b"][k]
            assert score == pytest.approx(wanted, abs=1e-4)


def test_the_product_of_every_pixel_is_told_by_arrow_keys(made: Any, visit: Any) -> None:
    page = visit(made["path"], width=390)
    page.locator(".images .tile").nth(1).click()
    page.locator(".units .tile").nth(2).focus()
    page.locator("canvas.products").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)  # the last one leads out of the picture
    w, x = made["w"][2, 16], made["x"][1].ravel()[16]
    told = page.inner_text(".pixel").replace("\u2212", "-")
    assert told == f"Row 3, column 1: {w:+.3f} \u00d7 {x:+.2f} = {w * x:+.3f}"
    spot, canvas = (page.locator(name).bounding_box() for name in (".spot", "canvas.products"))
    assert spot["y"] - canvas["y"] == pytest.approx(2 / 8 * canvas["height"], abs=1)


#: All that is in the plots, also in their shadow.
INSIDE = """() => {
  const shadow = (e) => (e.shadowRoot ? own(e.shadowRoot) : []);
  const own = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...shadow(e)]);
  return [...document.querySelectorAll("[data-plot]")].flatMap(own);
}"""


def test_what_has_no_keys_is_no_stop_of_the_tab_key(made: Any, visit: Any) -> None:
    page = visit(made["path"])
    assert page.evaluate(f"({INSIDE})().length") > 20
    assert page.evaluate(f"({INSIDE})().filter((e) => e.tabIndex >= 0).length") == 0


#: How many pixels of the plots have the colour of the grid on the light page, and of that on the dark one.
GRIDS = """() => {
  const all = inside().filter((e) => e.tagName === "CANVAS").map((e) => {
    const copy = new OffscreenCanvas(e.width, e.height).getContext("2d", {willReadFrequently: true});
    copy.drawImage(e, 0, 0);
    return copy.getImageData(0, 0, e.width, e.height).data;
  });
  const counted = (data, [r, g, b]) => {
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += data[i] === r && data[i + 1] === g && data[i + 2] === b;
    return sum;
  };
  const count = (colour) => all.reduce((sum, data) => sum + counted(data, colour), 0);
  return [[213, 219, 225], [57, 66, 75]].map(count);
}"""


@pytest.mark.parametrize("dark", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_paper_is_light_and_keeps_its_colours(made: Any, visit: Any, dark: bool) -> None:
    page = visit(made["path"], dark=dark)
    page.evaluate(f"""() => {{ window.inside = {INSIDE}; const grids = {GRIDS};
      const theme = document.documentElement.dataset;
      window.seen = {{before: grids()}};
      addEventListener("beforeprint", () => {{ seen.on = theme.theme; seen.paper = grids(); }});
    }}""")
    assert page.pdf().startswith(b"%PDF")
    seen = page.evaluate("seen")
    assert [n > 500 for n in seen["before"]] == [not dark, dark]
    assert [n > 500 for n in seen["paper"]] == [True, False]  # at once: the next frame would be too late
    assert seen["on"] == "light"
    assert page.evaluate("document.documentElement.dataset.theme") == ("dark" if dark else "light")
    page.emulate_media(media="print")
    for part in (".confusion td button", ".sprite"):
        exact = page.locator(part).evaluate_all("all => all.map((e) => getComputedStyle(e).printColorAdjust)")
        assert set(exact) == {"exact"}


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1920, False)])
def test_nothing_is_cut_off_and_the_theme_is_the_readers(
    made: Any, visit: Any, width: int, dark: bool
) -> None:
    page = visit(made["path"], width=width, dark=dark)  # what runs off the edge is looked for at the end
    paper = "getComputedStyle(document.body.parentElement).backgroundColor"
    before = page.evaluate(paper)
    assert (before == "rgb(16, 19, 22)") == dark
    page.click("#theme")
    assert page.evaluate(paper) != before
    assert page.inner_text("h1") == "A title with <tags>"
    text = page.inner_text("footer")
    assert "tinynn run x --seed 0" in text
    assert "Bokeh" in text
    unnamed = "[...document.querySelectorAll('img, canvas, [role=img]')].filter((e) => !e.alt && !e.ariaLabel"
    assert page.evaluate(f"{unnamed} && !e.closest('button')).length") == 0


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="confusion"):
        report.confusion(np.zeros((2, 1, 4, 4)), [0], [[0.5, 0.5]], ["a", "b"])
    x = np.zeros((1, 1, 4, 4))
    with pytest.raises(ShapeError, match="templates"):
        report.templates(np.zeros((2, 9)), np.zeros(2), x, x, [0], "ab")


def test_without_bokeh_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tinynn.report.page.find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match=r"pip install \"tinynn-engine\[report\]\""):
        report.write(tmp_path / "x.html", report.About("t", "s", "c"), [], {})
