"""The table of docs/experiments.md: what every experiment has to show, and the figure that it reached.

    tinynn gallery --data DIR --out RUNS          or single runs into RUNS
    python docs/figures.py RUNS                   writes the table between its marks, from RUNS/*/metrics.json

Exit code 1 where a run is missing or a figure falls short; the table then says which.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).parent / "experiments.md"
BEGIN, END = "<!-- python docs/figures.py RUNS: from here -->", "<!-- to here -->"

Metrics = Mapping[str, Any]


class Row(NamedTuple):
    """One experiment: what is asked, the figure as it is written, and whether it is enough."""

    name: str
    asked: str
    reached: Callable[[Metrics], str]
    enough: Callable[[Metrics], bool]


def accuracy(name: str, least: float) -> Row:
    """An experiment with a test accuracy to reach, in per cent."""
    return Row(
        name,
        f"at least {least:g} % of the test set",
        lambda m: f"{100 * m['test_accuracy']:.1f} %",
        lambda m: bool(100 * m["test_accuracy"] >= least and not m["synthetic"]),
    )


def cell(m: Metrics, **wanted: Any) -> Metrics:
    """The row of fold-width's table with these settings."""
    return next(c for c in m["cells"] if all(c[key] == value for key, value in wanted.items()))


def share(m: Metrics, activation: str, width: int) -> float:
    """Nets of four hidden layers and the wide start that get 99 % right, in per cent."""
    found = cell(m, activation=activation, width=width, start="wide", hidden_layers=4)
    return 100 * float(found["share_of_99_percent"])


def folded(m: Metrics) -> Metrics:
    return next(n for n in m["nets"] if (n["activation"], n["width"]) == ("relu", 2))


def bent(m: Metrics) -> Metrics:
    """The transform that is not linear."""
    return next(t for t in m["transforms"] if t["slope"] is not None)


def depth(m: Metrics, name: str) -> list[float]:
    return [100 * row["mean"] for row in m["results"][name]]


def dead(m: Metrics) -> float:
    return max(100 * row["dead"] for row in m["dead"] if row["activation"] == "relu")


def ways(m: Metrics, name: str) -> Metrics:
    return m["gradients"][name]


def width(m: Metrics, hidden: int) -> Metrics:
    return next(row for row in m["widths"] if row["hidden"] == hidden)


ROWS = (
    Row("fold-plane", "2-2-2-2-2-3 with ReLU parts the arms; 99.3 % is the most there is",
        lambda m: f"{100 * folded(m)['best_accuracy']:.1f} %, the best of {folded(m)['nets']:,} nets",
        lambda m: folded(m)["best_accuracy"] > 0.99),
    Row("fold-width", "share of nets with 99 %, ReLU of width 2, 3, 5, 10 and tanh of width 2, 3; about "
        "0, 23, 94, 100 and 52, 98 %",
        lambda m: ", ".join(f"{share(m, 'relu', k):.0f}" for k in (2, 3, 5, 10)) + " and "
        + ", ".join(f"{share(m, 'tanh', k):.0f}" for k in (2, 3)) + f" %, {m['nets_per_cell']} nets each",
        lambda m: share(m, "relu", 2) < 5 < share(m, "relu", 3) < 50 < 85 < share(m, "relu", 5)),
    Row("parameter-transform", "the u-rule equals autograd's step; the error of the w-rule falls as eta^2 "
        "(slope 2.0 +- 0.1)",
        lambda m: f"{max(t['u_rule_error'] for t in m['transforms']):.0e}; slope {bent(m)['slope']:.3f}",
        lambda m: max(t["u_rule_error"] for t in m["transforms"]) < 1e-12
        and abs(bent(m)["slope"] - 2) < 0.1),
    Row("weight-sharing", "the gradient of a shared weight is the sum of its uses",
        lambda m: f"largest difference {m['largest_error']:.0e}", lambda m: m["largest_error"] < 1e-12),
    Row("hypernetwork", "solves what the same neuron with fixed weights cannot",
        lambda m: f"better by {100 * m['input']['margin']['smallest']:.0f} and "
        f"{100 * m['task']['margin']['smallest']:.0f} points at least, over {len(m['seeds'])} seeds",
        lambda m: min(m[k]["margin"]["smallest"] for k in ("input", "task")) > 0.1),
    Row("motif-sequence", "hard max: one window's gradient is not zero; log-sum-exp: all five, which sum to "
        "the kernel's within 1e-12",
        lambda m: f"{ways(m, 'hard max')['windows_with_gradient']} and "
        f"{ways(m, 'log-sum-exp')['windows_with_gradient']}; {ways(m, 'log-sum-exp')['sum_error']:.0e}",
        lambda m: ways(m, "hard max")["windows_with_gradient"] == 1
        and ways(m, "log-sum-exp")["windows_with_gradient"] == 5
        and ways(m, "log-sum-exp")["sum_error"] < 1e-12),
    Row("motif-image", "the answer stays at every shift, where a dense net fails",
        lambda m: f"{100 * m['nets']['learned templates']['mean']:.0f} % over all shifts, the dense net "
        f"{100 * m['nets']['fully connected']['mean']:.1f} %",
        lambda m: m["nets"]["learned templates"]["worst"] == 1 > m["nets"]["fully connected"]["mean"] + 0.2),
    Row("convolution", "length 100, kernel 5: 96 outputs, 48 at stride 2; equal to SciPy",
        lambda m: f"{m['outputs']['stride 1']}, {m['outputs']['stride 2']}; {m['largest_error']:.0e}",
        lambda m: list(m["outputs"].values()) == [96, 48] and m["largest_error"] < 1e-12),
    accuracy("mnist-softmax", 92.0),
    accuracy("mnist-hidden", 92.5),
    accuracy("mnist-mlp", 97.8),
    Row("dense-depth", "a second and third layer help, deeper rarely: mean accuracy of 1 to 6 layers",
        lambda m: "; ".join(f"{n} {', '.join(f'{a:.1f}' for a in depth(m, n))} %" for n in m["results"])
        + f" ({len(m['seeds'])} seeds)",
        lambda m: all(max(a[1:3]) > a[0] + 1 and max(a[3:]) < max(a[1:3]) + 1 for a in
                      (depth(m, n) for n in m["results"]))),
    accuracy("cifar-softmax", 39.0),
    accuracy("cifar-hidden", 37.0),
    accuracy("cifar-mlp", 49.0),
    accuracy("mnist-conv", 99.2),
    accuracy("cifar-conv", 79.0),
    Row("logistic-neuron", "the coefficients that SciPy finds, with one and with five inputs",
        lambda m: " and ".join(f"{m[k]['largest_difference']:.0e}" for k in ("1 input", "5 inputs"))
        + " apart at most",
        lambda m: max(m[k]["largest_difference"] for k in ("1 input", "5 inputs")) < 1e-8),
    Row("blame", "the entries of a weight add up to its gradient",
        lambda m: f"{m['entries']} entries; all weights within {m['largest_error']:.0e} of autograd",
        lambda m: m["largest_error"] < 1e-12),
    Row("neuron-classifiers", "boundaries, losses and margins of softmax and SVM",
        lambda m: f"margins {m['softmax']['margin_width']:.2f} and {m['SVM']['margin_width']:.2f}; the SVM's "
        f"cost {m['SVM']['objective']:.5f}, at least {m['SVM']['objective_of_exact_solution']:.5f}",
        lambda m: m["SVM"]["objective"] < m["SVM"]["objective_of_exact_solution"] + 1e-3),
    Row("activations", "tanh(x) = 2 sigmoid(2x) - 1; ReLUs that die, up to 40 % and beyond",
        lambda m: f"{m['identities']['tanh_of_the_library']:.0e}; {dead(m):.0f} % dead",
        lambda m: m["identities"]["tanh_of_the_library"] < 1e-14 and dead(m) > 40),
    Row("network-size", "6 neurons, 20 weights, 26 parameters; 9, 32, 41; two linear layers are one",
        lambda m: "; ".join("{neurons}, {weights}, {parameters}".format(**n) for n in m["nets"])
        + f"; {m['collapse']['largest_difference']:.0e}",
        lambda m: [list(n.values())[1:] for n in m["nets"]] == [[6, 20, 26], [9, 32, 41]]
        and m["collapse"]["largest_difference"] < 1e-10),
    Row("approximation", "error against width: twice the bumps, half the error",
        lambda m: f"slope {m['slope_by_hand']:.2f} by hand", lambda m: abs(m["slope_by_hand"] + 1) < 0.15),
    Row("capacity", "3, 6, 20 neurons: accuracy on the training points and on new ones",
        lambda m: "; ".join(f"{100 * width(m, n)['train_accuracy']:.1f} and "
                            f"{100 * width(m, n)['test_accuracy']:.1f} %" for n in (3, 6, 20)),
        lambda m: width(m, 20)["gap"] > width(m, 3)["gap"]),
    Row("regularization", "lambda 0.001, 0.01, 0.1: the gap between training and new points",
        lambda m: ", ".join(f"{100 * r['gap']:.1f}" for r in m["recipes"][1:4])
        + f" points; {100 * m['recipes'][0]['gap']:.1f} without",
        lambda m: m["recipes"][3]["gap"] < m["recipes"][0]["gap"]),
    Row("loss-variance", "the spread of the final loss shrinks with size, 256 nets each",
        lambda m: f"{m['spread_small_over_large']:.0f} times as wide at {m['sizes'][0]['hidden_units']} "
        f"units as at {m['sizes'][-1]['hidden_units']}, {m['nets_per_size']} nets",
        lambda m: m["spread_small_over_large"] > 2 and m["nets_per_size"] >= 256),
)  # fmt: skip


def table(runs: Path) -> tuple[str, list[str]]:
    """The table in Markdown, and the names of what is missing or falls short."""
    lines, short = ["| experiment | to be shown | reached | |", "| --- | --- | --- | --- |"], []
    for row in ROWS:
        file = runs / row.name / "metrics.json"
        metrics = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
        reached, good = ("not run", False) if metrics is None else (row.reached(metrics), row.enough(metrics))
        short += [] if good else [row.name]
        lines.append(f"| [{row.name}](#{row.name}) | {row.asked} | {reached} | {'yes' if good else 'no'} |")
    return "\n".join(lines), short


def main(arguments: list[str]) -> int:
    """Write the table; 1 where something is missing or falls short."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("figures.py: needed the directory of the runs, such as tinynn-gallery", file=sys.stderr)
        return 2
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    found, short = table(Path(arguments[0]))
    PAGE.write_text(f"{before}{BEGIN}\n{found}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    if short:
        print(f"figures.py: missing or short of it: {', '.join(short)}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
