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
    np.testing.assert_array_equal(points.x, [[-1, -1], [1, 1]])
    assert (points.middle, points.scale) == ((1.0, 0.5), (1.0, 0.5))


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("0,5;1,2;a\n1,5;2;b\n", [[0.5, 1.2], [1.5, 2]]),  # a German Excel
        ("x;y;class\n-0,5;.25;a\n1e1;2;b", [[-0.5, 0.25], [10, 2]]),
        ("1,2,a;b;c\n3,4,d\n", [[1, 2], [3, 4]]),
        ('"0","1","a, b"\n2,3,"c ""d"""\n', [[0, 1], [2, 3]]),
        ("0,1,a\r2,3,b\r", [[0, 1], [2, 3]]),
        ("0,1,a\n0,1,a\n0,1,b\n5,5,b\n", [[0, 1], [0, 1], [0, 1], [5, 5]]),
        ("1e308,-1e308,a\n-1e308,1e308,b\n", [[1e308, -1e308], [-1e308, 1e308]]),
        ("1,7,a\n2,7,b\n", [[1, 7], [2, 7]]),
    ],
    ids=["decimal commas", "heading", "semicolons in a class", "quotes", "CR", "twice", "1e308", "one row"],
)
def test_what_else_is_read(text: str, x: list[list[float]]) -> None:
    points = read_csv(text.encode())
    for column in (0, 1):
        found = points.x[:, column].astype(float) * points.scale[column] + points.middle[column]
        np.testing.assert_allclose(found, np.array(x)[:, column], rtol=1e-6)


@pytest.mark.parametrize("start", ["1700000000", "1e6"])
@pytest.mark.parametrize("step", [1, 0.01])
def test_large_numbers_that_differ_by_little_are_not_one(start: str, step: float) -> None:
    rows = [f"{float(start) + i * step!r},{i % 2},{'ab'[i % 2]}" for i in range(50)]
    points = read_csv("\n".join(rows).encode())
    np.testing.assert_allclose(points.x[:, 0], np.linspace(-1, 1, 50), atol=1e-6)


def test_each_column_of_a_file_is_scaled_by_itself_but_a_made_set_keeps_its_shape() -> None:
    rows = [f"{i / 99},{1000 * (i * 37 % 100) / 99},{i % 2}" for i in range(100)]
    points = read_csv("\n".join(rows).encode())
    np.testing.assert_allclose((points.x.min(0), points.x.max(0)), [[-1, -1], [1, 1]], atol=1e-6)
    moons = made("moons", seed=0)
    assert moons.scale[0] == moons.scale[1]
    assert np.abs(moons.x[:, 1]).max() < 0.8


def test_classes_that_are_numbers_are_in_their_order() -> None:
    assert read_csv(b"0,0,10\n1,1,9\n2,2,cat\n").classes == ("9", "10", "cat")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"0,0,a\n1,1\n", "line 2: 2 columns between commas; needed three: x, y, class"),
        (b"0,0,a\n1,one,b\n", "line 2: y is 'one'; needed a number"),
        (b"x,y,class\nx,y,class\n", "line 2: x is 'x'; needed a number"),
        (b"O,0,a\n1,1,b\n", "line 1: x is 'O'"),  # a heading has no number in it
        (b"0,0,a\nnan,1,b\n", "line 2: x is 'nan'; needed a finite number"),
        (b"0,0,a\n1,1e400,b\n", "line 2: y is '1e400'; needed a finite number"),
        (
            b"0,5,1,2,a\n1,5,2,2,b\n",
            "line 1: 5 columns between commas; needed three: x, y, class; try a decimal",
        ),
        (b"0.5\t1.5\ta\n0,5\t1,2\tb\n", "line 2: x is '0,5'; needed a number; try a decimal point"),
        (b'0,0,"a\nb"\n1,1\n', "line 3: 2 columns"),
        (b"0,0,a\n1,1,\n", "line 2: the class is ''"),
        (b"0,0,a\n1,1,a\n", "1 class in 2 points; needed 2 to 10"),
        (b"0,0,a\n0,0,b\n", "all points are in one place"),
        (b"", "holds no points; needed lines of x, y, class"),
        (b"x,y,class\n", "holds no points"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b'0,0,"a', "needed lines of x, y, class"),
        (b"0,0,a\n" * (MOST_POINTS + 1), "more than 2,000 points; needed at most so many"),
        (b" " * (LARGEST + 1), "more than 1,000,000 bytes; needed at most so many"),
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
