"""Who is measured: one adapter file per framework, found by name, imported only in its own worker process.

An adapter is a class with the two methods of `Peer`. To add one, write a file here and a row in PEERS.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from tinynn.bench.workloads import Workload


class Peer(Protocol):
    """One side of the comparison, holding the weights and the batch of one workload."""

    version: str

    def __init__(self, workload: Workload, threads: int) -> None: ...

    def run(self, steps: int) -> float:
        """Take `steps` >= 1 training steps, wait for the last to end, return the loss that it computed.

        The loss is that of the forward pass of the last step, so before the last update.
        """
        ...


EVERYTHING = ("dense", "conv", "ensemble")


@dataclass(frozen=True)
class PeerSpec:
    """Where an adapter is (`target` is "module:Class"), which modules it must be able to import, what it can.

    `kinds` are the kinds of workloads it has a sensible version of, and `because` is why it has no others.
    """

    name: str
    target: str
    requires: tuple[str, ...] = ()
    kinds: tuple[str, ...] = EVERYTHING
    because: str = ""

    def missing(self) -> str | None:
        """Why this peer cannot run here, or None if it can. Imports nothing."""
        lost = [name for name in self.requires if importlib.util.find_spec(name) is None]
        return f"not installed: {', '.join(lost)}" if lost else None

    def unsuited(self, workload: Workload) -> str | None:
        """Why it has no version of a workload, or None where it has one."""
        return None if workload.kind in self.kinds else self.because


SUBJECT = "tinynn"  # the side the others are compared with
_HERE = "tinynn.bench.peers"
_DENSE, _CONV, _ENSEMBLE = (("dense",), ("conv",), ("ensemble",))
PEERS = {
    spec.name: spec
    for spec in (
        PeerSpec(SUBJECT, f"{_HERE}.tinynn_peer:CompiledPeer"),
        PeerSpec(
            "numpy",
            f"{_HERE}.numpy_peer:NumpyPeer",
            kinds=_DENSE,
            because="has no convolution, and loops over stacks of small matrices",
        ),
        PeerSpec(
            "scikit-learn",
            f"{_HERE}.sklearn_peer:SklearnPeer",
            ("sklearn",),
            _DENSE,
            "has neither convolution nor ensembles of nets",
        ),
        PeerSpec("pytorch", f"{_HERE}.pytorch:EagerPeer", ("torch",)),
        PeerSpec(
            "pytorch-channels-last",
            f"{_HERE}.pytorch:ChannelsLastPeer",
            ("torch",),
            _CONV,
            "is for images and sequences",
        ),
        PeerSpec(
            "pytorch-bmm", f"{_HERE}.pytorch:BmmPeer", ("torch",), _ENSEMBLE, "is for many nets at once"
        ),
        PeerSpec("pytorch-compile", f"{_HERE}.pytorch:CompiledPeer", ("torch",)),
        PeerSpec("jax-jit", f"{_HERE}.jax_peer:JitPeer", ("jax",)),
        PeerSpec("jax-scan", f"{_HERE}.jax_peer:ScanPeer", ("jax",)),
    )
}


def load(target: str) -> Callable[[Any, int], Peer]:
    """Import the adapter class "module:Class"."""
    module, _, name = target.partition(":")
    return cast(Callable[[Any, int], Peer], getattr(importlib.import_module(module), name))
