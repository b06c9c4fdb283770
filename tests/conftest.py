"""Fixtures that every folder of tests shares."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# `python -c` and `python -m` put the working directory first on sys.path: in a checkout that would be the
# sources and not the installed package. Every process that a test starts inherits this.
os.environ["PYTHONSAFEPATH"] = "1"

# A shell that starts us in the background has Ctrl-C ignored, and the tests of Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The directory of the real data sets: $TINYNN_DATA, else ../shared/data beside the project."""
    places = [os.environ.get("TINYNN_DATA"), Path(__file__).parents[1] / "../shared/data"]
    for place in places:
        if place and Path(place).is_dir():
            return Path(place).resolve()
    pytest.skip("the real data is not here; name its directory in TINYNN_DATA")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium by way of playwright, whose event loop runs in this thread: so one module after the other."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()
