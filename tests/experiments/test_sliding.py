"""Experiments on kernels that slide: convolution itself, and the detector of a motif."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tinynn import data, random
from tinynn.experiments import _motifs, convolution, run_experiment


def test_convolution(tmp_path: Path, capsys: Any) -> None:
    metrics = run_experiment("convolution", out=tmp_path, seed=2, movies="no")
    assert metrics["outputs"] == {"stride 1": 96, "stride 2": 48}
    assert metrics["largest_error"] < 1e-14
    cases = metrics["cases"]
    assert {(c["dimensions"], c["stride"], c["padding"], c["flip"]) for c in cases} >= {
        (d, s, p, f) for d in (1, 2) for s in (1, 2, 3) for p in (0, 1, 2) for f in (False, True)
    }
    for case in cases:
        size, k = (100, 5) if case["dimensions"] == 1 else (12, 3)
        count = (size + 2 * case["padding"] - k) // case["stride"] + 1
        assert case["outputs"] == [count] * case["dimensions"]
    assert metrics["figures"] == ["both.png"]
    assert metrics["synthetic"] is True
    assert "{'stride 1': 96, 'stride 2': 48}" in capsys.readouterr().err


def test_the_check_against_scipy_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the flip forgotten the cases of the convolution are off, and only these."""
    right = convolution.convolved
    monkeypatch.setattr(
        convolution, "convolved", lambda x, w, stride, padding, flip: right(x, w, stride, padding, False)
    )
    x, w = np.random.default_rng(0).normal(size=20), np.array([1.0, 2.0, 4.0])
    image = np.random.default_rng(1).normal(size=(6, 7))
    assert convolution.row_1d(x, w, 2, 1, False)["error"] < 1e-13
    assert convolution.row_1d(x, w, 2, 1, True)["error"] > 0.1
    assert convolution.row_2d(image, convolution.EDGE, 1, 1, True)["error"] > 0.1


@pytest.mark.slow
def test_the_moving_windows(tmp_path: Path) -> None:
    metrics = run_experiment("convolution", out=tmp_path)
    frames = {
        "correlation": 96,
        "stride-2": 48,
        "convolution": 10,
        "padding": 18,
        "image": 100,
        "image-stride-2": 36,
    }
    assert metrics["figures"] == ["both.png", *(f"{name}.gif" for name in frames)]
    for name, count in frames.items():
        with Image.open(tmp_path / "convolution" / f"{name}.gif") as gif:
            assert gif.n_frames == count


# ---- motif-sequence -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 3])
def test_motif_sequence(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tinynn import viz

    monkeypatch.setattr(viz, "slide_over_sequence", lambda *a, **k: 0)
    metrics = run_experiment("motif-sequence", out=tmp_path, seed=seed)
    rows = {(row["pool"], row["zero_grad"]): row for row in metrics["detectors"]}
    for pool in _motifs.POOLS:
        good, bad = rows[pool, True], rows[pool, False]
        assert good["correlation"] >= 0.95
        assert good["test_accuracy"] > 0.88
        assert good["at_its_place"] > 0.9
        assert good["correlation"] == pytest.approx(
            np.corrcoef(good["kernel"], metrics["motif"])[0, 1], rel=1e-6
        )
        assert bad["loss_of_each_epoch"][-1] > 1.3 * good["loss_of_each_epoch"][-1]
    hard, soft = (metrics["gradients"][pool] for pool in ("hard max", "log-sum-exp"))
    assert (hard["windows"], hard["windows_with_gradient"], soft["windows_with_gradient"]) == (5, 1, 5)
    assert hard["sum_error"] < 1e-12
    assert soft["sum_error"] < 1e-12
    assert np.abs(soft["terms"]).max(1).min() > 1e-3
    assert metrics["gradient_after_a_second_backward_without_zero_grad"] == 2
    assert metrics["test_accuracy"] == rows["hard max", True]["test_accuracy"]
    own = ["kernel.png", "starts.png", "detection.png", "slide.gif", "zero-grad.png", "window-gradients.png"]
    assert metrics["figures"] == own
    for name in own:
        assert name == "slide.gif" or (tmp_path / "motif-sequence" / name).stat().st_size > 8000


@pytest.mark.parametrize("pool", list(_motifs.POOLS))
def test_a_window_sends_its_input_times_its_share(pool: str) -> None:
    """On paper: the gradient of a window is x_window times 1 for the winner, or times softmax(score)."""
    numbers = np.random.default_rng(4)
    x, kernel = numbers.normal(size=13), numbers.normal(size=9)
    windows = np.stack([x[i : i + 9] for i in range(5)])
    scores = windows @ kernel
    share = np.exp(scores - scores.max())
    share = share / share.sum() if pool == "log-sum-exp" else (scores == scores.max()).astype(float)
    terms, whole = _motifs.window_parts(pool, x, kernel)
    np.testing.assert_allclose(terms, share[:, None] * windows, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(whole, terms.sum(0), rtol=1e-12)


def test_starts_do_not_learn_from_each_other() -> None:
    motif = data.motif(5, seed=1)
    train, _ = data.motif_sequences(100, 20, motif=motif, seed=1)
    kernels = []
    for disturbed in (False, True):
        random.manual_seed(2)
        model = _motifs.Detectors("log-sum-exp", 3, 5, 16)
        model.weight.data[1] *= 5 if disturbed else 1
        learned = _motifs.learn(model, train, motif, epochs=2, seed=0, zero=True)
        kernels.append(model.weight.data.copy())
        assert learned.history.shape == (2, 3)
    np.testing.assert_allclose(kernels[0][[0, 2]], kernels[1][[0, 2]], rtol=1e-5, atol=1e-6)
    assert np.abs(kernels[0][1] - kernels[1][1]).max() > 0.1
