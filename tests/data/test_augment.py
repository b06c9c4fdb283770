"""Augmented images: what each pixel becomes, on every rung, and that a seed decides it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn.backends import available_backends, use_backend
from tinynn.data import Augment, DataLoader, Dataset
from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.train import predict

RNG = np.random.default_rng(0)
IMAGES = Dataset(RNG.integers(0, 256, (50, 3, 8, 9)).astype(np.uint8), np.arange(50) % 10)


def batch(augment: Augment | None, **options: Any) -> Any:
    loader = DataLoader(IMAGES, 50, shuffle=False, seed=3, augment=augment, **options)
    return next(iter(loader))[0]


@pytest.mark.parametrize("backend", available_backends())
def test_every_image_is_one_of_its_own_crops(backend: str) -> None:
    plain = batch(None)
    around = np.pad(plain, ((0, 0), (0, 0), (2, 2), (2, 2)), mode="reflect")
    with use_backend(backend):
        x = batch(Augment(crop=2, flip=True))
    seen = set()
    for i in range(50):
        found = [
            (row, column, mirrored)
            for row in range(5)
            for column in range(5)
            for mirrored in (False, True)
            if np.array_equal(
                x[i],
                around[i, :, row : row + 8, column : column + 9][..., :: -1 if mirrored else 1],
            )
        ]
        assert len(found) == 1
        seen.update(found)
    assert {row for row, _, _ in seen} == {column for _, column, _ in seen} == set(range(5))
    assert 12 < sum(mirrored for _, _, mirrored in seen) < 38


@pytest.mark.parametrize("backend", available_backends())
def test_a_hole_has_the_mean_colour_and_the_rest_is_as_it_was(backend: str) -> None:
    normal = (np.full(3, 0.4), np.full(3, 0.2))
    plain = batch(None, normalize=normal)
    with use_backend(backend):
        x = batch(Augment(cutout=4), normalize=normal)
    gone = (x == 0).all(axis=1)
    assert np.array_equal(np.where(gone[:, None], 0, plain), x)
    sizes = gone.sum((1, 2))
    assert sizes.max() == 16
    assert sizes.min() >= 4  # a quarter of the hole, where its corner lies in the image's corner
    for hole, size in zip(gone, sizes, strict=True):
        assert hole.any(1).sum() * hole.any(0).sum() == size  # one rectangle


def test_every_rung_shows_the_same_images() -> None:
    shown = []
    for backend in available_backends():
        with use_backend(backend):
            shown.append(batch(Augment(crop=3, flip=True, cutout=3), normalize=([0.5] * 3, [0.3] * 3)))
    for x in shown[1:]:
        np.testing.assert_allclose(x, shown[0], rtol=0, atol=1e-6)


def test_seed_and_epoch_decide_and_the_size_of_the_batches_does_not() -> None:
    def everything(size: int, epoch: int = 0, seed: int = 3) -> Any:
        loader = DataLoader(IMAGES, size, seed=seed, augment=Augment(2, True, 2))
        loader.epoch = epoch
        return np.concatenate([x for x, _ in loader])

    assert np.array_equal(everything(7), everything(50))
    assert np.array_equal(everything(7), everything(7))
    assert not np.array_equal(everything(7), everything(7, epoch=1))
    assert not np.array_equal(everything(7), everything(7, seed=4))


def test_predictions_see_the_images_as_they_are() -> None:
    loader = DataLoader(IMAGES, 16, augment=Augment(crop=2, flip=True, cutout=4))
    np.testing.assert_array_equal(predict(tn.nn.Flatten(), loader), batch(None).reshape(50, -1))


@pytest.mark.parametrize(
    ("error", "message", "act"),
    [
        (
            ArgumentError,
            "Augment: got crop = -1; needed a number of pixels from 0 up",
            lambda: Augment(crop=-1),
        ),
        (ArgumentError, "Augment: got cutout = 2.5; needed", lambda: Augment(cutout=2.5)),  # type: ignore[arg-type]
        (ArgumentError, "Augment: got flip = 1; needed True or False", lambda: Augment(flip=1)),  # type: ignore[arg-type]
        (DtypeError, "DataLoader: got augment = True; needed a data.Augment", lambda: batch(True)),  # type: ignore[arg-type]
        (ShapeError, "crop=8 moves them out of sight", lambda: batch(Augment(crop=8))),
        (
            DtypeError,
            "DataLoader: augment needs images, uint8",
            lambda: DataLoader((np.zeros((4, 2)), np.zeros(4)), augment=Augment()),
        ),
    ],
)
def test_bad_arguments(error: type[Exception], message: str, act: Any) -> None:
    with pytest.raises(error) as raised:
        act()
    assert message in str(raised.value)
