"""train: the learner's kernel is the one that ran, a right one learns and a wrong one does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tinynn import data, optim, random
from tinynn import functional as F
from tinynn.errors import ArgumentError, DataError
from tinynn.train import fit
from tinynn.train.evaluate import evaluate
from tinynn.workshop import Folder, all_exercises, answer, exercise, start
from tinynn.workshop.compilers import cpp_compiler
from tinynn.workshop.load import practice
from tinynn.workshop.nets import FOLDS, for_digits, recipe
from tinynn.workshop.say import trained_in_words
from tinynn.workshop.training import Trained, train

needs_compiler = pytest.mark.skipif(cpp_compiler() is None, reason="no C++ compiler")


def folder(tmp_path: Path, name: str, language: str, text: str | None = None) -> Folder:
    found = start(name, language, tmp_path / "work")
    found.source.write_text(answer(exercise(name), language) if text is None else text)
    return found


def fold(tmp_path: Path, name: str, language: str = "numpy", text: str | None = None, **more: Any) -> Trained:
    return train(folder(tmp_path, name, language, text), fold=True, **more)


def test_the_plane_is_folded_with_the_learners_kernel(tmp_path: Path) -> None:
    found = fold(tmp_path, "linear-dw")
    assert found.passed, found
    assert found.calls == 3 * found.steps > 0  # three layers
    assert found.kernels == ["linear_backward"]
    assert Path(found.figure or "").read_bytes()[:4] == b"\x89PNG"
    assert "tinynn's own never" in trained_in_words(found)
    json.dumps(found.as_json(), allow_nan=False)


WRONG = "def linear_dw(dy, x, dw):\n    dw -= dy.T @ x\n"
NOTHING = "def linear_dw(dy, x, dw):\n    pass\n"
CRASH = "def linear_dw(dy, x, dw):\n    dw += dy @ x\n"


@pytest.mark.parametrize(("text", "words"), [(WRONG, ""), (NOTHING, ""), (CRASH, "ValueError: matmul")])
def test_a_wrong_kernel_does_not_learn(tmp_path: Path, text: str, words: str) -> None:
    found = fold(tmp_path, "linear-dw", text=text, epochs=150)
    assert not found.passed
    assert found.calls > 0
    assert words in (found.stopped or "")
    assert found.stopped or (found.test_accuracy or 0) < 0.7
    assert "earned" not in trained_in_words(found).replace("not learn", "")


def test_without_the_digits_the_fold_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"or go on without data: --fold or --synthetic$"):
        train(folder(tmp_path, "linear-dw", "numpy"), data_dir=tmp_path)
    with pytest.raises(DataError, match=r"or go on without data: --synthetic$"):
        train(folder(tmp_path / "images", "conv2d-dw", "numpy"), data_dir=tmp_path)


def test_what_cannot_be_trained_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="cannot fold the plane"):
        fold(tmp_path, "conv2d-dw")
    for it in all_exercises().values():
        taken = practice(it)
        assert bool(taken.net) == bool(taken.joins) != bool(taken.why_not), it.name


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("name", [e for e in all_exercises() if practice(exercise(e)).net in FOLDS])
def test_every_exercise_of_dense_nets_folds_the_plane(tmp_path: Path, name: str) -> None:
    found = fold(tmp_path, name, "cpp")
    assert found.passed, found
    assert found.calls >= found.steps


DIGITS = [e for e in all_exercises() if practice(exercise(e)).net not in ("", "fold")]


@pytest.mark.slow
@pytest.mark.data
@needs_compiler
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "language"), [(e, lang) for e in DIGITS for lang in exercise(e).languages])
def test_model_answers_read_real_digits(tmp_path: Path, data_dir: Path, name: str, language: str) -> None:
    found = train(folder(tmp_path, name, language), data_dir=data_dir)
    assert found.test_accuracy is not None
    assert found.test_accuracy >= 0.97, found
    assert found.passed
    assert found.calls >= found.steps
    assert not found.synthetic


@pytest.mark.slow
@pytest.mark.data
def test_a_wrong_kernel_does_not_read_digits(tmp_path: Path, data_dir: Path) -> None:
    found = train(folder(tmp_path, "linear-dw", "numpy", WRONG), data_dir=data_dir, epochs=1)
    assert not found.passed
    assert found.stopped or (found.test_accuracy or 0) < 0.5


QUICK = ("linear-dw", "conv2d-dw")  # the others in the full run


@pytest.mark.parametrize(
    "name", [e if e in QUICK else pytest.param(e, marks=pytest.mark.slow) for e in DIGITS]
)
def test_a_right_kernel_learns_what_tinynns_own_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """On a few digits: the same net, the same numbers, with the learner's kernel and without."""
    few = data.synthetic_like("mnist", n_train=960, n_test=200, seed=1)
    monkeypatch.setattr("tinynn.workshop.training.digits", lambda *arguments: few)
    language = exercise(name).languages[0]
    if language == "cpp" and cpp_compiler() is None:
        pytest.skip("no C++ compiler")
    found = train(folder(tmp_path, name, language), epochs=6, seed=3)
    assert found.calls >= found.steps == 90
    net = practice(exercise(name)).net
    random.manual_seed(3)
    model, (rule, _) = for_digits(net), recipe(net, fold=False)
    schedule = optim.LinearLR(rule, 1.0, 0.0, total_iters=90)
    fit(model, few[0], loss=F.cross_entropy, optimizer=rule, epochs=6, schedule=schedule, seed=3)
    plain = evaluate(model, few[1], loss=F.cross_entropy)["accuracy"]
    assert found.test_accuracy == pytest.approx(plain, abs=0.016)  # three of 200, for other roundings
    assert plain > 0.2
