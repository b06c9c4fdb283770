"""Settings and data of the laboratory: what is refused, and with which words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynn.errors import ArgumentError, FormatError
from tinynn.lab import Settings, made, read_csv
from tinynn.lab.points import LARGEST, MOST_POINTS


@pytest.mark.parametrize("name", ["spirals", "moons", "circles"])
def test_made_points_lie_within_the_square(name: str) -> None:
    points = made(name, seed=3)
    assert points.x.dtype == np.float32
    assert np.abs(points.x).max() == pytest.approx(1, abs=1e-6)
    assert set(points.y) == set(range(len(points.classes)))
    np.testing.assert_array_equal(points.x, made(name, seed=3).x)
    assert name == "spirals" or not np.array_equal(points.x, made(name, seed=4).x)


@pytest.mark.parametrize(
    "text",
    ["x,y,class\n0,0,cat\n2,1,dog\n", "0;0;cat\n2;1;dog", "\ufeff0\t0\tcat\r\n\r\n2\t1\tdog\r\n"],
)
def test_csv_with_and_without_a_heading(text: str) -> None:
    points = read_csv(text.encode())
    assert points.classes == ("cat", "dog")
    np.testing.assert_allclose(points.x, [[-1, -0.5], [1, 0.5]])
    assert (points.middle, points.scale) == ((1.0, 0.5), 1.0)


def test_classes_that_are_numbers_are_in_their_order() -> None:
    assert read_csv(b"0,0,10\n1,1,9\n2,2,cat\n").classes == ("9", "10", "cat")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"0,0,a\n1,1\n", "line 2: 2 columns; needed three"),
        (b"0,0,a\n1,one,b\n", "line 2: x and y are '1' and 'one'; needed numbers"),
        (b"x,y,class\nx,y,class\n", "line 2: x and y are 'x' and 'y'"),
        (b"0,0,a\nnan,1,b\n", "needed finite numbers"),
        (b"0,0,a\n1,1e40,b\n", "needed finite numbers"),
        (b"0,0,a\n1,1,\n", "line 2: the class is ''"),
        (b"0,0,a\n1,1,a\n", "1 class in 2 points; needed 2 to 10"),
        (b"0,0,a\n0,0,b\n", "all points are in one place"),
        (b"", "0 classes in 0 points"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b'0,0,"a', "needed lines of x, y, class"),
        (b"0,0,a\n" * (MOST_POINTS + 1), "more than 2,000 points"),
        (b" " * (LARGEST + 1), "needed at most 1,000,000"),
        ("\n".join(f"{i},0,c{i}" for i in range(11)).encode(), "11 classes in 11 points"),
    ],
)
def test_a_broken_csv_gives_one_message(raw: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=r"^mine\.csv") as caught:
        read_csv(raw, "mine.csv")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.one_of(st.binary(max_size=200), st.text("0123456789.,;-eab\n\"'nif", max_size=200).map(str.encode)))
@settings(max_examples=150, deadline=None)
def test_whatever_a_file_holds_only_a_format_error_comes_of_it(raw: bytes) -> None:
    try:
        points = read_csv(raw)
    except FormatError:
        return
    assert np.isfinite(points.x).all()
    assert len(points.x) == len(points.y) > 1


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"width": 17}, "width is 17; needed a whole number from 1 to 16"),
        ({"depth": 0}, "depth is 0"),
        ({"data": "xor"}, "needed one of spirals, moons"),
        ({"activation": "step"}, "activation is 'step'"),
        ({"lr": 0.0}, "lr is 0.0; needed a number above 0"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"decay": -1.0}, "decay is -1.0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_settings_out_of_range(choice: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError, match=r"^lab: ") as caught:
        Settings(**choice)  # type: ignore[arg-type]
    assert words in str(caught.value)
