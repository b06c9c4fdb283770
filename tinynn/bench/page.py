"""docs/performance.md, written from the JSON of a run."""

from __future__ import annotations

from typing import Any

from tinynn.bench.profiles import tables
from tinynn.bench.report import Report, as_markdown, headline, table

HEAD = """# How fast

Written by `{command}`; do not edit, run it again.
`benchmarks/results/bench.json` has these figures and more, `bench.png` beside it the picture.

{machine}, {cores} cores, {system}; Python {python}, NumPy {numpy}; {versions}.
Load average at the end: {load}.

One training step is forward, loss, backward and update, in float32, from the same weights, on data in
memory. Every side has a process of its own; their blocks take turns, so that whatever else the machine does
hits all of them, and a ratio compares blocks of one round. A side whose loss after some steps differs from
that of the same steps in float64 is not timed.

`pytorch` is eager mode, `pytorch-channels-last` the same with channels last in memory, `pytorch-bmm` many
nets in one batched product, `pytorch-compile` the whole step under `torch.compile`; `jax-jit` is a jitted
step and `jax-scan` all steps in one `scan`, both with `vmap` over many nets; `scikit-learn` takes the steps
of `MLPClassifier`, and `numpy` the step by hand with every buffer allocated once.
"""


def page(report: Report) -> str:
    """The page of everything that a report holds.

    Examples
    --------
    >>> machine = {"processor": "a CPU", "cores": 2, "system": "Linux", "python": "3.12", "numpy": "2.3"}
    >>> text = page({"machine": machine, "command": "tinynn bench", "workloads": {}, "footprint": {}})
    >>> text.splitlines()[0]
    '# How fast'
    """
    where = report["machine"]
    versions: dict[str, str] = {}
    for row in report["workloads"].values():
        for entry in row["threads"].values():
            versions |= entry["versions"]
    load = where.get("load_average")
    head = HEAD.format(
        command=report["command"],
        machine=where["processor"],
        cores=where["cores"],
        system=where["system"],
        python=where["python"],
        numpy=where["numpy"],
        versions=", ".join(f"{n} {v}" for n, v in versions.items() if n not in _SAME) or "no peers",
        load="unknown" if load is None else f"{load:.2f}",
    )
    parts = [head.strip(), *filter(None, [headline(report), as_markdown(report)])]
    races = races_table(report)
    if races:
        parts += ["## Time to accuracy\n\nThe same net, recipe and images, in turns of an epoch.", *races]
        parts += [picture(f"{name}: accuracy over seconds", name) for name in report["accuracy"]]
    if profiles := tables(report):
        parts += ["## Where the time goes", *profiles, picture("The calls under the roofline", "rooflines")]
        parts.append("A dot is a call, the larger the longer it takes; the one with most to gain is named.")
    parts += _footprint(report)
    return "\n\n".join(parts) + "\n"


def picture(what: str, name: str) -> str:
    """What `tinynn bench --out` drew."""
    return f"![{what}](../benchmarks/results/{name}.png)"


def races_table(report: Report) -> list[str]:
    """When each side reached the accuracy; [] where nobody raced."""
    races = report.get("accuracy", {})
    if not races:
        return []
    names = list(dict.fromkeys(name for row in races.values() for name in row["runners"]))
    lines = []
    for recipe, row in races.items():
        cells = (_race_cell(row["runners"].get(name)) for name in names)
        lines.append([f"{recipe}, {100 * row['target']:g} %, {row['threads']} threads", *cells])
    return [table(["", *names], lines)]


def _race_cell(runner: Any) -> str:
    """ "12.3 s (98.1 % after 20.1 s)" """
    if runner is None:
        return ""
    end = f"{100 * runner['accuracy'][-1]:.1f} % after {runner['seconds'][-1]:.1f} s"
    return f"{runner['reached']:.1f} s ({end})" if runner["reached"] is not None else f"never ({end})"


#: sides whose version another one has told already
_SAME = ("numpy", "pytorch-channels-last", "pytorch-bmm", "pytorch-compile", "jax-scan")


def _footprint(report: Report) -> list[str]:
    """Import time, size on the disk, and the most memory held while training W5 and W8, one thread."""
    if not report["footprint"]:
        return []
    shown = [name for name in ("W5", "W8") if "1" in report["workloads"].get(name, {}).get("threads", {})]
    head = ["", "import, s", "package on disk, MB", *(f"peak memory in {name}, MB" for name in shown)]
    rows = [
        [
            name,
            f"{row['import_seconds']:.2f}",
            f"{row['install_mb']:.0f}",
            *(_peaks(report["workloads"][workload]["threads"]["1"]["peak_mb"], name) for workload in shown),
        ]
        for name, row in report["footprint"].items()
    ]
    return [
        "## Before the first step\n\nMedian of fresh processes with the files in the cache; the package's "
        "own folder, without what it depends on; the most memory that the process of a side held.",
        table(head, rows),
    ]


def _peaks(peak_mb: dict[str, Any], name: str) -> str:
    """The peaks of the sides of one framework, the least of them."""
    own = [
        mb for side, mb in peak_mb.items() if mb is not None and (side == name or side.startswith(f"{name}-"))
    ]
    return f"{min(own):.0f}" if own else ""
