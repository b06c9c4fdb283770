"""grade: one row per learner, statistics per mistake, the same twice, whatever is handed in."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinynn.cli import main
from tinynn.errors import ArgumentError
from tinynn.workshop import answer, exercise, start
from tinynn.workshop.adapters import github, nbgrader, otter
from tinynn.workshop.roster import Grades, grade
from tinynn.workshop.sheet import as_csv, as_html

LINEAR = "def linear_dw(dy, x, dw):\n    "
NOTHING = "import os  # is not judged, and so takes no time\n"


def hand_in(place: Path, name: str, text: str | None = None, language: str = "numpy") -> None:
    folder = start(name, language, place)
    folder.source.write_text(answer(exercise(name), language) if text is None else text)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five learners: all right, a known mistake twice, a crash, and somebody who broke the folder."""
    place = tmp_path_factory.mktemp("class")
    hand_in(place / "ada" / "dw", "linear-dw")
    hand_in(place / "ada" / "relu", "relu-backward")
    hand_in(place / "bo<b>", "linear-dw", f"{LINEAR}dw -= dy.T @ x\n")
    hand_in(place / "=cai", "linear-dw", f"{LINEAR}dw -= dy.T @ x\n")
    hand_in(place / "dan", "linear-dw", "import ctypes\n")
    hand_in(place / "eve", "relu-backward")
    (place / "eve" / "workshop.json").write_text('{"exercise": "no-such"}')
    return place


@pytest.fixture(scope="module")
def grades(school: Path) -> Grades:
    return grade(sorted(school.iterdir()), seed=3)


def test_one_row_per_learner(grades: Grades) -> None:
    rows = {learner.learner: learner for learner in grades.learners}
    assert list(rows) == sorted(["ada", "bo<b>", "=cai", "dan", "eve"])
    assert grades.exercises[:2] == ["relu-backward", "linear-dw"]
    assert (rows["ada"].passed, rows["ada"].handed_in) == (2, 2)
    assert rows["dan"].score == rows["eve"].score == 0
    assert "line 1 imports ctypes" in (rows["dan"].results[0].mistake or "")
    assert "cannot be judged" in (rows["eve"].results[0].mistake or "")
    assert rows["eve"].results[0].exercise == "(unreadable)"
    assert grades.exercises == ["relu-backward", "linear-dw"]


def test_what_is_expected_and_missing_counts_nothing(school: Path) -> None:
    found = grade([school / "ada", school / "eve"], expected=["linear-dw", "relu-backward", "adam"])
    scores = {learner.learner: learner.score for learner in found.learners}
    assert scores["ada"] == pytest.approx(2 / 3, abs=1e-6)
    assert scores["eve"] == 0
    assert "adam" in found.exercises
    with pytest.raises(ArgumentError, match="no exercise"):
        grade([school / "ada"], expected=["linear-dww"])


def test_who_hands_in_nothing_has_no_points_where_something_is_expected(tmp_path: Path) -> None:
    found = grade([tmp_path], expected=["linear-dw"])
    assert (found.learners[0].score, found.learners[0].handed_in) == (0.0, 0)
    told = found.as_json()
    assert json.loads(github(told))["max_score"] == 10.0
    assert json.loads(github(told))["tests"][0]["test_code"] == "not handed in"
    assert json.loads(otter(told))["tests"][0]["max_score"] == 10.0


def test_nothing_that_one_learner_hands_in_ends_the_grading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bob", "cai", "dan"):
        hand_in(tmp_path / name, "linear-dw", NOTHING)
    (tmp_path / "bob" / "workshop.json").write_text('{"exercise": ["x"], "language": "numpy"}')
    os.truncate(tmp_path / "cai" / "linear_dw.py", 8 << 40)  # a hole of 8 TB
    os.truncate(tmp_path / "dan" / "workshop.json", 8 << 40)
    found = grade(sorted(tmp_path.iterdir()))
    assert [row.score for row in found.learners] == [0.0] * 4
    mistakes = [row.results[0].mistake or "" for row in found.learners]
    assert "is damaged" in mistakes[1]
    assert "has more than a million bytes" in mistakes[2]
    assert "is damaged" in mistakes[3]
    assert found.exercises == ["linear-dw"]

    def broken(*arguments: object, **options: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("tinynn.workshop.roster.check_source", broken)
    found = grade([tmp_path / "ada"])
    said = found.learners[0].results[0].mistake
    assert said == "cannot be judged: RuntimeError: can't start new thread"


def test_a_class_in_one_folder_and_plain_files_are_noticed(tmp_path: Path) -> None:
    for place in ("ann/dw", "bob/dw"):
        hand_in(tmp_path / "class" / place, "linear-dw", NOTHING)
    (tmp_path / "notes.txt").write_text("")
    said: list[str] = []
    totals: list[int] = []
    found = grade(
        [tmp_path / "class", tmp_path / "notes.txt"],
        tell=said.append,
        progress=lambda items, total: totals.append(total) or items,
    )
    assert totals == [2]
    assert [row.learner for row in found.learners] == ["class"]
    assert "notes.txt is passed over" in said[0]
    assert "whose linear-dw stands in ann and in bob" in said[1]
    assert said[1].endswith("/class/*")
    grade([tmp_path / "class" / "ann"], tell=said.append)
    assert len(said) == 2


def test_the_most_frequent_mistake_comes_first(grades: Grades) -> None:
    first = grades.mistakes[0]
    assert (first["exercise"], first["mistake"], first["count"]) == ("linear-dw", "dw has the wrong sign", 2)
    assert first["share"] == 0.5
    assert sum(m["count"] for m in grades.mistakes) == 4


def test_twice_is_the_same(grades: Grades, school: Path) -> None:
    again = grade(sorted(school.iterdir()), seed=3, jobs=1)
    assert json.dumps(again.as_json()) == json.dumps(grades.as_json())
    assert as_html(again) == as_html(grades)


def test_the_table_and_the_page(grades: Grades) -> None:
    table = list(csv.DictReader(io.StringIO(as_csv(grades))))
    assert len(table) == 5
    assert table[0]["learner"] == "'=cai"  # no spreadsheet takes it for a formula
    assert {row["learner"]: row["linear-dw"] for row in table}["ada"] == "1"
    page = as_html(grades)
    assert "bo&lt;b&gt;" in page
    assert "<b>" not in page
    assert "http" not in page.replace('http-equiv="', "")
    assert page.count('class="mark wrong"') == 4


def test_the_command_writes_all_three(
    school: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--csv", str(tmp_path / "c.csv"), "--html", str(tmp_path / "c.html"), "--json"]
    assert main(["workshop", "grade", str(school / "ada"), str(school / "dan"), *files]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [learner["learner"] for learner in found["learners"]] == ["ada", "dan"]
    assert (tmp_path / "c.csv").read_text().count("\n") == 3
    assert (tmp_path / "c.html").read_text().startswith("<!doctype html>")


def test_files_that_cannot_be_written_are_said_before_anything_is_judged(
    school: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tinynn.workshop.roster.judge", lambda *arguments: pytest.fail("too early"))
    lost = tmp_path / "nowhere" / "c.csv"
    assert main(["workshop", "grade", str(school / "ada"), "--csv", str(lost)]) == 2
    assert str(lost) in capsys.readouterr().err
    kept = tmp_path / "kept.csv"
    kept.write_text("of last week")
    assert main(["workshop", "grade", str(tmp_path / "nobody"), "--csv", str(kept)]) == 2
    assert kept.read_text() == "of last week"


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    hand_in(tmp_path / "=cai" / "@sub", "linear-dw", NOTHING)
    (tmp_path / "=cai" / "@sub" / "workshop.json").write_text("")
    found = grade([tmp_path / "=cai"], expected=["linear-dw"])
    table = list(csv.reader(io.StringIO(as_csv(found))))
    assert table[0][4:] == ["linear-dw", "linear-dw mistake", "unreadable"]
    assert table[1][-1].startswith("'@sub cannot be judged")
    for text in (as_csv(found), nbgrader(found.as_json())):
        assert not [c for row in csv.reader(io.StringIO(text)) for c in row if c[:1] in tuple("=+-@")]
    assert "@sub: unreadable" in as_html(found)
    for tests in (json.loads(github(found.as_json()))["tests"], json.loads(otter(found.as_json()))["tests"]):
        assert [t["name"] for t in tests] == ["linear-dw", "@sub (unreadable)"]


def test_nothing_to_grade_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="needed folders"):
        grade([tmp_path])
    with pytest.raises(ArgumentError, match="to grade"):
        grade([tmp_path / "nobody"])
    with pytest.raises(ArgumentError, match="jobs"):
        grade([tmp_path], jobs=0)


def test_adapters(grades: Grades, school: Path) -> None:
    one = grade([school / "bo<b>"]).as_json()
    result = json.loads(github(one))
    assert (result["version"], result["status"], result["max_score"]) == (1, "fail", 10.0)
    assert result["tests"][0]["message"] == result["tests"][0]["test_code"] == "dw has the wrong sign"
    assert result["tests"][0]["line_no"] == 0
    stopped = json.loads(github(grade([school / "dan"], expected=["adam", "linear-dw"]).as_json()))
    assert [(t["name"], t["line_no"]) for t in stopped["tests"]] == [("linear-dw (numpy)", 1), ("adam", 0)]
    assert stopped["max_score"] == 20.0
    assert json.loads(otter(one))["tests"][0]["status"] == "failed"
    table = list(csv.DictReader(io.StringIO(nbgrader(grades.as_json()))))
    assert {r["student_id"] for r in table} == {"ada", "bo<b>", "'=cai", "dan", "eve"}
    command = [sys.executable, "-m", "tinynn.workshop.adapters", "github"]
    done = subprocess.run(command, input=json.dumps(one), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == result
    assert subprocess.run(command, input="[]", capture_output=True, text=True, check=False).returncode == 2
