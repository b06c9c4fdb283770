"""The experiments on pictures: what metrics.json must hold, and that its figures fit one another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from tinynn import data, viz
from tinynn.backends import available_backends, native
from tinynn.data import write_idx
from tinynn.experiments import Run, all_experiments, run_experiment
from tinynn.experiments.cifar_softmax import rim_colour

NAMES = ("mnist-softmax", "mnist-hidden", "mnist-mlp", "cifar-softmax", "cifar-hidden", "cifar-mlp")
PICTURE = {
    "mnist-softmax": "templates",
    "mnist-hidden": "hidden",
    "mnist-mlp": "first_layer",
    "cifar-softmax": "templates",
    "cifar-hidden": "hidden",
    "cifar-mlp": "hidden_units",
}
TEST = 400
QUICK = (
    "mnist-softmax",
    "mnist-hidden",
    "cifar-mlp",
)  # templates, bars below, colour; the others in the full run
EACH = [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in NAMES]


@pytest.fixture(autouse=True, scope="module")
def _small_sets() -> Any:
    """Generated sets of 2,000 pictures instead of 12,000."""
    patch = pytest.MonkeyPatch()
    patch.setattr(data, "synthetic_like", partial(data.synthetic_like, n_train=1600, n_test=TEST))
    yield
    patch.undo()


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only numbers are looked at, no time goes into pictures."""
    monkeypatch.setattr(Run, "save", lambda run, name, drawn: run.figures.append(f"{name}.png"))
    for name in ("loss_curves", "confusion_matrix", "confusion_grid", "mistakes", "weight_templates"):
        monkeypatch.setattr(viz, name, lambda *arguments, **options: None)
    monkeypatch.setattr(viz, "layer_over_bars", lambda *arguments, **options: None)


@pytest.fixture(scope="module", params=EACH)
def metrics(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One short run of each, as metrics.json tells it."""
    folder = tmp_path_factory.mktemp("runs")
    run_experiment(request.param, out=folder, seed=1, epochs=2, synthetic=True)
    told = json.loads((folder / request.param / "metrics.json").read_text())
    return told | {"folder": folder / request.param}


def test_the_contract(metrics: Any) -> None:
    assert metrics["seed"] == 1
    assert metrics["epochs"] == 2
    assert metrics["synthetic"] is True
    assert "generated" in metrics["dataset"]
    batch = 128 if "mlp" in metrics["experiment"] or metrics["experiment"] == "cifar-hidden" else 64
    assert metrics["steps"] == 2 * -(-1600 // batch)
    assert 0.15 < metrics["test_accuracy"] <= 1.0
    assert metrics["history"]["validation_accuracy"][-1] == pytest.approx(metrics["test_accuracy"])


def test_every_picture_is_there(metrics: Any) -> None:
    wanted = {f"{name}.png" for name in ("loss", "confusion", "confusion_samples", "mistakes")}
    assert set(metrics["figures"]) == wanted | {f"{PICTURE[metrics['experiment']]}.png"}
    for name in metrics["figures"]:
        assert (metrics["folder"] / name).read_bytes().startswith(b"\x89PNG")


def test_the_confusions_fit_the_accuracy(metrics: Any) -> None:
    matrix = np.array(metrics["confusion_rows_actual_columns_predicted"])
    assert matrix.shape == (10, 10)
    assert matrix.sum() == TEST
    assert matrix.trace() / TEST == pytest.approx(metrics["test_accuracy"])
    largest = metrics["largest_confusions"][0]
    actual, rest = largest.split(" taken for ")
    predicted, count = rest.split(": ")
    classes = metrics["classes"]
    assert matrix[classes.index(actual), classes.index(predicted)] == int(count)
    off = matrix - np.diag(matrix.diagonal())
    assert int(count) == off.max()
    for i, name in enumerate(classes):
        assert metrics["per_class"][name]["examples"] == matrix[i].sum()
        assert metrics["per_class"][name]["recall"] == pytest.approx(matrix[i, i] / max(matrix[i].sum(), 1))


def test_one_top_sample_for_every_cell(metrics: Any) -> None:
    matrix = np.array(metrics["confusion_rows_actual_columns_predicted"])
    cells = {(s["actual"], s["predicted"]): s for s in metrics["top_samples"]}
    assert len(cells) == len(metrics["top_samples"]) == (matrix > 0).sum()
    images = [s["image"] for s in metrics["top_samples"]]
    assert len(set(images)) == len(images)
    classes = metrics["classes"]
    for (actual, predicted), sample in cells.items():
        assert sample["count"] == matrix[classes.index(actual), classes.index(predicted)]
        assert 0.1 <= sample["probability"] <= 1.0


def test_the_mistakes_come_surest_first(metrics: Any) -> None:
    mistakes = metrics["mistakes"]
    wrong = round(TEST * (1 - metrics["test_accuracy"]))
    assert len(mistakes) == min(20, wrong)
    surest = [m["probability"] for m in mistakes]
    assert surest == sorted(surest, reverse=True)
    for m in mistakes:
        assert m["actual"] != m["predicted"]
        assert m["probability_of_actual"] <= m["probability"]
        assert m["probability_of_actual"] + m["probability"] <= 1 + 1e-6


@pytest.mark.usefixtures("undrawn")
def test_the_same_seed_gives_the_same_figures(tmp_path: Path) -> None:
    first, again, other = (
        run_experiment("mnist-hidden", out=tmp_path, seed=seed, epochs=1, synthetic=True)
        for seed in (4, 4, 5)
    )
    for run in (first, again, other):
        run.pop("seconds")
        run["history"].pop("seconds")
    assert first == again
    assert first["history"]["loss"] != other["history"]["loss"]


@pytest.mark.parametrize("backend", available_backends())
@pytest.mark.usefixtures("undrawn")
def test_the_backends_learn_the_same(backend: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"out": tmp_path, "seed": 2, "epochs": 1, "synthetic": True}
    oracle = run_experiment("mnist-mlp", backend="numpy", **options)
    mine = run_experiment("mnist-mlp", backend=backend, **options)
    assert mine["backend"] == backend
    assert mine["test_accuracy"] == pytest.approx(oracle["test_accuracy"], abs=0.003)
    assert mine["history"]["loss"] == pytest.approx(oracle["history"]["loss"], rel=1e-3)


@pytest.mark.usefixtures("undrawn")
def test_other_pictures_in_the_same_format(tmp_path: Path) -> None:
    """Dropped in as mnist/: 12 x 9 pixels, three of ten labels; a bright column says which."""
    (tmp_path / "mnist").mkdir()
    rng = np.random.default_rng(0)
    for part, n in (("train", 600), ("t10k", 200)):
        labels = rng.integers(0, 3, n).astype(np.uint8)
        images = rng.integers(0, 60, (n, 12, 9)).astype(np.uint8)
        images[np.arange(n), :, 2 * labels] += 150
        write_idx(tmp_path / "mnist" / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(tmp_path / "mnist" / f"{part}-labels-idx1-ubyte", labels)
    for name in ("mnist-softmax", "mnist-hidden", "mnist-mlp"):
        metrics = run_experiment(name, data=tmp_path, out=tmp_path / "out", epochs=5)
        assert metrics["test_accuracy"] > 0.95
        assert metrics["synthetic"] is False


def drawn(figure: Any) -> str:
    """All that is written on a figure."""
    return "\n".join(text.get_text() for text in figure.findobj(match=Text))


def test_every_figure_of_generated_data_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, path, **options: said.append(drawn(figure)))
    run_experiment("mnist-softmax", out=tmp_path, epochs=1, synthetic=True)
    assert len(said) == 5
    assert all("GENERATED DIGITS: not the real set" in words for words in said)
    assert any("at the end (test)" in words for words in said)  # there is no validation set
    assert not any("validation" in words for words in said)


def test_a_real_set_beside_a_generated_one_stays_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MNIST's place is taken by generated digits; CIFAR-10 is read."""
    data.generate_mnist_like(tmp_path, 300, 100)
    real = data.Dataset(np.zeros((20, 3, 32, 32), np.uint8), np.arange(20) % 10, classes=tuple("abcdefghij"))
    monkeypatch.setattr(data, "cifar10", lambda directory: (real, real))
    run = Run(all_experiments()["dense-depth"], tmp_path, data=tmp_path)
    run.load("mnist")
    assert run.load("cifar10")[0] is real
    assert (run.synthetic, run.dataset, run.stand_ins) == (
        True, "generated digits, data", ["generated digits"],
    )  # fmt: skip


def test_the_rim_is_the_rim() -> None:
    pictures = np.zeros((2, 3, 32, 32))
    pictures[0, 2] = 1.0
    pictures[0, 2, 4:-4, 4:-4] = -9.0
    pictures[1, 0, 4:-4, 4:-4] = 5.0
    np.testing.assert_array_equal(rim_colour(pictures.reshape(2, -1), (3, 32, 32)), [[0, 0, 1], [0, 0, 0]])


def test_dense_depth_tells_every_seed(tmp_path: Path) -> None:
    metrics = run_experiment(
        "dense-depth", out=tmp_path, seed=3, epochs=1, synthetic=True, seeds=2, on="mnist"
    )
    rows = metrics["results"]["mnist"]
    assert list(metrics["results"]) == ["mnist"]
    assert [row["weight_layers"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert metrics["seeds"] == [3, 4]
    for depth, row in enumerate(rows, 1):
        inner = [784, *[128] * (depth - 1), 10]
        assert row["multiplications_per_image"] == sum(a * b for a, b in pairwise(inner))
        assert len(row["test_accuracy"]) == len(row["seconds"]) == 2
        assert row["mean"] == pytest.approx(np.mean(row["test_accuracy"]))
        assert row["standard_deviation"] == pytest.approx(np.std(row["test_accuracy"], ddof=1))
    assert metrics["test_accuracy"] == max(row["mean"] for row in rows)
    assert 1 <= metrics["enough_layers"]["mnist"] <= metrics["best_depth"]["mnist"]
    gains = metrics["gain_of_each_layer"]["mnist"]
    assert [gain["to"] for gain in gains] == [2, 3, 4, 5, 6]
    assert gains[0]["gain"] == pytest.approx(rows[1]["mean"] - rows[0]["mean"])
    assert metrics["test_accuracy_of"] == f"mnist, {metrics['best_depth']['mnist']} layers, mean of 2 seeds"
    assert '<section class="block"' in (tmp_path / "dense-depth" / "report.html").read_text(encoding="utf-8")
    assert metrics["steps"] == 6 * 2 * 13
    assert metrics["figures"] == ["depth.png"]


def test_dense_depth_on_both_names_both(tmp_path: Path) -> None:
    metrics = run_experiment("dense-depth", out=tmp_path, epochs=1, synthetic=True, seeds=1)
    assert list(metrics["results"]) == ["mnist", "cifar10"]
    assert metrics["dataset"].count("generated") == 2
    for rows, steps in zip(metrics["results"].values(), metrics["gain_of_each_layer"].values(), strict=True):
        assert [row["standard_deviation"] for row in rows] == [None] * 6  # one seed tells of no spread
        assert [step["standard_error"] for step in steps] == [None] * 5
    assert metrics["enough_layers"] == metrics["best_depth"]
    assert metrics["synthetic"] is True


# ---- on the real sets -----------------------------------------------------------------------------------

BARS = {
    "mnist-softmax": 0.920,
    "mnist-hidden": 0.925,
    "mnist-mlp": 0.978,
    "cifar-softmax": 0.390,
    "cifar-hidden": 0.37,
    "cifar-mlp": 0.49,
}


@pytest.mark.data
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n == "mnist-softmax" else [pytest.mark.slow]) for n in BARS]
)
def test_the_accuracy_of_the_course_notes(name: str, data_dir: Path, tmp_path: Path) -> None:
    metrics = run_experiment(name, data=data_dir, out=tmp_path, seed=0)
    assert metrics["synthetic"] is False
    assert metrics["test_accuracy"] >= BARS[name]
    if name == "cifar-softmax":
        assert set(metrics["bluest_at_the_rim"][:2]) == {"airplane", "ship"}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif("native" not in available_backends(), reason="the native rung was not built here")
@pytest.mark.parametrize("name", ["mnist-mlp", "cifar-mlp"])
def test_every_target_and_backend_learns_the_same(name: str, data_dir: Path, tmp_path: Path) -> None:
    def accuracy(*options: str, **env: str) -> float:
        command = [sys.executable, "-m", "tinynn", "run", name, "--data", str(data_dir), "--epochs", "2"]
        done = subprocess.run(
            [*command, "--out", str(tmp_path), "--seed", "0", "--json", *options],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **env},
        )
        return float(json.loads(done.stdout)["test_accuracy"])

    found = {target: accuracy(TINYNN_TARGET=target) for target in native.available_targets()}
    found |= {backend: accuracy("--backend", backend) for backend in available_backends()}
    assert max(found.values()) - min(found.values()) <= 0.003, found


@pytest.mark.data
@pytest.mark.slow
def test_a_second_layer_helps_and_a_sixth_does_not(data_dir: Path, tmp_path: Path) -> None:
    metrics = run_experiment("dense-depth", data=data_dir, out=tmp_path, epochs=2, seeds=3)
    for name in ("mnist", "cifar10"):
        gains = metrics["gain_of_each_layer"][name]
        assert gains[0]["gain"] > 0.02
        assert gains[0]["gain"] > 4 * gains[0]["standard_error"]
        assert gains[-1]["gain"] < 0.01
