"""Hidden units and the window of a convolution in a real browser, held against NumPy and autograd."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn import data, nn, report
from tinynn import functional as F
from tinynn.errors import ShapeError
from tinynn.experiments import run_experiment
from tinynn.experiments._inside_page import coming_back
from tinynn.tensor import Tensor

CLASSES = ["one", "two", "three"]
RANDOM = np.random.default_rng(5)
IMAGES = RANDOM.integers(0, 256, (4, 1, 9, 8), dtype=np.uint8)
LABELS = np.array([0, 1, 2, 0])


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    arrays = {
        "w": RANDOM.normal(size=(5, 1, 9, 8)),
        "v": RANDOM.normal(size=(3, 5)),
        "c": RANDOM.normal(size=3),
        "activity": np.maximum(RANDOM.normal(size=(4, 5)), 0),
    }
    path = tmp_path_factory.mktemp("hidden") / "report.html"
    block = report.hidden(**arrays, images=IMAGES, labels=LABELS, classes=CLASSES)
    report.write(path, report.About("hidden", "One. Two.", "x"), [block], {})
    return arrays | {"path": path}


def test_unit_and_class_are_linked_for_every_image(dense: dict[str, Any], visit: Any) -> None:
    page = visit(dense["path"], width=390)
    images, units = page.locator(".images .tile"), page.locator(".units .tile")
    for n in range(4):
        images.nth(n).click()
        for k, name in enumerate(CLASSES):
            page.select_option("select[name=class]", str(k))
            units.nth(n).focus()
            told = page.evaluate("({...document.querySelector('section.block').dataset})")
            assert float(told["answer"]) == pytest.approx(dense["activity"][n, n])
            assert float(told["score"]) == pytest.approx(dense["v"][k] @ dense["activity"][n] + dense["c"][k])
            assert page.locator(".units rect.on").count() == 5
            assert page.locator(f".units rect.on.of{k}").count() == 5
            assert page.inner_text("h3.class").startswith(name)
    units.nth(0).focus()
    page.keyboard.press("ArrowRight")
    assert units.nth(1).get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("u", [pytest.param(5, marks=pytest.mark.slow), 24])
def test_what_is_said_of_the_numbers_under_the_units_is_there(u: int, tmp_path: Path, visit: Any) -> None:
    w, v, c = RANDOM.normal(size=(u, 1, 9, 8)), RANDOM.normal(size=(3, u)), np.zeros(3)
    block = report.hidden(w, v, c, np.ones((4, u)), IMAGES, LABELS, CLASSES)
    path = tmp_path / "report.html"
    report.write(path, report.About("hidden", "One. Two.", "x"), [block], {})
    page = visit(path, width=390)
    page.locator(".units .tile").nth(u - 1).focus()
    numbers = [text for text in page.locator(".units .answer").all_inner_texts() if text]
    assert ("number under a unit" in block.words) == bool(numbers) == (u == 5)
    if u == 24:  # too small to be read: one of them is large
        page.select_option("select[name=class]", "2")
        assert page.locator(".chosen canvas").get_attribute("aria-label") == "what unit 24 looks for"
        assert page.locator(".chosen svg").bounding_box()["width"] > 180
        assert page.locator(".chosen svg text").all_text_contents() == CLASSES
        assert page.locator(".chosen rect.on.of2").count() == 1


def net(padding: int) -> nn.Sequential:
    """Convolution, ReLU and pool in one pass, as the experiments have it, and a linear layer."""
    h, w = 9 + 2 * padding - 2, 8 + 2 * padding - 2
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=padding, activation="relu", max_pool=2),
        nn.Flatten(),
        nn.Linear(2 * (h // 2) * (w // 2), 3),
    )


@pytest.mark.parametrize("padding", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_the_window_of_a_convolution_forward_and_backward(padding: int, tmp_path: Path, visit: Any) -> None:
    model, x = net(padding), (IMAGES / 255).astype(np.float32)
    dy, dw, dx = coming_back(model, x, LABELS)
    images = Tensor(x, requires_grad=True)
    F.cross_entropy(model(images), LABELS, reduction="sum").backward()
    np.testing.assert_allclose(dw.sum(0), np.asarray(model[0].weight.grad), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(dx, np.asarray(images.grad), rtol=1e-4, atol=1e-5)
    w, b = np.asarray(model[0].weight), np.asarray(model[0].bias)
    y = np.asarray(F.conv2d(x, w, b, padding=padding))
    names = [CLASSES[label] for label in LABELS]
    block = report.convolution(w, b, x, IMAGES, names, dy, dw, dx, {"convolution 1": y}, padding=padding)
    path = tmp_path / "report.html"
    report.write(path, report.About("convolution", "One. Two.", "x"), [block], {})
    page = visit(path, dark=True)
    section = "({...document.querySelector('section.block').dataset})"
    places = y.shape[2] * y.shape[3]
    for image, kernel, place in ((0, 0, 0), (2, 1, places // 2), (3, 1, places - 1)):
        page.locator(".images .tile").nth(image).click()
        page.locator(".kernels .tile").nth(kernel).click()
        page.select_option("select[name=way]", "forward")
        page.locator("input[name=place]").fill(str(place))
        value = float(page.evaluate(section)["value"])
        assert value == pytest.approx(y[image, kernel].ravel()[place], abs=1e-5)
        assert not page.locator("canvas.dy").is_visible()
        page.select_option("select[name=way]", "backward")
        page.locator("input[name=place]").fill(str(places - 1))
        told = page.evaluate(section)
        assert float(told["off"]) < 1e-5 * max(1.0, float(np.abs(dw).max()))
        assert int(told["terms"]) == np.count_nonzero(dy[image, kernel])
        page.select_option("select[name=sum]", "all")
        assert float(page.evaluate(section)["offDx"]) < 1e-5 * max(1.0, float(np.abs(dx).max()))
        assert "all kernels" in page.inner_text("canvas.dx + figcaption")
        page.select_option("select[name=sum]", "one")
        assert "this kernel's part" in page.inner_text("canvas.dx + figcaption")
        page.locator("input[name=place]").fill("0")
        first = page.evaluate(section)
        assert float(first["off"]) > 1e-3 or np.count_nonzero(dy[image, kernel].ravel()[1:]) == 0
    assert np.count_nonzero(dy) > 10


def test_what_comes_back_is_the_gradient_of_each_images_own_loss() -> None:
    model, x = net(0), (IMAGES / 255).astype(np.float32)
    dy, _, _ = coming_back(model, x, LABELS)
    alone, _, _ = coming_back(model, x[1:2], LABELS[1:2])
    np.testing.assert_allclose(dy[1:2], alone, rtol=1e-5, atol=1e-7)
    nudge = 1e-2 * np.sign(dy[1:2]) * (np.abs(dy[1:2]) == np.abs(dy[1:2]).max())
    first: Any = model[0]
    y = np.asarray(F.conv2d(x[1:2], np.asarray(first.weight), np.asarray(first.bias)))

    def loss(z: np.ndarray) -> float:
        h = F.max_pool2d(F.activation(Tensor(z.astype(np.float32)), activation="relu"), 2)
        return float(np.asarray(F.cross_entropy(model[2](model[1](h)), LABELS[1:2])))

    slope = (loss(y + nudge) - loss(y - nudge)) / (2 * np.abs(nudge).sum())
    assert slope == pytest.approx(np.abs(dy[1:2]).max(), rel=0.05)


@pytest.mark.slow
def test_pages_of_the_experiments_on_generated_data(
    tmp_path: Path, visit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "synthetic_like", partial(data.synthetic_like, n_train=400, n_test=200))
    for name, width in (("mnist-hidden", 1920), ("mnist-conv", 390)):
        metrics = run_experiment(name, out=tmp_path, synthetic=True, epochs=1)
        page = visit(tmp_path / name / "report.html", width=width)
        for top in metrics["top_samples"]:
            page.locator(".confusion td button").nth(
                10 * metrics["classes"].index(top["actual"]) + metrics["classes"].index(top["predicted"])
            ).focus()
            tile = page.locator(".confusion .tile").first
            assert int(tile.get_attribute("data-image")) == top["image"]
            assert float(tile.get_attribute("data-p")) == pytest.approx(top["probability"], rel=1e-6)
        assert "GENERATED" in page.inner_text("footer")
        assert page.locator("section.block").count() == 2


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="hidden: 5 units"):
        report.hidden(
            np.zeros((5, 1, 4, 4)), np.zeros((3, 4)), np.zeros(3), np.zeros((4, 5)), IMAGES, LABELS, "abc"
        )
    zeros = np.zeros((1, 1, 3, 3))
    with pytest.raises(ShapeError, match="convolution: dy"):
        report.convolution(zeros, [0], zeros, zeros, ["a"], zeros, zeros[None], zeros, {})
