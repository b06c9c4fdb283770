"""docs/one_step.md: it visits every layer, and its instructions are those of the library that runs."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim

from .pages import ROOT, blocks, quotes

PAGE = ROOT / "docs" / "one_step.md"


def test_the_page_quotes_every_layer() -> None:
    folders = {file.rpartition("/")[0] for file, _ in quotes(PAGE)}
    assert folders >= {"tinynn/train", "tinynn/nn", "tinynn/functional", "tinynn/autograd", "tinynn/backends"}
    assert folders >= {"src", "csrc", "csrc/reference", "csrc/simd", "tinynn/optim"}


def test_the_list_is_what_print_shows() -> None:
    """The listing of 784-128-10; which instruction set a line names is the machine's."""
    if tn.backends.rung("native").get("linear_forward") is None:
        pytest.skip("tinynn was installed without a C++ compiler")
    (quoted,) = (block.text for block in blocks(PAGE, "text") if "kernel calls" in block.text)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 128, activation="relu"), nn.Linear(128, 10))
    example = np.zeros((64, 1, 28, 28), "f4"), np.arange(64) % 10
    step = tn.compile(net, F.cross_entropy, optim.SGD(lr=0.1), example=example, optimize=False)

    def anywhere(text: str) -> str:
        return re.sub(r" +(avx512|avx2|neon|reference)$", " *", text, flags=re.M)

    assert anywhere(str(step) + "\n") == anywhere(quoted)


def shape(instruction: str) -> str:
    """An instruction without its register numbers and addresses, which are the compiler's choice."""
    instruction = re.sub(r"<.*|#.*", "", instruction)
    instruction = re.sub(r"-?(0x[0-9a-f]+)?\([^)]*\)", "(memory)", instruction)
    instruction = re.sub(r"%([xyz])mm\d+", r"%\1mm", instruction)
    instruction = re.sub(r"%(?![xyz]mm)\w+", "%r", instruction)
    return " ".join(re.sub(r"\b[0-9a-f]{4,}\b", "", instruction).split())


def test_the_instructions_are_in_the_library() -> None:
    native = pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")
    if not native.compiler.startswith("gcc 12") or shutil.which("objdump") is None:
        pytest.skip("the page shows what gcc 12 makes of the loop, and needs objdump to see it")
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", native.__file__], capture_output=True, text=True, check=True
    ).stdout
    tile = re.search(r"<_ZN6tinynn6avx5128dot_tileILi6ELi4E[^>]*>:\n((?:.+\n)+)", listing)
    if tile is None:
        pytest.skip("this is no x86-64 build")
    found = [shape(line.partition("\t")[2]) for line in tile[1].splitlines()]
    (quoted,) = blocks(PAGE, "asm")
    wanted = {shape(line) for line in quoted.text.splitlines() if line != "..."}
    assert wanted <= set(found), sorted(wanted - set(found))
    multiply_adds = found.count("vfmadd231ps %zmm,%zmm,%zmm")
    assert multiply_adds in (24, 48), "24 in the loop, and as many again where the tail has a copy"
