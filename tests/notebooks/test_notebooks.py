"""The notebooks: kept without outputs, opening anywhere, and running from the first cell to the last."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="the test extra is not installed")
nbclient = pytest.importorskip("nbclient", reason="the test extra is not installed")

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
QUICK = "5_kernels"  # generated data, seconds; the others in the full run


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def sources(path: Path, kind: str) -> list[str]:
    return [cell.source for cell in read(path).cells if cell.cell_type == kind]


def test_there_are_six_in_order() -> None:
    assert [path.stem.split("_")[0] for path in NOTEBOOKS] == list("123456")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_kept_without_outputs_and_as_the_format_wants_it(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_first_cell_installs_and_the_last_asks(path: Path) -> None:
    assert "%pip install -q tinynn-engine" in sources(path, "code")[0]
    last = sources(path, "markdown")[-1]
    assert "## Exercises" in last
    assert len(re.findall(r"^\d\. ", last, re.M)) == 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_are_short(path: Path) -> None:
    assert max(len(source.splitlines()) for source in sources(path, "code")) <= 25


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_commands_it_names_are_there(path: Path) -> None:
    from tinynn.cli import commands
    from tinynn.experiments.registry import all_experiments

    for text in sources(path, "markdown"):
        for command, name in re.findall(r"`tinynn (\w+)(?: ([\w-]+))?", text):
            assert command in commands()
            assert command != "run" or name in all_experiments()


def run(path: Path, folder: Path) -> Any:
    """The notebook after a run in an empty folder, where there is no data."""
    notebook = read(path)
    client = nbclient.NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env={**os.environ, "TINYNN_DATA": str(folder), "IPYTHONDIR": str(folder / "ipython")})
    return notebook


def shown(notebook: Any, kind: str) -> list[str]:
    """What the cells gave of one kind of output."""
    outputs = [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]
    assert not [out for out in outputs if out.output_type == "error"]
    return [str(out.data[kind]) for out in outputs if kind in out.get("data", {})]


# What a run must have shown: (kind of output, how many at least), and words among the text that it printed.
SHOWS = {
    "1_one_neuron": (("image/png", 2), ("text/html", 3)),
    "2_folding_the_plane": (("image/png", 4),),
    "3_looking_inside": (("image/png", 4), ("text/html", 1)),
    "4_shared_weights": (("image/png", 1), ("text/html", 3)),
    "5_kernels": (("text/html", 1),),
    "6_capacity": (("image/png", 5),),
}


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the messaging library, not ours
@pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=() if p.stem == QUICK else pytest.mark.slow) for p in NOTEBOOKS],
    ids=lambda p: p.stem,
)
def test_it_runs_from_the_first_cell_to_the_last(path: Path, tmp_path: Path) -> None:
    notebook = run(path, tmp_path)
    for kind, least in SHOWS[path.stem]:
        assert len(shown(notebook, kind)) >= least, kind
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    check = CHECKS.get(path.stem)
    if check:
        check(shown(notebook, "text/plain"), said(notebook))


def said(notebook: Any) -> str:
    streams = [out.text for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs
               if out.output_type == "stream"]  # fmt: skip
    return "".join(streams)


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)]


def one_neuron(values: list[str], text: str) -> None:
    """The ledger adds up to what backward says."""
    ledger = next(float(numbers(v)[-1]) for v in values if v.startswith("((300, 2)"))
    gradient = numbers(values[-1])[-1]
    assert ledger == pytest.approx(gradient, rel=1e-3)


def folding(values: list[str], text: str) -> None:
    """Wide nets part the arms more often than narrow ones."""
    shares = [int(share) for share in re.findall(r"width +\d+: +(\d+)%", text)]
    assert len(shares) == 4
    assert shares[0] < shares[-1]
    assert shares[-1] > 80


def inside(values: list[str], text: str) -> None:
    accuracies = [float(a) for a in re.findall(r"parameters: (0\.\d+)", text)]
    assert len(accuracies) == 2
    assert min(accuracies) > 0.7


def shared(values: list[str], text: str) -> None:
    rights = [float(r) for r in re.findall(r"([\d.]+)% of new sequences", text)]
    assert rights[0] > rights[1] + 5  # the detector against the dense net
    assert rights[0] > 90
    assert not [v for v in values if "False" in v]


def lowest(values: list[str], text: str) -> None:
    """The broken kernel is found out, the repaired one is not."""
    assert "(True, True, True)" in values
    assert "gradcheck" in text
    assert text.count("the gradient is right") == 1
    assert "linear_backward" in text


def capacity(values: list[str], text: str) -> None:
    dead = [int(share) for share in re.findall(r"(\d+)% of the ReLUs", text)]
    assert dead[0] < dead[-1]
    spreads = [float(s) for s in re.findall(r"spread (\d\.\d+)", text)]
    assert spreads[0] > spreads[-1]


CHECKS = {
    "1_one_neuron": one_neuron, "2_folding_the_plane": folding, "3_looking_inside": inside,
    "4_shared_weights": shared, "5_kernels": lowest, "6_capacity": capacity,
}  # fmt: skip
