"""10,000 training steps take no more memory than the first 1,000 did, without the garbage collector."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim

STATM = Path("/proc/self/statm")
PAGE = 4096


def resident() -> int:
    """Bytes of this process in memory."""
    return int(STATM.read_text(encoding="ascii").split()[1]) * PAGE


@pytest.mark.skipif("TINYNN_SANITIZED" in os.environ, reason="the sanitizer keeps freed memory back")
@pytest.mark.skipif(not STATM.exists(), reason="this system does not say how much memory a process holds")
def test_ten_thousand_steps_leave_nothing_behind() -> None:
    x, labels = np.random.default_rng(0).random((8, 4), "float32"), np.arange(8) % 3
    model = nn.Sequential(
        nn.Linear(4, 8, activation="prelu"), nn.Dropout(0.2), nn.Maxout(8, 6, 2), nn.Linear(6, 3)
    )
    optimizer = optim.Adam(model.parameters())

    def step() -> Any:
        h = model(x)
        h.register_hook(lambda g: g * 1.0)
        picked = h[[0, 1, 1]].softmax() * F.concatenate([h[:1], h[1:3]])
        loss = F.cross_entropy(h, labels) + picked.mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    threads = tn.get_num_threads()
    tn.set_num_threads(1)
    for _ in range(1000):
        step()
    gc.collect()
    gc.disable()  # a step must not leave cycles for the collector either
    try:
        memory, objects = resident(), len(gc.get_objects())
        for _ in range(10_000):
            step()
        grown, kept = resident() - memory, len(gc.get_objects()) - objects
    finally:
        gc.enable()
        tn.set_num_threads(threads)
    assert kept <= 10
    assert grown < 10_000 * 100  # not even 100 bytes a step
