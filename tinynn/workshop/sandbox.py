"""The near side of the fence: start the process, speak with it, end it.

    with Sandbox(exercise, "cpp", text) as box:
        box.build()
        box.load()
        outcome = box.call(trial)

Whatever happens over there arrives as a `Stopped`, which says what it was. Fairness and robustness, no
security boundary: `box.not_contained` lists what this system does not allow to be contained.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

import numpy as np

import tinynn
from tinynn.errors import TinynnError
from tinynn.workshop.battery import Outcome, Trial
from tinynn.workshop.compilers import CYTHON_QUICKLY, OPTIMISE, SECONDS, build_order, sanitizer, search_path
from tinynn.workshop.contract import Argument, Exercise
from tinynn.workshop.inside.channel import Channel, ChannelError
from tinynn.workshop.watch import Watch

START = (
    "import sys; sys.path[:0] = [{here!r}]; sys.path += {paths!r}; "
    "from inside.main import main; del sys.path[0]; main()"
)
FILES = {"numpy": "submission.py", "cython": "submission.pyx", "cpp": "submission.cpp"}
MOST_SAID = 8000  # of what the submission prints
HERE = Path(__file__).parent


class Stopped(TinynnError, RuntimeError):  # noqa: N818 - an outcome of the submission, not a failure of ours
    """The submission cannot go on: compile, missing, load, fault, time, ended, channel (its `kind`)."""

    def __init__(self, kind: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.kind, self.message, self.details = kind, message, details


class Sandbox:
    """One submission in a process of its own; `compiler` is what its compiler said.

    `seconds` are of the processor, for all calls together; `wall` is how long one call may take by the clock,
    for a submission that sleeps. Both are far more than a kernel needs: a busy machine is no mistake.
    With `optimise` Cython is compiled as C++ always is, with all that makes it fast: for who times or trains.
    With `sanitize` C++ is compiled with AddressSanitizer, where there is one: it sees what goes out of bounds
    of the kernel's own arrays too.
    """

    def __init__(
        self,
        exercise: Exercise,
        language: str,
        text: str,
        *,
        hide: tuple[str, ...] = (),
        seconds: float = 10.0,
        wall: float = 60.0,
        memory: int = 1 << 30,
        namespaces: bool = True,
        optimise: bool = False,
        sanitize: bool = False,
    ) -> None:
        self.exercise, self.language, self.wall = exercise, language, wall
        self.not_contained: list[str] = []
        self.said = b""
        self.compiler = ""
        self.numbers = 0
        self.flags = " ".join((*OPTIMISE, "-g0")) if optimise else CYTHON_QUICKLY
        self.preload = sanitizer() if sanitize and language == "cpp" else None
        self.order = {
            **build_order(exercise, language, FILES[language], self.preload is not None),
            "language": language,
            "source": FILES[language],
            "text": text,
            "hide": [str(Path(tinynn.__file__).parent), *hide],
            "needs": search_path(),
            "memory": memory,
            "cpu": seconds,
            "processes": exercise.threads,  # beside its own; None: any number
            "namespaces": namespaces,
        }

    def __enter__(self) -> Sandbox:
        self.box = tempfile.mkdtemp(prefix="tinynn-workshop-")
        start = START.format(here=str(HERE), paths=search_path())
        quiet = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")}
        kept = {
            name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ
        }
        places = {"HOME": self.box, "TMPDIR": self.box, "PYTHONPATH": os.pathsep.join(search_path())}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **kept,
                **quiet,
                **places,
                **(preloaded(self.preload) if self.preload else {}),
                "LC_ALL": "C.UTF-8",
                "CFLAGS": self.flags,
            },
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        for pipe in (self.process.stdin, self.process.stdout):
            widen(pipe.fileno())
        self.channel = Channel(self.process.stdout, self.process.stdin)  # type: ignore[arg-type]
        self.listener = Thread(target=self._listen, daemon=True)
        self.listener.start()
        self.watch = Watch(self.kill)
        self.send({**self.order, "box": self.box})
        return self

    def __exit__(self, *error: object) -> None:
        self.watch.close()
        self.kill()
        self.process.wait()
        self.listener.join(5)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()
        shutil.rmtree(self.box, ignore_errors=True)

    def kill(self) -> None:
        """End it and all its children; those of a namespace end with its first process."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def build(self) -> dict[str, Any]:
        """Compile; what the compiler said, and the symbols of the libraries."""
        commands = len(self.order["commands"])
        built: dict[str, Any] = self.receive("built", 5 * SECONDS * max(commands, 1))["built"]
        self.compiler = built["said"]
        return built

    def load(self) -> None:
        """Load the library or the module."""
        self.send({"go": True})
        self.receive("loaded", self.wall)

    def call(self, trial: Trial, *, inputs: bool = True) -> Outcome:
        """Run the kernel on one trial; the arrays as it left them, without its inputs where nobody asks."""
        fetched = self.exercise.arrays if inputs else self.exercise.outputs
        request = {**self.request(trial), "inputs": inputs}
        header, body = self.exchange(request, self.body(trial))
        error = header.get("error")
        returned, touched = bool(header.get("returned")), header.get("touched") or []
        return Outcome(trial, self.arrays(trial, body, fetched), error, returned, touched)

    def request(self, trial: Trial) -> dict[str, Any]:
        """What the other side is told of a trial."""
        arrays = [(a, trial.arrays[a.name]) for a in self.exercise.arrays]
        return {
            "dtype": trial.dtype,
            "side": trial.side,
            "arrays": [
                {
                    "name": a.name,
                    "role": a.role,
                    "shape": v.shape,
                    "dtype": str(v.dtype),
                    "itemsize": v.itemsize,
                }
                for a, v in arrays
            ],
            "lengths": [trial.sizes[letter] for letter in self.exercise.letters],
            "numbers": [[a.kind, trial.numbers[a.name]] for a in self.exercise.numbers],
        }

    def body(self, trial: Trial) -> bytes:
        """What its arrays hold."""
        return b"".join(trial.arrays[a.name].tobytes() for a in self.exercise.arrays)

    def arrays(self, trial: Trial, body: bytes, fetched: tuple[Argument, ...]) -> dict[str, Any]:
        """The arrays as they came back."""
        if len(body) != sum(trial.arrays[a.name].nbytes for a in fetched):
            raise self.forged()
        after, offset = {}, 0
        for a in fetched:
            v = trial.arrays[a.name]
            after[a.name] = np.frombuffer(body, v.dtype, v.size, offset).reshape(v.shape)
            offset += v.nbytes
        return after

    def hold(self, place: int, trial: Trial) -> None:
        """Lay out a trial, to be run later; whatever was held from this place on is forgotten."""
        self.exchange({**self.request(trial), "hold": place}, self.body(trial))

    def run(self, count: int) -> float:
        """Run the first trials that are held; the seconds that passed here, by our own clock."""
        began = perf_counter()
        header, _ = self.exchange({"run": count}, b"")
        seconds = perf_counter() - began
        if header.get("error"):
            raise Stopped("error", str(header["error"]))
        return seconds

    def give(self, place: int, trial: Trial) -> Outcome:
        """What a trial that was held and run has become."""
        _, body = self.exchange({"give": place}, b"")
        return Outcome(trial, self.arrays(trial, body, self.exercise.arrays))

    def exchange(self, request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Send and wait for the answer to this request."""
        self.numbers += 1
        request["number"] = self.numbers
        with self.watch.within(self.wall) as late:
            self._send(request, body)
            header, answer = self._receive(late)
        if header.get("done") != request["number"]:
            raise self.forged()
        return header, answer

    def send(self, header: dict[str, Any]) -> None:
        with self.watch.within(self.wall):
            self._send(header, b"")

    def receive(self, key: str, seconds: float) -> dict[str, Any]:
        with self.watch.within(seconds) as late:
            header, _ = self._receive(late)
        if key not in header:
            raise self.forged()
        return header

    def _send(self, header: dict[str, Any], body: bytes) -> None:
        with contextlib.suppress(OSError):  # it has ended: reading will tell how
            self.channel.send(header, body)

    def _receive(self, late: list[float]) -> tuple[dict[str, Any], bytes]:
        try:
            header, body = self.channel.receive()
        except (ChannelError, OSError) as error:
            if late:
                raise Stopped(
                    "time", f"it was still running after {late[0]:g} seconds and was ended"
                ) from None
            if "no frame" in str(error):
                raise self.forged() from None
            raise self.ended() from None
        self.not_contained = header.get("not_contained") or self.not_contained
        if problem := header.get("failed"):
            raise Stopped(problem.pop("kind"), problem.pop("message"), **problem)
        if "fault" in header:
            raise Stopped("fault", "it touched memory that is not its own", **header["fault"])
        if "broken" in header:
            raise Stopped("broken", header["broken"])
        return header, body

    def forged(self) -> Stopped:
        """Somebody other than our own worker wrote into the pipe."""
        self.kill()
        return Stopped("channel", "it wrote into the channel of the grader")

    def ended(self) -> Stopped:
        """The process is gone without a word; its exit code has one."""
        code = self.process.wait()
        number = code - 128 if code > 128 else -code
        self.listener.join(2)
        if code == 0 or not 0 < number < 65:
            return Stopped(
                "ended", f"it ended the process in the middle of a call (exit code {code})", code=code
            )
        name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
        return Stopped("ended", f"the process was ended by {name}", signal=name)

    def _listen(self) -> None:
        """Take what is printed, keep its beginning, drop the rest: a flood blocks nobody."""
        assert self.process.stderr is not None
        while data := os.read(self.process.stderr.fileno(), 65536):
            self.said += data[: max(0, MOST_SAID - len(self.said))]

    def output(self) -> str:
        """What the submission printed."""
        return self.said.decode(errors="replace")


def widen(pipe: int) -> None:
    """Let a pipe hold a whole array, where the system allows it: 64 KB are a change of process each."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def preloaded(library: str) -> dict[str, str]:
    """What AddressSanitizer needs: to be there first, and to leave faults on the guard pages to us."""
    options = "detect_leaks=0:handle_segv=0:handle_sigbus=0:allow_user_segv_handler=1:abort_on_error=0"
    return {"LD_PRELOAD": library, "ASAN_OPTIONS": options}
