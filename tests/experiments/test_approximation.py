"""approximation: nets of bumps, for functions that are built in, handed over, or read from a file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn.cli import main
from tinynn.errors import ArgumentError, DataError, FormatError
from tinynn.experiments import approximation, run_experiment
from tinynn.experiments._bumps import by_hand, net_of, outputs
from tinynn.experiments._functions import NAMED, read_target


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approximation, "BUMPS", (1, 2, 4, 8, 16))
    monkeypatch.setattr(approximation, "SHOWN", (2, 4, 16))
    monkeypatch.setattr(approximation, "SEEDS", 3)


def test_a_net_by_hand_is_the_mean_over_each_cell() -> None:
    target = read_target(lambda x: 3 * x)
    u = (np.arange(8) + 0.5) / 8  # the middles of the cells
    np.testing.assert_allclose(outputs(by_hand(target, 8), u)[0], 3 * u, atol=1e-6)
    model = net_of(by_hand(target, 8), 8)
    x = np.asarray(u[:, None], np.float32)
    np.testing.assert_allclose(model(x).numpy()[:, 0], 3 * u, atol=1e-4)  # as a net of the library, float32
    assert model.num_parameters() == 3 * 16 + 1


@pytest.mark.parametrize("name", NAMED)
def test_more_bumps_less_error(name: str) -> None:
    u, y = NAMED[name].places()
    errors = [np.sqrt(((outputs(by_hand(NAMED[name], k), u)[0] - y) ** 2).mean()) for k in (16, 32, 64, 128)]
    assert (np.diff(errors) < 0).all()
    slope = np.polyfit(np.log([16, 32, 64, 128]), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5 if name == "jumps" else -1.0, abs=0.25)


def test_approximation_of_a_callable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    metrics = run_experiment("approximation", out=tmp_path, epochs=400, function=lambda x: math.sin(5 * x))
    first, *_, last = metrics["widths"]
    assert last["by_hand"] < 0.2 * first["by_hand"]
    assert last["trained"]["median"] < last["by_hand"]
    assert last["trained"]["best"] <= last["trained"]["median"] <= last["trained"]["worst"]
    assert metrics["slope_by_hand"] == pytest.approx(-1, abs=0.1)
    assert metrics["figures"] == ["functions.png", "bump.png", "error.png"]
    assert all((tmp_path / "approximation" / name).stat().st_size > 8000 for name in metrics["figures"])


def test_approximation_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    small(monkeypatch)
    path = tmp_path / "points.csv"
    path.write_text("time, height\n10, 1\n 12.5, 3\n\n11, 2\n20, -1e0\n", encoding="utf-8")
    command = ["run", "approximation", "--out", str(tmp_path), "--epochs", "20", "--set", f"function={path}"]
    assert main(command) == 0
    assert "points.csv" in capsys.readouterr().out
    target = read_target(path)
    np.testing.assert_array_equal(target.points, [[10, 1], [11, 2], [12.5, 3], [20, -1]])
    assert (target.low, target.high) == (10, 20)
    np.testing.assert_allclose(target.at(np.array([0, 0.05, 0.1, 1])), [1, 1.5, 2, -1])


@pytest.mark.parametrize(("text", "words"), [
    ("1,2\n3,4\nimport os\n", "line 3: got 'import os'; needed x,y"),
    ("1,2\n3,4\n5,6,7\n", "line 3: got '5,6,7'"),
    ("1,2\n3,4\n5,nan\n", "line 3: got '5,nan'"),
    ("1,2\n1,4\n2,2\n3,3\n4,4\n", "4 different x in 5 lines"),
    ("1,2\n2,4\n", "needed at least 4"),
    ("", "0 different x"),
    (b"\xff\xfe\x00", "is no CSV file"),
])  # fmt: skip
def test_a_broken_file_is_one_clear_line(text: str | bytes, words: str, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FormatError, match=words):
        read_target(str(path))
    assert main(["run", "approximation", "--out", str(tmp_path), "--set", f"function={path}"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1


def test_what_is_no_function() -> None:
    with pytest.raises(ArgumentError, match="needed one of waves, jumps, chirp"):
        read_target("__import__('os')")
    with pytest.raises(DataError, match=r"nowhere\.csv is no file"):
        read_target("nowhere.csv")
    with pytest.raises(ArgumentError, match="NaN or infinity"):
        read_target(lambda x: x * np.nan)
    with pytest.raises(ArgumentError, match="raised ZeroDivisionError"):
        read_target(lambda x: 1 / 0)
    with pytest.raises(ArgumentError, match="raised"):
        read_target(lambda x: "three")


def test_functions_of_arrays_of_numbers_and_of_nothing() -> None:
    x = np.linspace(0, 1, 5)
    np.testing.assert_allclose(read_target(np.exp).at(x), np.exp(x))
    np.testing.assert_allclose(read_target(math.exp).at(x), np.exp(x))
    np.testing.assert_allclose(read_target(lambda t: 1.0 if t > 0.5 else 0.0).at(x), [0, 0, 0, 1, 1])
    np.testing.assert_allclose(read_target(lambda t: 2).at(x), np.full(5, 2.0))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_trained_bumps_need_fewer_neurons(name: str, tmp_path: Path) -> None:
    metrics = run_experiment("approximation", out=tmp_path, function=name)
    for row in metrics["widths"][2:6]:
        assert row["trained"]["median"] < row["by_hand"]
        assert row["by_hand_then_trained"] <= 1.02 * row["by_hand"]
