"""How many pictures a second `tinynn lab` shows, and what one costs.

    python benchmarks/lab.py          # prints the table of docs/lab.md

A picture counts when the page has painted it: it answers each one after the frame in which it was drawn. How
many there are depends on what else the machine does; the time on a core that one costs the server and the
browser (all of its processes) does so less, and is taken from /proc.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from time import perf_counter, sleep

WIDTHS, SECONDS, SIDES = (2, 4, 8, 16), 5.0, ("tinynn", "chromium")
ANSWERS = """() => Bokeh.documents[0].get_model_by_name("answer").data.n[0]"""


def on_a_core(name: str) -> float:
    """Seconds on a core so far, of the descendants of this process whose command has `name` in it."""
    parents, times = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_text()
        except OSError:  # it has ended
            continue
        parents[int(folder.name)] = int(words[1])
        times[int(folder.name)] = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK"), command

    def is_ours(process: int) -> bool:
        while process in parents and process != os.getpid():
            process = parents[process]
        return process == os.getpid()

    return sum(
        seconds for process, (seconds, command) in times.items() if name in command and is_ours(process)
    )


def in_chromium() -> dict[int, tuple[float, float, float]]:
    """Width -> pictures a second, and seconds on a core for each: the server's, the browser's."""
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
                first, begun, *used = page.evaluate(ANSWERS), perf_counter(), *map(on_a_core, SIDES)
                sleep(SECONDS)
                pictures, took = page.evaluate(ANSWERS) - first, perf_counter() - begun
                costs = [
                    (on_a_core(side) - before) / pictures for side, before in zip(SIDES, used, strict=True)
                ]
                found[width] = pictures / took, costs[0], costs[1]
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return found


def main() -> None:
    """Print the table."""
    seen = in_chromium()
    heads = "units in a layer", "pictures a second", "server, ms on a core", "browser, ms on a core"
    print(f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    for width, (rate, server, browser) in seen.items():
        print(f"| {width} | {rate:.0f} | {1000 * server:.1f} | {1000 * browser:.1f} |")
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg()[:2])
    print(
        f"\n{os.cpu_count()} cores, {model}, with a load of {busy} (1, 5 minutes); headless Chromium, "
        "a page of 1280 x 900 pixels, painted without a GPU; five steps of training to a picture."
    )


if __name__ == "__main__":
    main()
