"""The start of the process that will run a submission.

launcher     takes the channel, makes the namespaces, waits; its exit code says how the worker ended
  init       the first process inside: whatever the worker leaves behind dies with it
    worker   compiles, loads, runs
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from .channel import Channel, ChannelError
from .confine import Confinement
from .serve import work


def main() -> None:
    """Until the pipe ends. The submission's own standard output goes where its errors go."""
    channel = Channel(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.environ.pop("LD_PRELOAD", None)  # which is for this process and not for the compiler
    sys.modules["tinynn"] = None  # type: ignore[assignment]
    try:
        order, _ = channel.receive()
    except ChannelError:
        return
    confinement = Confinement(order)
    confinement.enter()
    if not hasattr(os, "fork"):
        os.chdir(order["box"])
        work(channel, order, confinement.missing)
        os._exit(0)
    launcher = os.fork()
    if launcher:
        os._exit(wait_for(launcher))
    try:
        confinement.settle()
        worker = os.fork()
        if not worker:
            os.chdir(order["box"])
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            work(channel, order, confinement.missing)
            os._exit(0)
    except BaseException as error:
        channel.send({"broken": f"{type(error).__name__}: {error}"})
        os._exit(1)
    code = wait_for(worker)
    bury()
    os._exit(code)


def wait_for(child: int) -> int:
    """Its exit code, 128 + the signal where one ended it; the children that others left are taken along."""
    while True:
        done, status = os.wait()
        if done == child:
            return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def bury() -> None:
    """End what the worker left behind: orphans come to us, their children after them."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while children.exists() and (left := children.read_text().split()):
        for child in left:
            os.kill(int(child), signal.SIGKILL)
        for _ in left:
            os.wait()
