"""step.profile(): it times every call, changes nothing, and compares with a roofline that is one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.compile.profile import Profile, Timing, microseconds
from tinynn.compile.roofline import SIZES, Roofline, measured
from tinynn.errors import ArgumentError

from .test_step import X, Y, dense

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")


def test_the_roofline_of_this_machine() -> None:
    roof = measured(1)
    assert roof is measured(1), "measured once"
    assert roof.flops > 1e8
    assert set(roof.bandwidths) == set(SIZES)
    assert min(roof.bandwidths.values()) > 1e8


def test_measuring_leaves_the_threads_alone() -> None:
    before = tn.get_num_threads()
    assert measured(2).threads == 2
    assert tn.get_num_threads() == before


ROOF = Roofline(1, flops=100.0, bandwidths={10: 40.0, 1000: 10.0})


@pytest.mark.parametrize(("nbytes", "rate"), [(1, 40), (10, 40), (100, 20), (1000, 10), (10**6, 10), (0, 40)])
def test_bandwidth_between_what_was_measured(nbytes: int, rate: float) -> None:
    assert ROOF.bandwidth(nbytes) == pytest.approx(rate)


def test_a_roof_has_two_sides() -> None:
    assert ROOF.seconds(1000, 10) == pytest.approx(10.0)  # computes
    assert ROOF.seconds(10, 1000) == pytest.approx(100.0)  # reads
    assert ROOF.seconds(1000, 10, "float64") == pytest.approx(20.0)


def trained() -> tuple[nn.Module, optim.Optimizer, Any]:
    tn.manual_seed(5)
    model, rule = dense(nn.Dropout(0.5), nn.BatchNorm1d(16)), optim.Adam(lr=0.01)
    step = tn.compile(model, F.cross_entropy, rule, example=(X, Y))
    for _ in range(3):
        step(X, Y)
    return model, rule, step


def test_a_profile_changes_nothing() -> None:
    model, rule, step = trained()
    before = {k: np.array(v) for k, v in {**model.state_dict(), **rule.state_dict()}.items()}
    random, prediction, lr = tn.random.default_generator.get_state(), step.prediction, rule.lr
    step.profile(repeat=5)
    for name, array in {**model.state_dict(), **rule.state_dict()}.items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)
    assert (tn.random.default_generator.get_state(), rule.lr) == (random, lr)
    np.testing.assert_array_equal(step.prediction, prediction)
    after = [step(X, Y) for _ in range(5)]
    other = trained()[2]  # begins the random stream anew
    assert after == [other(X, Y) for _ in range(5)]


def test_every_call_is_timed_and_printed() -> None:
    step = trained()[2]
    profile = step.profile(repeat=3)
    assert len(profile.timings) == len(step.program.calls)
    assert all(0 < t.seconds < 1 for t in profile.timings)
    assert all(t.roof > 0 for t in profile.timings)
    text = str(profile)
    assert max(map(len, text.splitlines())) <= 110
    for part in ("GFLOP/s", "GB/s", "of roof", "update", "w = w - lr", "the largest gap: "):
        assert part in text
    shown = profile.as_json()
    assert len(shown["times"]) == len(profile.timings)
    assert shown["largest_gap"] == profile.largest_gap.line.number


def test_the_largest_gap_is_that_with_most_to_gain() -> None:
    line = trained()[2].profile(repeat=1).timings[0].line
    timings = [Timing(line, 5.0, 4.0), Timing(line, 3.0, 0.5), Timing(line, 1.0, 0.01)]
    profile = Profile(timings, ROOF)
    assert profile.largest_gap is timings[1]  # neither the slowest nor the one furthest from its roof
    assert profile.seconds == 9.0
    assert "2500000.0 us above the roof, 28 % of the step" in str(profile)


def test_bad_repeat() -> None:
    with pytest.raises(ArgumentError, match="repeat is 0; needed a positive integer"):
        trained()[2].profile(repeat=0)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(4e-8, "0.04"), (9.999e-6, "10.0"), (5.73e-5, "57.3"), (0.0346604, "34660")]
)
def test_microseconds_keep_three_digits(seconds: float, shown: str) -> None:
    assert microseconds(seconds) == shown
