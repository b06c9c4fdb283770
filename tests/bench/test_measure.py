"""Measuring with real workers: what is reported, and that a side that computes something else is not timed.

No time is asserted here: only that there are as many as asked for, and what is done with them.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from tinynn.bench.measure import MIN_BLOCKS, Measurement, Outcome, Settings, disagreement, measure
from tinynn.bench.peers import PEERS, SUBJECT, PeerSpec
from tinynn.bench.report import as_json, as_markdown
from tinynn.bench.workloads import workload

SIDES = '''
import os, sys
from tinynn.bench.peers.numpy_peer import NumpyPeer


class Forgetful(NumpyPeer):
    """Never updates its last layer."""

    def step(self):
        kept = self.layers[-1].w.copy()
        loss = super().step()
        self.layers[-1].w[:] = kept
        return loss


class Lazy(NumpyPeer):
    """Does nothing after its first step."""

    def run(self, steps):
        self.known = getattr(self, "known", None) or super().run(1)
        return self.known


class Chatty(NumpyPeer):
    """Prints where the answers go."""

    def run(self, steps):
        print("a library that talks", flush=True)
        os.write(1, b"even below Python\\n")
        return super().run(steps)


class Refusing(NumpyPeer):
    def __init__(self, workload, threads):
        raise RuntimeError("no such convolution")


class Dying(NumpyPeer):
    def run(self, steps):
        sys.stderr.write("out of memory\\n")
        sys.stderr.flush()
        os._exit(3)


class Sleepy(NumpyPeer):
    """Too long in its second call, the check."""

    def run(self, steps):
        if steps > 1:
            import time
            time.sleep(60)
        return super().run(steps)


class Failing(NumpyPeer):
    """Runs for a while."""

    def run(self, steps):
        self.calls = getattr(self, "calls", 0) + 1
        if self.calls > 18:
            raise RuntimeError("a wire came loose")
        return super().run(steps)


class Environment(NumpyPeer):
    def __init__(self, workload, threads):
        super().__init__(workload, threads)
        self.version = ",".join(os.environ[k] for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"))
'''


@pytest.fixture(autouse=True)
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the module bench_sides importable in the workers."""
    (tmp_path / "bench_sides.py").write_text(SIDES, encoding="utf-8")
    places = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, places)))


def side(name: str) -> PeerSpec:
    return PeerSpec(name.lower(), f"bench_sides:{name}")


def run(*specs: PeerSpec, threads: int = 1, blocks: int = 3, **options: float) -> Measurement:
    settings = Settings(threads, blocks=blocks, block_seconds=0.002, specs=specs, **options)
    return measure(workload("W3"), settings)


def test_blocks_and_contract_keys() -> None:
    result = run(PEERS[SUBJECT], PEERS["numpy"])
    assert [len(outcome.blocks) for outcome in result.outcomes.values()] == [3, 3]
    report = json.loads(json.dumps(as_json([result])))
    assert {"machine", "workloads"} <= set(report)
    entry = report["workloads"]["W3"]["threads"]["1"]
    assert {"tinynn_us", "peers_us", "best_peer", "ratio"} <= set(entry)
    assert set(entry["peers_us"]) == {"numpy"}
    assert entry["best_peer"] == "numpy"
    assert entry["ratio"] == pytest.approx(entry["peers_us"]["numpy"] / entry["tinynn_us"])
    assert entry["not_measured"] == {}
    assert entry["cores_used"]["numpy"] > 0
    assert 5 < entry["peak_mb"]["numpy"] < 500


@pytest.mark.parametrize("name", ["Forgetful", "Lazy"])
def test_a_side_that_computes_something_else_is_invalid(name: str) -> None:
    result = run(PEERS["numpy"], side(name))
    outcome = result.outcomes[name.lower()]
    assert outcome.status == "invalid"
    assert "loss after the check is" in outcome.problem
    assert outcome.blocks == []
    assert result.best_peer() == "numpy"
    entry = as_json([result])["workloads"]["W3"]["threads"]["1"]
    assert name.lower() not in entry["peers_us"]
    assert entry["not_measured"][name.lower()]["status"] == "invalid"
    assert f"- {name.lower()}: invalid, loss after the check is" in as_markdown(as_json([result]))


def test_a_wrong_subject_gets_no_ratio() -> None:
    result = run(PeerSpec(SUBJECT, "bench_sides:Forgetful"), PEERS["numpy"])
    entry = as_json([result])["workloads"]["W3"]["threads"]["1"]
    assert (entry["tinynn_us"], entry["ratio"]) == (None, None)
    assert entry["best_peer"] == "numpy"


def test_absent_refusing_and_dying_sides_are_named_with_the_reason() -> None:
    absent = PeerSpec("absent", "nowhere:Peer", ("a_module_nobody_has",))
    result = run(absent, side("Refusing"), side("Dying"))
    told = {name: (outcome.status, outcome.problem) for name, outcome in result.outcomes.items()}
    assert told["absent"] == ("absent", "not installed: a_module_nobody_has")
    assert told["refusing"] == ("failed", "RuntimeError: no such convolution")
    assert told["dying"][0] == "failed"
    assert "out of memory" in told["dying"][1]
    assert result.best_peer() is None
    text = as_markdown(as_json([result]))
    assert "- absent: absent, not installed: a_module_nobody_has (everywhere)" in text


def test_a_side_that_needs_too_long_is_left_out_and_named() -> None:
    result = run(side("Sleepy"), limit=1.0)
    outcome = result.outcomes["sleepy"]
    assert (outcome.status, outcome.blocks) == ("slow", [])
    assert outcome.problem == "needed more than 1 s to start and to compute the check"
    assert result.best_peer() is None


def test_a_side_that_fails_half_way_is_left_out_and_the_others_go_on() -> None:
    result = run(PEERS["numpy"], side("Failing"), blocks=12)
    outcome = result.outcomes["failing"]
    assert (outcome.status, outcome.problem) == ("failed", "RuntimeError: a wire came loose")
    assert (len(result.outcomes["numpy"].blocks), outcome.blocks) == (12, [])


def test_another_way_to_run_tinynn_is_no_peer_of_it() -> None:
    row = Measurement(
        workload("W3"),
        1,
        {
            name: Outcome(name, blocks=[us])
            for name, us in ((SUBJECT, 2.0), ("tinynn-eager", 1.0), ("numpy", 3.0))
        },
        None,
    )
    entry = as_json([row])["workloads"]["W3"]["threads"]["1"]
    assert (entry["best_peer"], entry["ratio"], entry["peers_us"]) == ("numpy", 1.5, {"numpy": 3.0})
    assert entry["times_us"]["tinynn-eager"] == 1.0
    assert "| 2 (2-2) | 1 (1-1) | 3 (3-3) |" in as_markdown(as_json([row]))


def test_a_small_budget_makes_fewer_rounds_but_never_fewer_than_seven() -> None:
    result = run(PEERS["numpy"], blocks=20, budget=0.001)
    assert len(result.outcomes["numpy"].blocks) == MIN_BLOCKS == 7


def test_a_workload_that_a_side_has_no_version_of_is_named() -> None:
    settings = Settings(blocks=1, block_seconds=0.001, specs=(PEERS["scikit-learn"], PEERS["numpy"]))
    result = measure(workload("W9"), settings)
    assert result.outcomes["numpy"].status == "unsuited"
    assert "has no convolution" in result.outcomes["numpy"].problem


def test_what_a_library_prints_does_not_spoil_the_answers() -> None:
    assert len(run(side("Chatty")).outcomes["chatty"].blocks) == 3


def test_the_worker_gets_its_number_of_threads_before_it_imports_anything() -> None:
    assert run(side("Environment"), threads=2).outcomes["environment"].version == "2,2,2"


def test_disagreement_says_which_loss_and_what_was_needed() -> None:
    assert disagreement((2.0, 1.0), (2.001, 0.9995)) == ""
    assert (
        disagreement((2.0, 1.0), (2.0, 1.01)) == "loss after the check is 1; the float64 reference has 1.01"
    )
    assert "before the first step is nan" in disagreement((math.nan, 1.0), (2.0, 1.0))


def test_the_ratio_compares_blocks_of_one_round() -> None:
    """A disturbance that hits both sides of a round alike leaves the ratio as it is."""
    ours = Outcome(SUBJECT, blocks=[10.0, 10.0, 1000.0])
    theirs = Outcome("numpy", blocks=[20.0, 20.0, 2000.0])
    row = Measurement(workload("W3"), 2, {SUBJECT: ours, "numpy": theirs}, None)
    assert row.ratios("numpy") == [2.0, 2.0, 2.0]
    assert "**2.00**" in as_markdown(as_json([row]))
    assert "W3 MNIST softmax: 784-10, 2 threads" in as_markdown(as_json([row]))
