"""Letters move without changing, ends and corners stand where they should; motifs lie where it is said."""

import numpy as np
import pytest
from scipy import ndimage

from tinynn.data import draw_letter, letters, motif, motif_sequences
from tinynn.data.letters import skeleton
from tinynn.errors import ArgumentError


@pytest.mark.parametrize("letter", ["C", "D"])
@pytest.mark.parametrize("shift", [(0, 0), (5, -3), (-6, 6), (2.0, 1.0)])
def test_whole_shifts_move_the_very_same_pixels(letter, shift):
    image = draw_letter(letter, shift=shift)
    np.testing.assert_array_equal(image, np.roll(draw_letter(letter), np.array(shift, int), (0, 1)))
    assert image.max() == 255


@pytest.mark.parametrize("letter", ["C", "D"])
@pytest.mark.parametrize(("size", "stroke"), [(8, 1), (16, 2), (20, 3.5), (25.5, 2.2)])
def test_size_and_stroke_are_measured_in_pixels(letter, size, stroke):
    image = draw_letter(letter, side=40, size=size, stroke=stroke) / 255.0
    down, right = image.max(1), image.max(0)
    assert (down > 0).sum() == pytest.approx(size + stroke + 1, abs=1.6)
    assert (right > 0).sum() == pytest.approx((0.84 - 0.13 * (letter == "C")) * size + stroke + 1, abs=2.5)
    x = skeleton(letter)
    length = np.hypot(*np.diff(x, axis=0).T)
    if letter == "C":
        assert image.sum() == pytest.approx(size * length.sum() * stroke, rel=0.15)


def test_c_is_open_and_d_is_closed():
    for size, stroke in ((12, 1.5), (16, 2), (22, 3)):
        for letter, holes in (("C", 1), ("D", 2)):
            ground = draw_letter(letter, size=size, stroke=stroke) < 64
            assert ndimage.label(ground)[1] == holes


def test_the_options_do_what_they_say():
    plain = draw_letter("C").astype(int)
    for option in ({"opening": 60}, {"wide": 1.2}, {"slant": 0.2}, {"size": 18}, {"stroke": 3}):
        assert np.abs(draw_letter("C", **option).astype(int) - plain).max() > 60
    leaning = draw_letter("D", slant=0.3)
    top, bottom = leaning[9], leaning[23]
    assert np.flatnonzero(top)[0] > np.flatnonzero(bottom)[0] + 2


def test_letters_come_from_their_seed_and_are_dealt_evenly():
    first, again, other = (letters(20, size=(12, 16), shift=3, vary=True, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)
    assert first.x.shape == (20, 1, 32, 32)
    assert first.x.dtype == np.uint8
    assert np.bincount(first.labels).tolist() == [10, 10]
    assert first.synthetic
    alike = letters(2, seed=0)
    for image, label in alike:
        np.testing.assert_array_equal(image[0], draw_letter("CD"[label]))


def test_a_motif_lies_where_it_is_said_and_nowhere_else():
    hidden = motif(7, seed=3)
    data, places = motif_sequences(200, 30, motif=hidden, noise=0.3, seed=5)
    quiet, same = motif_sequences(200, 30, motif=0 * hidden, noise=0.3, seed=5)
    assert np.array_equal(places, same)
    assert np.array_equal(places >= 0, data.labels == 1)
    assert data.x.shape == (200, 1, 30)
    assert data.x.dtype == np.float32
    assert data.labels.sum() == 100
    assert places.max() == 23  # it may end at the end
    assert places[places >= 0].min() == 0
    planted = data.x[:, 0] - quiet.x[:, 0]
    for row, place in zip(planted, places, strict=True):
        expected = np.zeros(30)
        if place >= 0:
            expected[place : place + 7] = hidden
        np.testing.assert_allclose(row, expected, atol=1e-6)
    assert quiet.x.std() == pytest.approx(0.3, rel=0.05)


def test_the_seed_decides():
    assert np.array_equal(motif(5, seed=1), motif(5, seed=1))
    assert not np.array_equal(motif(5, seed=1), motif(5, seed=2))
    one, two = (motif_sequences(4, 9, motif=[1, 2], seed=s)[0] for s in (1, 2))
    assert not np.array_equal(one.x, two.x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: draw_letter("E"), "draw_letter: got 'E'; needed one of C, D"),
        (lambda: draw_letter("C", side=0), "draw_letter: got side = 0"),
        (lambda: draw_letter("C", size=2), "draw_letter: got size = 2; needed 3 to 32"),
        (lambda: draw_letter("C", size=float("nan")), "draw_letter: got size = nan"),
        (lambda: draw_letter("C", stroke=9), "draw_letter: got stroke = 9; needed 0.5 to 5.33333"),
        (lambda: draw_letter("C", opening=90), "draw_letter: got opening = 90"),
        (lambda: draw_letter("C", wide=3), "draw_letter: got wide = 3"),
        (lambda: draw_letter("C", slant=1), "draw_letter: got slant = 1"),
        (lambda: draw_letter("D", shift=(0, 12)), "reaches 19.7 pixels from the middle; needed at most 16"),
        (lambda: draw_letter("D", shift=(float("nan"), 0)), "draw_letter: got shift = (nan, 0)"),
        (lambda: draw_letter("D", shift=3), "draw_letter: got shift = 3; needed (down, right)"),
        (lambda: letters(0), "letters: got n = 0"),
        (lambda: letters(4, shift=1.5), "letters: got shift = 1.5"),
        (lambda: letters(4, shift=-1), "letters: got shift = -1"),
        (lambda: letters(4, size=(12, 10)), "letters: got size = (12, 10)"),
        (lambda: letters(4, seed=-1), "seed: got -1"),
        (lambda: motif(1), "motif: got k = 1; needed at least 2"),
        (lambda: motif_sequences(0, motif=[1.0]), "motif_sequences: got n = 0"),
        (lambda: motif_sequences(4, 2, motif=[1, 2, 3]), "a motif of shape (3,); needed 1 to 2"),
        (lambda: motif_sequences(4, motif=[]), "a motif of shape (0,)"),
        (lambda: motif_sequences(4, motif=[[1.0]]), "a motif of shape (1, 1)"),
        (lambda: motif_sequences(4, motif=[np.nan]), "needed 1 to 64 finite numbers"),
        (lambda: motif_sequences(4, motif=[1.0], noise=-1), "motif_sequences: got noise = -1"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert message in str(caught.value)
