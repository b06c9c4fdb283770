"""Dataset: checks at the door, and behaves as an array does."""

import numpy as np
import pytest

from tinynn.data import Dataset
from tinynn.data.shuffle import permutation
from tinynn.errors import ArgumentError, DtypeError, ShapeError


@pytest.fixture
def images():
    pixels = np.arange(5 * 4, dtype=np.uint8).reshape(5, 1, 2, 2)
    return Dataset(pixels, [0, 1, 2, 1, 0], classes=("a", "b", "c"), name="tiny", synthetic=True)


def test_holds_what_it_was_given(images):
    assert len(images) == 5
    assert images.shape == (1, 2, 2)
    assert images.labels.dtype == np.int64
    assert images.images is images.x
    assert repr(images) == "Dataset('tiny': 5 x (1, 2, 2) uint8, 3 classes, synthetic)"


def test_parts_keep_names_and_share_memory(images):
    part = images[1:3]
    assert part.labels.tolist() == [1, 2]
    assert (part.classes, part.name, part.synthetic) == (("a", "b", "c"), "tiny", True)
    assert np.shares_memory(part.x, images.x)


def test_integer_gives_the_pair_and_iteration_all_pairs(images):
    pixels, label = images[-1]
    assert pixels.shape == (1, 2, 2)
    assert label == 0
    assert [int(y) for _, y in images] == [0, 1, 2, 1, 0]


@pytest.mark.parametrize(
    ("key", "labels"),
    [
        ([3, 0], [1, 0]),
        (np.array([True, False, True, False, False]), [0, 2]),
        ([], []),
        (slice(None, None, -2), [0, 2, 0]),
    ],
)
def test_lists_masks_and_steps(images, key, labels):
    assert images[key].labels.tolist() == labels


def test_take_and_split(images):
    assert len(images.take(2)) == 2
    assert len(images.take(99)) == 5
    first, second = images.split(0.6, seed=3)
    assert (len(first), len(second)) == (3, 2)
    together = np.concatenate([first.x, second.x]).reshape(5, 4)[:, 0]
    assert sorted(together.tolist()) == [0, 4, 8, 12, 16]
    again, _ = images.split(0.6, seed=3)
    assert np.array_equal(first.x, again.x)


def test_float_features_and_regression_targets():
    data = Dataset(np.ones((3, 2), np.float32), np.array([0.5, 1.5, 2.5]))
    assert data.labels.dtype == np.float64
    assert len(Dataset(np.zeros((0, 2)), [])) == 0


@pytest.mark.parametrize(
    ("x", "y", "options", "error", "message"),
    [
        (np.zeros((3, 2)), [0, 1], {}, ShapeError, "3 examples but y 2"),
        (np.zeros((2, 2), np.uint8), [0, 1], {}, ShapeError, r"try x\[:, None\]"),
        (np.float32(1), [0], {}, ShapeError, "scalar x"),
        (np.zeros((1, 2)), 0, {}, ShapeError, "scalar y"),
        (np.zeros((2, 2)), np.eye(2, dtype=int), {}, ShapeError, "argmax"),
        (np.zeros((2, 2), int), [0, 1], {}, DtypeError, "astype"),
        (None, [0], {}, ShapeError, "scalar x"),
        (np.zeros((2, 2)), ["a", "b"], {}, DtypeError, "integer labels"),
        (np.zeros((2, 2)), [0, 2], {"classes": "ab"}, ArgumentError, r"labels in 0\.\.2"),
        (np.zeros((2, 2)), [-1, 1], {"classes": "ab"}, ArgumentError, r"labels in -1\.\.1"),
        (np.zeros((2, 2)), [0.0, 1.0], {"classes": "ab"}, DtypeError, "float64 targets"),
    ],
)
def test_bad_arrays_are_named(x, y, options, error, message):
    with pytest.raises(error, match=message):
        Dataset(x, y, **options)


def test_bad_indices_are_named(images):
    with pytest.raises(IndexError, match="mask of 2 for 5"):
        images[np.array([True, False])]
    with pytest.raises(TypeError, match="needed an int"):
        images["a"]
    with pytest.raises(IndexError):
        images[7]
    with pytest.raises(ArgumentError, match=r"split: got fraction = 1\.5"):
        images.split(1.5)
    with pytest.raises(ArgumentError, match="take: got n = -1"):
        images.take(-1)


def test_the_order_depends_on_seed_and_epoch_alone():
    order = permutation(1000, seed=1, epoch=2)
    assert sorted(order.tolist()) == list(range(1000))
    assert np.array_equal(order, permutation(1000, seed=1, epoch=2))
    for seed, epoch in [(1, 3), (2, 2), (2, 1), (-1, 2)]:
        assert not np.array_equal(order, permutation(1000, seed=seed, epoch=epoch))
    assert permutation(6, seed=0).tolist() == [0, 2, 1, 5, 4, 3]  # for ever: resumed runs rely on it
