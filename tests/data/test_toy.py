"""Toy sets: the shapes their docstrings promise, and the same points for the same seed."""

import numpy as np
import pytest

from tinynn.data import blobs, circles, moons, spirals
from tinynn.errors import ArgumentError

MAKERS = {"spirals": lambda **k: spirals(noise=0.1, **k), "moons": moons, "circles": circles, "blobs": blobs}


@pytest.mark.parametrize("name", MAKERS)
def test_the_seed_decides(name):
    first, again, other = (MAKERS[name](seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)
    assert first.x.dtype == np.float32
    assert first.shape == (2,)
    assert first.synthetic
    assert first.name == name
    assert set(first.labels) == set(range(len(first.classes)))


def test_spirals_are_the_stated_curve():
    data = spirals(5)
    for arm in range(3):
        points = data.x[data.labels == arm].astype(float)
        radius, angle = np.hypot(*points.T), np.unwrap(np.arctan2(*points[1:].T[::-1]))
        assert np.allclose(radius, [0, 0.25, 0.5, 0.75, 1], atol=1e-6)
        expected = 2 * np.pi / 3 * (arm + 2 * np.array([0.25, 0.5, 0.75, 1]))
        assert np.allclose(angle - angle[0], expected - expected[0], atol=1e-6)
        assert np.allclose(np.exp(1j * angle), np.exp(1j * expected), atol=1e-6)


def test_moons_lie_on_two_half_circles():
    data = moons(101, noise=0)
    outer, inner = data.x[data.labels == 0], data.x[data.labels == 1]
    assert (len(outer), len(inner)) == (50, 51)
    assert np.allclose(np.hypot(*outer.T), 1, atol=1e-6)
    assert np.allclose(np.hypot(inner[:, 0] - 1, inner[:, 1] - 0.5), 1, atol=1e-6)
    assert outer[:, 1].min() > -1e-6
    assert inner[:, 1].max() < 0.5 + 1e-6


def test_circles_have_their_radii():
    data = circles(60, noise=0, factor=0.3)
    assert np.allclose(np.hypot(*data.x.T), np.where(data.labels == 0, 1, 0.3), atol=1e-6)


def test_blobs_have_their_means_and_spreads():
    centers = np.array([[0, 0, 5], [10, 0, -5]])
    data = blobs(20_000, centers, std=[0.5, 2.0], seed=4)
    for c, spread in enumerate([0.5, 2.0]):
        points = data.x[data.labels == c]
        assert len(points) == 10_000
        assert np.allclose(points.mean(0), centers[c], atol=5 * spread / 100)
        assert np.allclose(points.std(0), spread, rtol=0.05)


def test_blobs_draw_centres_from_the_box():
    data = blobs(30, 3, std=0, features=4, box=(2, 3))
    assert data.shape == (4,)
    assert len(np.unique(data.x, axis=0)) == 3
    assert 2 <= data.x.min() <= data.x.max() <= 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: spirals(0), "spirals: got n_per_arm = 0"),
        (lambda: spirals(arms=2.5), r"spirals: got arms = 2\.5"),
        (lambda: spirals(noise=-1), "spirals: got noise = -1"),
        (lambda: moons(noise=float("nan")), "moons: got noise = nan"),
        (lambda: moons(None), "moons: got n = None"),
        (lambda: circles(factor=1), "circles: got factor = 1"),
        (lambda: blobs(10, 0), "blobs: got centers = 0"),
        (lambda: blobs(10, [1.0, 2.0]), r"centers of shape \(2,\)"),
        (lambda: blobs(10, std=-1), "std = -1"),
        (lambda: blobs(10, std=[1, 2]), "each of 3 classes"),
        (lambda: moons(seed=-1), "seed: got -1"),
        (lambda: moons(seed=0.5), r"seed: got 0\.5"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
