"""Generated data: seeded, balanced, marked, and worth learning from."""

import numpy as np
import pytest

from tinynn.data import digits, generate_mnist_like, mnist, shapes, synthetic_like, write_idx
from tinynn.data.digits import GLYPHS, catmull_rom, spline
from tinynn.data.shapes import FIGURES, colour
from tinynn.errors import ArgumentError

MAKERS = [(digits, (1, 28, 28)), (shapes, (3, 32, 32))]


@pytest.mark.parametrize(("make", "shape"), MAKERS)
def test_seeded_balanced_and_marked(make, shape):
    data = make(105, seed=3)
    assert data.shape == shape
    assert data.x.dtype == np.uint8
    assert data.synthetic
    assert "generated" in data.name
    assert sorted(np.bincount(data.labels).tolist()) == [10] * 5 + [11] * 5
    assert np.array_equal(data.x, make(105, seed=3).x)
    assert not np.array_equal(data.x, make(105, seed=4).x)
    assert len(np.unique(data.x.reshape(105, -1), axis=0)) == 105
    assert len(make(1)) == 1


def linear_accuracy(train, test):
    """Least squares on one-hot labels: what a linear classifier can do."""
    a, b = (np.c_[d.x.reshape(len(d), -1) / 255.0, np.ones(len(d))] for d in (train, test))
    w = np.linalg.solve(a.T @ a + 10 * np.eye(a.shape[1]), a.T @ np.eye(10)[train.labels])
    return (np.argmax(b @ w, 1) == test.labels).mean()


@pytest.mark.parametrize(("name", "low", "high"), [("mnist", 0.75, 0.99), ("cifar10", 0.2, 0.8)])
def test_a_linear_classifier_learns_some_but_not_all(name, low, high):
    train, test = synthetic_like(name, n_train=800, n_test=300, seed=1)
    assert low < linear_accuracy(train, test) < high


def test_digits_look_like_ink_on_black():
    data = digits(500, seed=5)
    assert (data.x == 0).mean() > 0.7
    assert 0.05 < data.x.mean() / 255 < 0.2
    assert data.x.max((1, 2, 3)).min() > 180
    rim = np.concatenate([data.x[:, 0, 0], data.x[:, 0, -1], data.x[:, 0, :, 0], data.x[:, 0, :, -1]])
    assert (rim > 0).mean() < 0.03  # they fit into the picture


def test_curves_pass_through_their_controls():
    controls = np.array([[0, 0], [1, 2], [3, 1], [4, 4.0]])
    curve = catmull_rom(4, 31) @ controls
    assert np.allclose(curve[::10], controls)
    straight = catmull_rom(3, 9) @ np.array([0.0, 1.0, 2.0])
    assert np.allclose(straight, np.linspace(0, 2, 9))


@pytest.mark.parametrize("digit", GLYPHS)
def test_ink_is_dense_enough_to_show_no_gaps(digit):
    for glyph in GLYPHS[digit]:
        basis, controls = spline(glyph)
        assert np.allclose(basis.sum(1), 1)
        steps = np.hypot(*np.diff(basis @ controls, axis=0).T) * 20
        assert np.sort(steps)[: 1 - len(glyph) or None].max() < 1.0  # pixels; between strokes the pen lifts


def test_figures_are_negative_inside():
    grid = np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41))
    shares = [float((figure(*grid) < 0).mean()) for figure in FIGURES.values()]
    assert all(0.08 < share < 0.6 for share in shares)


def test_colours_are_those_of_the_colour_wheel():
    hue = np.array([0, 1 / 3, 2 / 3, 1 / 6, 1.0])
    rgb = colour(hue, np.ones(5), np.ones(5))[:, :, 0, 0]
    assert np.allclose(rgb, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 0]])


def test_written_and_read_back_by_the_loader_of_mnist(tmp_path):
    train, test = generate_mnist_like(tmp_path, 40, 20, seed=2)
    assert (len(train), len(test)) == (40, 20)
    assert train.synthetic
    assert test.synthetic
    made, _ = synthetic_like("mnist", n_train=40, n_test=20, seed=2)
    assert np.array_equal(train.x, made.x)
    assert np.array_equal(train.y, made.y)
    again, _ = mnist(tmp_path)
    assert again.synthetic  # whoever finds the files later is told as well
    assert again.name == "generated digits"
    before = {p.name: p.read_bytes() for p in (tmp_path / "mnist").iterdir()}
    generate_mnist_like(tmp_path, 40, 20, seed=2)
    assert before == {p.name: p.read_bytes() for p in (tmp_path / "mnist").iterdir()}


def test_real_files_are_never_overwritten(tmp_path):
    (tmp_path / "mnist").mkdir()
    write_idx(tmp_path / "mnist" / "train-labels-idx1-ubyte.gz", np.zeros(3, np.uint8))
    with pytest.raises(ArgumentError, match="were not generated"):
        generate_mnist_like(tmp_path, 20, 10)
    assert len(list((tmp_path / "mnist").iterdir())) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: digits(0), "digits: got n = 0"),
        (lambda: digits(2.0), r"digits: got n = 2\.0"),
        (lambda: digits(10, seed=-1), "seed: got -1"),
        (lambda: shapes(-1), "shapes: got n = -1"),
        (lambda: synthetic_like("imagenet"), "needed one of mnist, "),
        (lambda: synthetic_like("mnist", n_test=0), "sizes 10000 and 0"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
