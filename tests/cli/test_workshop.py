"""tinynn workshop, as a learner types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tinynn.cli import main
from tinynn.workshop import all_exercises, answer, exercise
from tinynn.workshop.load import hints


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """What start makes."""
    path = tmp_path / "mine"
    assert main(["workshop", "start", "linear-dw", "--dir", str(path)]) == 0
    capsys.readouterr()
    return path


def test_list_names_all_exercises(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workshop", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["exercises"]
    assert [row["name"] for row in rows] == list(all_exercises())
    assert main(["workshop", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rows) > 1


def test_start_makes_a_lesson_and_one_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, suffix in (("numpy", ".py"), ("cython", ".pyx"), ("cpp", ".cpp")):
        path = tmp_path / language
        assert main(["workshop", "start", "linear-dw", "--lang", language, "--dir", str(path), "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["source"] == str(path / f"linear_dw{suffix}")
        assert {p.name for p in path.iterdir()} == {"lesson.md", "workshop.json", f"linear_dw{suffix}"}


def test_start_takes_the_first_language_that_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["workshop", "start", "matmul-simd", "--dir", str(tmp_path / "a"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["language"] == "cpp"
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert main(["workshop", "start", "matmul-simd", "--dir", str(tmp_path / "b")]) == 0
    assert "or take one that needs none" in capsys.readouterr().err


def test_check_fails_then_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workshop", "check", str(folder), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["passed"], report["mistake"]) == (False, "NotImplementedError: write me (line 8)")
    assert report["where"]["line"] == 8
    (folder / "linear_dw.py").write_text(answer(exercise("linear-dw"), "numpy").replace("+=", "="))
    assert main(["workshop", "check", str(folder), "--seed", "3"]) == 1
    out = capsys.readouterr().out
    assert "nothing is written to dw" in out
    assert "--seed 3" in out
    (folder / "linear_dw.py").write_text(answer(exercise("linear-dw"), "numpy"))
    assert main(["workshop", "check", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["passed"], report["mistake"], report["where"]) == (True, None, None)


def test_the_hints_come_one_by_one_and_stay_at_the_last(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for _ in range(4):
        assert main(["workshop", "hint", str(folder), "--json"]) == 0
        said.append(json.loads(capsys.readouterr().out)["text"])
    steps = hints(exercise("linear-dw"))
    assert said == [*steps, steps[-1]]
    assert json.loads((folder / "workshop.json").read_text())["hints"] == 3


def test_without_a_compiler_start_and_check_say_so_and_offer_numpy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    path = tmp_path / "mine"
    assert main(["workshop", "start", "linear-dw", "--lang", "cpp", "--dir", str(path)]) == 0
    assert "or go on without: tinynn workshop start linear-dw --lang numpy" in capsys.readouterr().err
    assert main(["workshop", "check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "no c++, g++ or clang++ on PATH" in err
    assert main(["workshop", "start", "linear-dw", "--lang", "numpy", "--dir", str(tmp_path / "n")]) == 0
    (tmp_path / "n" / "linear_dw.py").write_text(answer(exercise("linear-dw"), "numpy"))
    assert main(["workshop", "check", str(tmp_path / "n")]) == 0


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"exercise": "linear-dw"}', "\xff", "[" * 5000])
def test_a_damaged_note_is_named(folder: Path, note: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "workshop.json").write_text(note, encoding="latin-1")
    assert main(["workshop", "check", str(folder)]) == 2
    assert "workshop.json' is damaged" in capsys.readouterr().err
