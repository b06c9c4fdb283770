"""The fold and the window as MP4, where ffmpeg is installed; and what is said where it is not."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from tinynn import viz
from tinynn.cli import main
from tinynn.errors import ArgumentError

NEEDS_FFMPEG = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
GRID = np.stack(np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5)), axis=-1)
POINTS = np.array([[-0.5, 0.5], [0.5, 0.5]])
STAGES = [("input", GRID, POINTS), ("ReLU", np.maximum(GRID, 0), np.maximum(POINTS, 0))]


def frames_in(path: Path) -> int:
    """Counted by decoding the film."""
    command = ["ffmpeg", "-i", str(path), "-progress", "pipe:1", "-loglevel", "error", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    return int([line for line in told.splitlines() if line.startswith("frame=")][-1].removeprefix("frame="))


@NEEDS_FFMPEG
def test_a_fold_and_a_window_as_films(tmp_path: Path) -> None:
    written = viz.fold_animation(STAGES, [0, 1], tmp_path / "fold.mp4", frames_per_stage=6, fps=12, hold=0.5)
    assert written == 6 - 1 + 2 * 6  # half a second for each stage
    assert frames_in(tmp_path / "fold.mp4") == written
    x, w = np.arange(6.0), np.array([1.0, -1.0])
    written = viz.slide_over_sequence(x, w, np.full(5, -1.0), tmp_path / "window.mp4")
    assert frames_in(tmp_path / "window.mp4") == written > 5


def test_without_ffmpeg_there_is_one_clear_line(tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.setitem(mpl.rcParams, "animation.ffmpeg_path", "no-such-program")
    with pytest.raises(ArgumentError, match="needs ffmpeg, which is not installed"):
        viz.fold_animation(STAGES, [0, 1], tmp_path / "fold.mp4")
    assert main(["run", "convolution", "--out", str(tmp_path), "--set", "movies=mp4"]) == 2
    assert len([line for line in capfd.readouterr().err.splitlines() if "needs ffmpeg" in line]) == 1
    assert not list(tmp_path.rglob("*.mp4"))


@NEEDS_FFMPEG
@pytest.mark.slow
def test_the_films_of_an_experiment(tmp_path: Path, capfd) -> None:
    assert main(["run", "convolution", "--out", str(tmp_path), "--set", "movies=mp4", "--json"]) == 0
    films = [f for f in json.loads(capfd.readouterr().out)["figures"] if f.endswith(".mp4")]
    assert len(films) == 6
    for film in films:
        assert frames_in(tmp_path / "convolution" / film) > 5
        assert f'href="{film}"' in (tmp_path / "convolution" / "report.html").read_text()
