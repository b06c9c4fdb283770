"""Tensors and models in a notebook."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest

import tinynn as tn
from tinynn import nn
from tinynn.display.pixels import NEGATIVE, POSITIVE, png, shades


class Tags(HTMLParser):
    """Notes every tag that is not closed where it should be, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize(
    "array",
    [3, [1.0, -2.0, float("nan")], np.eye(4), np.eye(30), np.ones((3, 1, 5, 5)), np.ones((200, 3)),
     np.zeros((0, 3)), [True, False], np.ones((20, 20)) > 0, np.arange(2000), np.ones((1, 2, 3, 4, 5))],
)  # fmt: skip
def test_every_tensor_is_shown_by_a_whole_piece_of_html(array: object) -> None:
    tensor = tn.Tensor(array)
    page = Tags(tensor._repr_html_())
    assert page.open == []
    assert str(tensor.dtype) in page.text[0]


def test_small_tensors_show_their_numbers_and_large_ones_a_summary() -> None:
    assert Tags(tn.Tensor([[1.5, -2.0]])._repr_html_()).text[1:] == ["1.5", "-2"]
    assert "2,000 numbers from 0 to 1999, mean 999.5" in tn.Tensor(np.arange(2000))._repr_html_()
    assert "made by mul" in (tn.Tensor([1.0], requires_grad=True) * 2)._repr_html_()
    assert "requires_grad" in nn.Parameter([1.0])._repr_html_()


def test_shades() -> None:
    np.testing.assert_array_equal(
        shades(np.array([2.0, 0, -2, np.nan])), [POSITIVE, [255] * 3, NEGATIVE, [128] * 3]
    )


def test_the_picture_is_the_array() -> None:
    rgb = shades(np.random.default_rng(0).normal(size=(3, 5)))
    data = png(rgb)
    w, h = struct.unpack(">II", data[16:24])
    length = struct.unpack(">I", data[33:37])[0]
    rows = np.frombuffer(zlib.decompress(data[41 : 41 + length]), np.uint8).reshape(h, 1 + 3 * w)
    np.testing.assert_array_equal(rows[:, 1:].reshape(h, w, 3), rgb)
    embedded = re.search(r"base64,([^\"]+)", tn.Tensor(np.eye(30))._repr_html_())
    assert embedded
    assert base64.b64decode(embedded[1]).startswith(b"\x89PNG")


def test_a_model_is_a_table_of_its_layers() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            self.body = nn.Sequential(nn.Linear(3, 8, activation="tanh"), nn.Linear(8, 8))
            self.again = self.body[0]
            self.head = nn.Linear(8, 2, bias=False)

    net = Net()
    net.head.requires_grad_(False)
    page = Tags(net._repr_html_())
    assert page.open == []
    text = " ".join(page.text)
    for expected in (
        "Net",
        "120 parameters",
        "16 of them frozen",
        "body.1",
        "Linear(8, 8)",
        "(frozen)",
        "72",
    ):
        assert expected in text
    assert text.count("Linear(3, 8, activation='tanh')") == 1  # shared, shown once
    assert "Linear(2, 1)" in nn.Linear(2, 1)._repr_html_()
