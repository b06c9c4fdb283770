"""How many pictures a second `tinynn lab` shows: in headless Chromium, and what the server alone could send.

    python benchmarks/lab.py          # prints the table of docs/lab.md

A picture counts when the page has painted it: it answers each one after the frame in which it was drawn.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

WIDTHS, SECONDS = (2, 4, 8, 16), 4.0
ANSWERS = """() => Bokeh.documents[0].get_model_by_name("answer").data.n[0]"""


def in_chromium() -> dict[int, float]:
    """Width -> pictures a second, five steps of training to each."""
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "tinynn", "lab", "--port", "0", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout
    url, found = server.stdout.readline().strip(), {}
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"))
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(url)
            page.get_by_role("button", name="play").click()
            for width in WIDTHS:
                page.evaluate(f"Bokeh.documents[0].get_model_by_name('width').value = {width}")
                sleep(1.5)
                begun, first = perf_counter(), page.evaluate(ANSWERS)
                sleep(SECONDS)
                found[width] = (page.evaluate(ANSWERS) - first) / (perf_counter() - begun)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return found


def alone(width: int) -> float:
    """Pictures a second that the server makes where the page answers at once."""
    from bokeh.document import Document

    from tinynn.lab.page.page import Page

    page: Any = Page(Document())
    page.changed("width", width)
    page.playing.play.active = True
    begun, count = perf_counter(), 0
    while perf_counter() - begun < 1.0:
        page.tick()
        page.fold.seen = page.fold.sent
        count += 1
    return count / (perf_counter() - begun)


def main() -> None:
    """Print the table."""
    seen = in_chromium()
    print("| units in a layer | pictures a second, headless Chromium | server alone |\n| --- | --- | --- |")
    for width, rate in seen.items():
        print(f"| {width} | {rate:.0f} | {alone(width):.0f} |")
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    print(f"\n{os.cpu_count()} cores, {model}, page of 1280 x 900 pixels, painted without a GPU.")


if __name__ == "__main__":
    main()
