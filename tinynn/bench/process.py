"""Starting a worker and talking to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import tinynn

_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NPROC")


# What tinynn asks of glibc, for all sides alike: to keep freed memory instead of faulting it in again.
_MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}


class WorkerError(RuntimeError):
    """A worker that could not start, raised or died."""


class SlowWorkerError(WorkerError):
    """A worker that has not answered in time; it is gone."""


@dataclass(frozen=True)
class Block:
    """What a block of steps took: wall clock, processor time of all threads; the loss of its last step;

    and the most memory that the process has held until then.
    """

    seconds: float
    cpu: float
    loss: float
    peak_mb: float


def environment(threads: int) -> dict[str, str]:
    """The worker's variables: every known thread pool at `threads`, and the tinynn that is running here.

    They must be set before anything is imported. NPROC and XLA_FLAGS are JAX's.
    """
    eigen = "true" if threads > 1 else "false"
    flags = os.environ.get("XLA_FLAGS", "")
    places = [str(Path(tinynn.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        **dict.fromkeys(_POOLS, str(threads)),
        **_MALLOC,
        "XLA_FLAGS": f"{flags} --xla_cpu_multi_thread_eigen={eigen}".strip(),
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": os.pathsep.join(filter(None, places)),
    }


class WorkerProcess:
    """One side in its own process; raises WorkerError where it cannot go on.

    Parameters
    ----------
    target : str
        The adapter, "module:Class".
    workload : str
        The name of the workload.
    threads : int
        How many threads the side may use.
    seconds : float
        For all answers together, from now on; `grant` gives more.
    data : str, optional
        Where the data sets lie.
    """

    def __init__(
        self, target: str, workload: str, threads: int, seconds: float, data: str | None = None
    ) -> None:
        # -P: the directory we happen to stand in must not shadow an installed package.
        command = [sys.executable, "-P", "-m", "tinynn.bench.worker", target, workload, str(threads)]
        self.grant(seconds)
        self._messages = tempfile.TemporaryFile(mode="w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            text=True,
            env=environment(threads) | ({} if data is None else {"TINYNN_DATA": data}),
            start_new_session=True,  # so that compilers it has started end with it
        )
        self._orders = cast(IO[str], self._process.stdin)
        self._answers = cast(IO[str], self._process.stdout)
        try:
            self.version = str(self._answer()["version"])
        except WorkerError:
            self.stop()
            raise

    def run(self, steps: int) -> Block:
        """Let it take `steps` training steps."""
        try:
            self._orders.write(json.dumps({"steps": steps}) + "\n")
            self._orders.flush()
        except OSError as error:
            raise WorkerError(f"the worker is gone: {error}") from None
        answer = self._answer()
        return Block(*(float(answer[name]) for name in ("seconds", "cpu", "loss", "peak_mb")))

    def grant(self, seconds: float) -> None:
        """From now on it has this long."""
        self._deadline = time.monotonic() + seconds

    def stop(self) -> None:
        """End the process and its own, and close the pipes; may be called twice."""
        self._kill()
        self._process.wait()
        for stream in (self._orders, self._answers, self._messages):
            with contextlib.suppress(OSError):  # an order that nobody read
                stream.close()

    def _kill(self) -> None:
        if hasattr(os, "killpg") and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def _answer(self) -> dict[str, Any]:
        watchdog = threading.Timer(
            min(threading.TIMEOUT_MAX, max(0.0, self._deadline - time.monotonic())), self._kill
        )
        watchdog.start()
        try:
            line = self._answers.readline()
        finally:
            watchdog.cancel()
        if not line and time.monotonic() > self._deadline:
            raise SlowWorkerError("no answer in the time that it had")
        if not line:
            raise WorkerError(f"the worker ended without an answer; its last words: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(str(answer["error"]))
        return answer

    def _last_words(self) -> str:
        self._process.wait()
        self._messages.seek(0)
        lines = self._messages.read().strip().splitlines()
        return lines[-1] if lines else "none"
