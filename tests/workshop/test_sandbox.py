"""Cheats and accidents, without the reader of sources in front: what the process itself lets happen."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

import tinynn
from tinynn.workshop import Report, answer, check_source, exercise
from tinynn.workshop.battery import Outcome, battery
from tinynn.workshop.compilers import cpp_compiler
from tinynn.workshop.inside import confine
from tinynn.workshop.inside.channel import LENGTHS, MAGIC
from tinynn.workshop.load import FOLDER
from tinynn.workshop.sandbox import Sandbox, Stopped

LINEAR = exercise("linear-dw")
HEAD = "import os, sys, time, threading, ctypes, numpy as np\n"
NUMPY = answer(LINEAR, "numpy")
CPP = answer(LINEAR, "cpp")
needs_compiler = pytest.mark.skipif(cpp_compiler() is None, reason="no C++ compiler")
linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads the source before it runs."""
    monkeypatch.setattr("tinynn.workshop.judge.objections", lambda *arguments: [])
    monkeypatch.setattr("tinynn.workshop.judge.of_symbols", lambda *arguments: [])


def numpy_body(body: str, head: str = "") -> str:
    lines = body.replace("\n", "\n    ")
    return f"{HEAD}{head}\ndef linear_dw(dy, x, dw):\n    {lines}\n"


def one_call(text: str, language: str = "numpy", **options: Any) -> Outcome:
    """The first trial alone. Raises Stopped."""
    with Sandbox(LINEAR, language, text, **options) as box:
        box.build()
        box.load()
        return box.call(battery(LINEAR, 1)[0])


def error_of(body: str, **options: Any) -> str:
    """What the submission's own exception said."""
    outcome = one_call(numpy_body(body), **options)
    assert outcome.error, "it got through"
    return str(outcome.error["message"])


def check(text: str, language: str = "numpy") -> Report:
    report = check_source(LINEAR, language, text, 7)
    assert not report.passed
    return report


# ---- cheats ---------------------------------------------------------------------------------------


def test_results_remembered_by_shape_are_noticed(unread: None) -> None:
    body = "key = dy.shape, x.shape\nseen.setdefault(key, dy.T @ x)\ndw += seen[key]"
    mistake = check(numpy_body(body, "seen = {}")).mistake
    assert (
        mistake
        == "right at the first call, wrong at later ones with the same memory: something is kept in between"
    )


@needs_compiler
def test_results_remembered_by_address_are_noticed(unread: None) -> None:
    old = "for (long i = 0; i < m"
    cheat = "static const real* seen; if (dy == seen) return; seen = m > 4 ? dy : seen; " + old
    report = check(CPP.replace(old, cheat, 1), "cpp")
    assert {c["name"] for c in report.checks if not c["passed"]} == {"again"}


def test_an_output_that_comes_later_does_not_count() -> None:
    assert "can't start new thread" in error_of("threading.Thread(target=lambda: None).start()")


def test_a_patched_clock_stops_nothing() -> None:
    head = "time.time = time.monotonic = time.perf_counter = lambda: 0.0"
    with pytest.raises(Stopped) as stopped:
        one_call(numpy_body("while True: pass", head), seconds=1)
    assert stopped.value.details["signal"] == "SIGXCPU"


def test_nan_is_no_wildcard(unread: None) -> None:
    for value in ("np.nan", "np.inf"):
        report = check(numpy_body(f"dw[...] = {value}"))
        assert report.score == 0


@needs_compiler
def test_inputs_that_are_changed_are_noticed(unread: None) -> None:
    change = """#include <sys/mman.h>
    extern "C" void linear_dw(const real* dy, const real* x, real* dw, long m, long n, long k) {
      if (m * k == 0) return;
      mprotect((void*)((unsigned long)x & ~4095ul), 4096 * 16, 3);
      const_cast<real*>(x)[0] = 5;
    }
    extern "C" void unused("""
    report = check(CPP.replace('extern "C" void linear_dw(', change), "cpp")
    assert report.mistake == "it changes its input x, which others will read as well"


def test_neither_tinynn_nor_the_answers_are_there() -> None:
    assert "import of tinynn halted" in error_of("import tinynn")
    if not contained():
        pytest.skip("no namespaces here")
    assert "Error" in error_of("del sys.modules['tinynn']\nimport tinynn.backends")
    assert "FileNotFoundError" in error_of(f"open({str(FOLDER / 'linear_dw' / 'answer.py')!r})")
    seen = error_of(f"raise ValueError(os.listdir({str(Path(tinynn.__file__).parent)!r}))")
    assert seen in ("ValueError: []", f"FileNotFoundError: {seen.partition(': ')[2]}")


@linux
def test_the_memory_of_the_grader_is_out_of_reach() -> None:
    if not contained():
        pytest.skip("no namespaces here")
    seen = error_of("raise ValueError([p for p in os.listdir('/proc') if p.isdigit()])")
    assert seen == "ValueError: ['1', '2']"
    assert "FileNotFoundError" in error_of(f"open('/proc/{os.getpid()}/mem', 'rb')")


def contained() -> bool:
    with Sandbox(LINEAR, "numpy", NUMPY) as box:
        box.build()
        return not box.not_contained


@linux
def test_nothing_outside_can_be_written(tmp_path: Path) -> None:
    if not contained():
        pytest.skip("no namespaces here")
    mine = tmp_path / "workshop.json"
    mine.write_text("mine")
    tmp_path.chmod(0o777)
    mine.chmod(0o666)
    elsewhere = (Path(tempfile.gettempdir()) / "tinynn-was-here", Path.home() / "tinynn-was-here")
    for place in (str(mine), *map(str, elsewhere)):
        assert "Error" in error_of(f"open({place!r}, 'w').write('forged')", hide=(str(tmp_path),))
    assert mine.read_text() == "mine"
    assert "Error" in error_of("import socket; socket.create_connection(('127.0.0.1', 22), 1)")


def test_the_channel_cannot_be_forged(unread: None) -> None:
    header = b'{"done": 1}'
    short = LENGTHS.pack(MAGIC, len(header), 8) + header + bytes(8)
    for frame in (short, b"garbage" * 100):
        body = f"for fd in range(3, 30):\n    try: os.write(fd, {frame!r})\n    except OSError: pass"
        report = check(numpy_body(body))
        assert report.mistake == "it wrote into the channel of the grader"
        assert report.score == 0


# ---- accidents ------------------------------------------------------------------------------------


def test_too_much_memory() -> None:
    assert "MemoryError" in error_of("np.ones(1 << 30)", memory=1 << 28)


def test_a_child_process_too_many() -> None:
    assert "BlockingIOError" in error_of("os.fork()")


def test_a_loop_without_end_and_a_sleep_without_end() -> None:
    with pytest.raises(Stopped, match="SIGXCPU"):
        one_call(numpy_body("while True: pass"), seconds=1)
    began = time.monotonic()
    with pytest.raises(Stopped, match="still running after 4 seconds"):
        one_call(numpy_body("time.sleep(1000)"), wall=4)
    assert time.monotonic() - began < 500


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("ctypes.string_at(8)", "touched memory"),
        ("os.abort()", "SIGABRT"),
        ("os._exit(0)", "in the middle of a call"),
        ("os.kill(os.getpid(), 9)", "SIGKILL"),
        ("os.kill(os.getppid(), 9); time.sleep(60)", "SIGKILL|in the middle of a call|still running"),
    ],
)
def test_an_end_in_the_middle(body: str, words: str) -> None:
    with pytest.raises(Stopped, match=words):
        one_call(numpy_body(body), wall=4)


def test_sys_exit_is_an_error_like_any_other() -> None:
    assert error_of("sys.exit(0)") == "SystemExit: 0"


def test_a_flood_of_output_is_cut_and_blocks_nobody() -> None:
    with Sandbox(
        LINEAR, "numpy", numpy_body("for _ in range(2000): print('x' * 10_000)\ndw += dy.T @ x")
    ) as box:
        box.build()
        box.load()
        assert box.call(battery(LINEAR, 1)[0]).error is None
    assert 0 < len(box.said) <= 8000


def test_a_deleted_directory() -> None:
    body = "import shutil\nshutil.rmtree(os.getcwd(), ignore_errors=True)\ndw += dy.T @ x"
    text = numpy_body(body)
    with Sandbox(LINEAR, "numpy", text) as box:
        box.build()
        box.load()
        for trial in battery(LINEAR, 1)[:2]:
            assert box.call(trial).error is None
    assert not Path(box.box).exists()


def test_a_file_without_end() -> None:
    body = "with open('big', 'wb') as f:\n    for _ in range(100): f.write(bytes(1 << 20))"
    assert "File too large" in error_of(body)  # Python ignores SIGXFSZ


@needs_compiler
def test_wild_pointers_and_null_pointers_are_told_apart() -> None:
    for pointer, words in (("nullptr", "0x0"), ("dy + 1000000", "0x")):
        text = CPP.replace("  for (long i", f"  dw = (real*){pointer}; for (long i", 1)
        with pytest.raises(Stopped) as stopped:
            one_call(text, "cpp")
        assert stopped.value.details["address"].startswith(words)


# ---- where less is allowed ------------------------------------------------------------------------


def test_without_namespaces_it_works_and_says_what_is_not_contained() -> None:
    with Sandbox(LINEAR, "numpy", NUMPY, namespaces=False) as box:
        box.build()
        box.load()
        assert box.call(battery(LINEAR, 1)[0]).error is None
    assert "files, network and processes are not contained" in box.not_contained[0]
    with pytest.raises(Stopped, match="SIGXCPU"):
        one_call(numpy_body("while True: pass"), seconds=1, namespaces=False)


def test_threads_are_not_limited_by_what_else_a_user_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of a user namespace of its own every process of the user counts: a limit would be a lottery."""
    limits: dict[str, int] = {}
    monkeypatch.setattr(confine, "set_limit", lambda name, value: limits.update({name: value}) or True)
    order: dict[str, Any] = {"memory": 0, "cpu": 1, "processes": 1, "counted": None}
    assert "the number of threads is not limited" in confine.limit_run(order)[0]
    assert "NPROC" not in limits
    assert confine.limit_run({**order, "processes": 0}) == []
    assert limits["NPROC"] == 0
    monkeypatch.setattr(confine, "counts_apart", lambda: True)
    assert confine.limit_run({**order, "counted": 3}) == []
    assert limits["NPROC"] == 4


@linux
@needs_compiler
@pytest.mark.skipif(os.geteuid() == 0, reason="root's processes are not counted")
def test_a_threaded_answer_is_right_without_namespaces() -> None:
    threaded = exercise("matmul-threaded")
    assert check_source(threaded, "cpp", answer(threaded, "cpp"), 0, namespaces=False).passed


@linux
def test_what_it_leaves_behind_ends_with_it() -> None:
    fork = "child = os.fork()\nif not child:\n    os.setsid()\n    time.sleep(600)"
    body = f"{fork}\nprint(child, flush=True)\nos._exit(3)"
    box = Sandbox(LINEAR, "numpy", numpy_body(body), namespaces=False)
    box.order["processes"] = None
    with box:
        box.build()
        box.load()
        with pytest.raises(Stopped, match="in the middle of a call"):
            box.call(battery(LINEAR, 1)[0])
    child = int(box.said)
    assert child > 0
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@needs_compiler
def test_a_recursion_without_end() -> None:
    deep = (
        "static long deep(long n) { volatile char room[999]; room[n % 9] = 1; return deep(n + 1) + room[3]; }"
    )
    text = CPP.replace('extern "C"', f'{deep}\nextern "C"').replace(
        "  for (long i", "  dw[0] = deep(m); for (long i", 1
    )
    with pytest.raises(Stopped, match="SIGSEGV"):
        one_call(text, "cpp")
