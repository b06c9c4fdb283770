"""The loader: every example once, in an order that (seed, epoch) decide, converted exactly."""

import numpy as np
import pytest

import tinynn as tn
from tinynn.backends import rung, use_backend
from tinynn.data import DataLoader, Dataset, normalization
from tinynn.errors import ArgumentError, DtypeError, ShapeError


@pytest.fixture
def images():
    pixels = np.random.default_rng(0).integers(0, 256, (23, 3, 4, 5)).astype(np.uint8)
    return Dataset(pixels, np.arange(23) % 7, name="tiny")


def everything(loader):
    batches = list(loader)
    return np.concatenate([x for x, _ in batches]), np.concatenate([y for _, y in batches])


def test_in_order_it_is_the_set_itself(images):
    x, y = everything(DataLoader(images, batch_size=5, shuffle=False))
    assert x.dtype == np.float32
    assert x.shape == images.x.shape
    assert np.abs(x - images.x / 255).max() <= 6e-8
    assert y.dtype == np.int64
    assert np.array_equal(y, images.y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalised_by_channel(images, dtype):
    mean, std = normalization(images)
    x, _ = everything(DataLoader(images, batch_size=4, shuffle=False, normalize=(mean, std), dtype=dtype))
    assert x.dtype == dtype
    assert x.mean((0, 2, 3)) == pytest.approx(0, abs=1e-6)
    assert x.std((0, 2, 3)) == pytest.approx(1, abs=1e-6)
    expected = (images.x / 255 - mean[:, None, None]) / std[:, None, None]
    assert np.allclose(x, expected, rtol=0, atol=2e-6 if dtype == np.float32 else 1e-14)


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_every_rung_gives_the_same(images, backend):
    if not rung(backend):
        pytest.skip(f"{backend} was not built")
    with use_backend(backend, strict=True):
        x, y = everything(DataLoader(images, batch_size=6, seed=3, normalize=(0.5, 0.25)))
    order = np.argsort(np.random.Philox(key=np.array([3, 0], np.uint64)).random_raw(23), kind="stable")
    assert np.array_equal(y, images.y[order])
    assert np.allclose(x, (images.x[order] / 255 - 0.5) / 0.25, rtol=0, atol=1e-6)


def test_shuffled_gives_every_example_once_with_its_label():
    x = np.arange(50, dtype=np.float64)[:, None].repeat(3, 1)
    loader = DataLoader((x, np.arange(50)), batch_size=7, seed=1, dtype=np.float64)
    first_x, first_y = everything(loader)
    assert sorted(first_y.tolist()) == list(range(50))
    assert not np.array_equal(first_y, np.arange(50))
    assert np.array_equal(first_x[:, 2], first_y)
    assert not np.array_equal(everything(loader)[1], first_y)


def test_an_epoch_can_be_resumed(images):
    whole = DataLoader(images, seed=5, batch_size=4)
    orders = [everything(whole)[1].tolist() for _ in range(4)]
    resumed = DataLoader(images, seed=5, batch_size=4)
    resumed.epoch = 2
    assert [everything(resumed)[1].tolist() for _ in range(2)] == orders[2:]
    assert resumed.epoch == 4


def test_an_epoch_left_early_is_over(images):
    loader = DataLoader(images, seed=5)
    next(iter(loader))
    assert loader.epoch == 1


def test_the_seed_of_manual_seed_is_the_default(images):
    tn.manual_seed(11)
    try:
        assert np.array_equal(everything(DataLoader(images))[1], everything(DataLoader(images, seed=11))[1])
    finally:
        tn.manual_seed(0)


@pytest.mark.parametrize(
    ("batch_size", "drop_last", "sizes"),
    [
        (23, False, [23]),
        (100, False, [23]),
        (10, False, [10, 10, 3]),
        (10, True, [10, 10]),
        (1, True, [1] * 23),
    ],
)
def test_sizes_of_batches(images, batch_size, drop_last, sizes):
    loader = DataLoader(images, batch_size=batch_size, drop_last=drop_last)
    assert [len(x) for x, _ in loader] == sizes
    assert len(loader) == len(sizes)


def test_parts_that_are_not_contiguous(images):
    x, y = everything(DataLoader(images[::-2], batch_size=5, shuffle=False, dtype=np.float64))
    assert np.allclose(x, images.x[::-2] / 255, rtol=0, atol=1e-15)
    assert np.array_equal(y, images.y[::-2])


def test_batches_are_fresh(images):
    loader = DataLoader(Dataset(images.x / 255, images.y), shuffle=False)
    for x, y in loader:
        x[...] = 7
        y[...] = 7
    assert images.y.max() < 7
    assert everything(loader)[0].max() <= 1


def test_float_features_and_targets():
    x = np.random.default_rng(0).normal(3, 2, (40, 5))
    mean, std = normalization(Dataset(x, np.zeros(40)))
    seen, targets = everything(DataLoader((x, x[:, 0]), normalize=(mean, std), shuffle=False))
    assert seen.dtype == targets.dtype == np.float32
    assert np.allclose(seen, (x - x.mean(0)) / x.std(0), atol=1e-5)


def test_normalization_of_bytes_is_that_of_floats(images):
    mean, std = normalization(images)
    scaled = images.x / 255
    assert np.allclose(mean, scaled.mean((0, 2, 3)), rtol=1e-13)
    assert np.allclose(std, scaled.std((0, 2, 3)), rtol=1e-13)
    flat = Dataset(np.full((3, 1, 2, 2), 9, np.uint8), [0, 0, 0])
    assert normalization(flat)[1].tolist() == [1.0]


def test_repr_says_what_comes(images):
    assert repr(DataLoader(images, batch_size=5, seed=2)).endswith(
        "5 batches of 5, shuffled, seed 2, epoch 0)"
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch_size": 0}, ArgumentError, "batch_size = 0; needed an integer from 1"),
        ({"batch_size": -3}, ArgumentError, "batch_size = -3"),
        ({"batch_size": 2.5}, ArgumentError, r"batch_size = 2\.5"),
        ({"batch_size": True}, ArgumentError, "batch_size = True"),
        ({"batch_size": None}, ArgumentError, "batch_size = None"),
        ({"batch_size": 24, "drop_last": True}, ArgumentError, "leaves none; try batch_size=23"),
        ({"dtype": np.float16}, DtypeError, "float16; needed float32 or float64"),
        ({"dtype": int}, DtypeError, "int64; needed float32"),
        ({"normalize": 0.5}, ArgumentError, "needed a pair"),
        ({"normalize": (0.5, 0)}, ArgumentError, "std above 0"),
        ({"normalize": (np.nan, 1)}, ArgumentError, "finite"),
        ({"normalize": ([0, 0], 1)}, ShapeError, r"mean of shape \(2,\); needed a number or \(3,\)"),
        ({"normalize": (0, np.ones((3, 1)))}, ShapeError, r"std of shape \(3, 1\)"),
    ],
)
def test_bad_options_are_named(images, options, error, message):
    with pytest.raises(error, match=message):
        DataLoader(images, **options)


def test_bad_sets_are_named(images):
    with pytest.raises(ArgumentError, match="empty data set"):
        DataLoader(images[:0])
    with pytest.raises(ArgumentError, match="empty data set"):
        normalization(images[:0])
    with pytest.raises(DtypeError, match="got int; needed a Dataset"):
        DataLoader(5)
    with pytest.raises(DtypeError, match="got NoneType"):
        DataLoader(None)
    with pytest.raises(ShapeError, match="3 examples but y 2"):
        DataLoader((np.zeros((3, 2)), [1, 2]))
