"""Bad usage and bad input: exit code 2, one clear line on stderr, nothing on stdout, never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tinynn.backends import rung
from tinynn.cli import main

#: arguments, and what the line must say; {tmp} is an empty directory, {file} a file
CASES: list[tuple[str, str]] = [
    ("", "needed a command: "),
    ("rnu", "did you mean run?"),
    ("xyzzy", "there are demo, run, "),
    ("--nonsense", "unrecognized arguments: --nonsense"),
    ("run", "tinynn run: needed: NAME"),
    ("run mnist-sofmax --out {tmp}", "did you mean mnist-softmax"),
    ("run xyzzy --out {tmp}", "see tinynn list"),
    ("run ../../etc --out {tmp}", "no experiment is called '../../etc'"),
    ("run mnist-softmax --seed x", "--seed: invalid int value: 'x'"),
    ("run mnist-softmax --synthetic --out {tmp} --seed -1", "got -1; needed an integer in 0..2**64-1"),
    (
        "run mnist-softmax --synthetic --out {tmp} --seed 18446744073709551616",
        "needed an integer in 0..2**64-1",
    ),
    ("run mnist-softmax --epochs half", "--epochs: invalid int value: 'half'"),
    ("run mnist-softmax --synthetic --out {tmp} --epochs 0", "epochs is 0; needed a positive integer"),
    ("run mnist-softmax --synthetic --out {tmp} --epochs -2", "epochs is -2"),
    ("run mnist-softmax --synthetic --out {tmp} --threads 0", "got 0; needed an integer in 1..1024"),
    ("run mnist-softmax --synthetic --out {tmp} --threads 99999", "got 99999; needed an integer in 1..1024"),
    ("run mnist-softmax --threads two", "--threads: invalid int value"),
    ("run mnist-softmax --backend cuda", "--backend: invalid choice: 'cuda'"),
    ("run mnist-softmax --out {tmp} --data {tmp}/nowhere", "no such directory"),
    ("run mnist-softmax --out {tmp} --data {tmp}", "try `tinynn data fetch mnist --data {tmp}`"),
    ("run mnist-softmax --out {tmp} --data {file}", "train-images-idx3-ubyte"),
    ("run mnist-softmax --synthetic --out {file}", "{file}"),
    ("run mnist-softmax --synthetic --out {file}/deeper", "{file}"),
    ("run mnist-softmax --synthetic --out {tmp} --set", "expected one argument"),
    ("run mnist-softmax --synthetic --out {tmp} --set width", "needed OPTION=VALUE"),
    ("run mnist-softmax --synthetic --out {tmp} --set width=2", "has no option 'width'"),
    ("run mnist-softmax --synthetic --out {tmp} --set seed=2", "seed has a flag of its own"),
    ("run mnist-softmax --synth", "unrecognized arguments: --synth"),
    ("run mnist-softmax extra", "unrecognized arguments: extra"),
    ("list extra", "unrecognized arguments: extra"),
    ("info --jsn", "unrecognized arguments: --jsn"),
    ("show", "tinynn show: needed: OP"),
    ("show lineer", "did you mean linear"),
    ("show linear --rung rust", "--rung: invalid choice: 'rust'"),
    ("data", "needed: ACTION"),
    ("data chekc", "invalid choice: 'chekc'"),
    ("data check {tmp}", "no data set in"),
    ("data check {tmp}/nowhere", "is no directory"),
    ("data list {tmp}/nowhere", "is no directory"),
    ("data fetch", "needed: NAME"),
    ("data fetch imagenet --data {tmp}", "needed one of mnist, fashion-mnist, cifar-10"),
    ("data fetch mnist --data {file}", "{file}"),
    ("workshop", "tinynn workshop: needed: ACTION"),
    ("workshop start", "needed: NAME"),
    ("workshop start linear-dv --dir {tmp}/new", "did you mean linear-d"),
    ("workshop start ../data --dir {tmp}/new", "no exercise is called '../data'"),
    ("workshop start linear-dw --lang rust --dir {tmp}/new", "--lang: invalid choice: 'rust'"),
    ("workshop start linear-dw --dir {tmp}/..", "is there already and not empty"),
    ("workshop start linear-dw --dir {file}", "is there already and not empty"),
    ("workshop check {tmp}", "no workshop.json in"),
    ("workshop check {file}", "no workshop.json in"),
    ("workshop hint {tmp}/nowhere", "no workshop.json in"),
]


@pytest.mark.parametrize(("arguments", "words"), CASES, ids=[c[0] or "nothing" for c in CASES])
def test_one_line_and_exit_code_2(
    arguments: str, words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, empty = tmp_path / "file", tmp_path / "empty"
    file.write_text("a file")
    empty.mkdir()
    places = {"tmp": str(empty), "file": str(file)}
    assert main(arguments.format(**places).split()) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert words.format(**places) in err
    lines = [line for line in err.splitlines() if "GENERATED" not in line]
    assert len(lines) == 1, err
    assert lines[0].startswith("tinynn")
    assert "run: run:" not in err
    assert "Traceback" not in err


def test_a_backend_that_was_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from tinynn.backends import registry

    monkeypatch.setattr(registry, "rung", lambda name: {} if name == "cython" else rung(name))
    assert main(["run", "mnist-softmax", "--synthetic", "--backend", "cython", "--out", str(tmp_path)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "cython was not built here" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["truncated", "not gzip", "labels for images"])
def test_damaged_data(what: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from tinynn.data import generate_mnist_like

    generate_mnist_like(tmp_path, 40, 20)
    images, labels = (
        tmp_path / "mnist" / f"train-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1")
    )
    whole = images.read_bytes()
    images.write_bytes({"truncated": whole[:500], "not gzip": b"<html>404"}.get(what, labels.read_bytes()))
    for arguments in (["run", "mnist-softmax", "--data", str(tmp_path), "--out", str(tmp_path / "out")],
                      ["data", "check", str(tmp_path)]):  # fmt: skip
        assert main(arguments) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert "train-images-idx3-ubyte.gz" in err
        assert len(err.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_may_not_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o555)
    assert main(["run", "mnist-softmax", "--synthetic", "--out", str(tmp_path)]) == 2
    assert "ermission" in capfd.readouterr().err
    tmp_path.chmod(0o755)
