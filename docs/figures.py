"""The table of docs/experiments.md: what every experiment has to show, and the figure that it reached.

    tinynn gallery --data DIR --out RUNS          or single runs into RUNS
    python docs/figures.py RUNS                   writes the table between its marks, from RUNS/*/metrics.json

Exit code 1 where a run is missing or a figure falls short; the table then says which. "differs" falls
short of nothing: somebody else's framework, start or recipe has another figure than ours, and the number of
seeds does not explain it.
"""

import json
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).parent / "experiments.md"
ABOVE, UNDER = "share_of_99_percent", "share_under_50_percent"
BEGIN, END = "<!-- python docs/figures.py RUNS: from here -->", "<!-- to here -->"

Metrics = Mapping[str, Any]


class Row(NamedTuple):
    """A figure of an experiment: what is asked, how it is written, and whether it is enough, or "differs"."""

    name: str
    asked: str
    reached: Callable[[Metrics], str]
    enough: Callable[[Metrics], bool | str]


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


def within(found: float, nets: int, wanted: float, of: int) -> bool | str:
    """Whether two shares differ by two standard errors at most; the wanted one is a whole per cent."""
    both = (found * nets + wanted * of) / (nets + of)
    return abs(found - wanted) <= 2 * sqrt(both * (1 - both) * (1 / nets + 1 / of)) + 0.005 or "differs"


def like(asked: str, wanted: float, of: int, nets: Callable[[Metrics], Metrics], key: str = ABOVE) -> Row:
    """A share of nets of fold-width beside the one that a framework had with `of` nets."""
    return Row(
        "fold-width",
        f"{asked}: {100 * wanted:g} % of {of} nets",
        lambda m: f"{100 * nets(m)[key]:.1f} % of {nets(m)['nets']}",
        lambda m: within(nets(m)[key], nets(m)["nets"], wanted, of),
    )


def wide(activation: str, width: int, layers: int = 4, start: str = "wide") -> Callable[[Metrics], Metrics]:
    """One cell of fold-width."""
    return lambda m: cell(m, activation=activation, width=width, start=start, hidden_layers=layers)


def started(start: str) -> Callable[[Metrics], Metrics]:
    """One side of fold-width's intervention."""
    return lambda m: next(row for row in m["intervention"] if row["start"] == start)


def folded(m: Metrics) -> Metrics:
    return next(n for n in m["nets"] if (n["activation"], n["width"]) == ("relu", 2))


def bent(m: Metrics) -> Metrics:
    """The transform that is not linear."""
    return next(t for t in m["transforms"] if t["slope"] is not None)


def depth(m: Metrics, name: str) -> list[float]:
    return [100 * row["mean"] for row in m["results"][name]]


def deeper(name: str) -> Row:
    """dense-depth on one data set."""

    def enough(m: Metrics) -> bool | str:
        a = depth(m, name)
        if len(m["seeds"]) < 5 or m["synthetic"] or not max(a[1:3]) > a[0] + 1:
            return False
        return (a[0] < a[1] < a[2] and max(a[3:]) < a[2] + 1) or "differs"

    return Row(
        "dense-depth",
        f"{name}: a second and a third layer help, deeper rarely; 1 to 6 layers, at least 5 seeds",
        lambda m: f"{', '.join(f'{a:.1f}' for a in depth(m, name))} %, {len(m['seeds'])} seeds",
        enough,
    )


def ways(m: Metrics, name: str) -> Metrics:
    return m["gradients"][name]


def known(hidden: int) -> Row:
    """capacity at one width: a net knows its own points better than new ones, and all the better by size."""

    def of(m: Metrics, n: int) -> Metrics:
        return next(row for row in m["widths"] if row["hidden"] == n)

    return Row(
        "capacity",
        f"{hidden} hidden neurons: accuracy on the training points and on new ones",
        lambda m: (
            f"{100 * of(m, hidden)['train_accuracy']:.1f} and {100 * of(m, hidden)['test_accuracy']:.1f} %"
        ),
        lambda m: of(m, 3)["gap"] <= of(m, hidden)["gap"] <= of(m, 20)["gap"],
    )


def held(recipe: str, asked: str) -> Row:
    """regularization by one recipe: a smaller gap than without."""

    def of(m: Metrics) -> Metrics:
        return next(row for row in m["recipes"] if row["recipe"].startswith(recipe))

    return Row(
        "regularization",
        f"{asked}: a smaller gap between training and new points than without",
        lambda m: f"{100 * of(m)['gap']:.1f} points; {100 * m['recipes'][0]['gap']:.1f} without",
        lambda m: of(m)["gap"] < m["recipes"][0]["gap"],
    )


def same(inputs: str) -> Row:
    """logistic-neuron beside SciPy."""
    return Row(
        "logistic-neuron",
        f"the coefficients that SciPy finds, {inputs}",
        lambda m: f"{m[inputs]['largest_difference']:.0e} apart at most",
        lambda m: m[inputs]["largest_difference"] < 1e-8,
    )


def confused(m: Metrics, actual: int, predicted: int) -> int:
    return int(m["confusion_rows_actual_columns_predicted"][actual][predicted])


def motif(m: Metrics) -> Metrics:
    """The detector behind a hard max."""
    return m["detectors"][0]


def silent(m: Metrics, activation: str) -> float:
    return max(100 * row["dead"] for row in m["dead"] if row["activation"] == activation)


ROWS = (
    Row("fold-plane", "2-2-2-2-2-3 with ReLU parts the arms; 99.3 % is the most there is",
        lambda m: f"{100 * folded(m)['best_accuracy']:.1f} %, the best of {folded(m)['nets']:,} nets",
        lambda m: folded(m)["best_accuracy"] > 0.99),
    like("99 % right, ReLU, width 2", 0.0, 64, wide("relu", 2)),
    Row("fold-width", "median accuracy, ReLU, width 2: 51 % of 64 nets",
        lambda m: f"{100 * wide('relu', 2)(m)['median_accuracy']:.1f} %, interval "
        "{:.0f}-{:.0f} %".format(*(100 * a for a in wide("relu", 2)(m)["median_accuracy_interval"])),
        lambda m: (lambda low, high: low <= 0.51 <= high or "differs")(
            *wide("relu", 2)(m)["median_accuracy_interval"])),
    like("99 % right, ReLU, width 3", 0.23, 64, wide("relu", 3)),
    like("99 % right, ReLU, width 5", 0.94, 64, wide("relu", 5)),
    like("99 % right, ReLU, width 5, the default start", 0.62, 64, wide("relu", 5, start="default")),
    like("99 % right, ReLU, width 10", 1.0, 64, wide("relu", 10)),
    like("99 % right, tanh, width 2", 0.52, 64, wide("tanh", 2)),
    like("99 % right, tanh, width 3", 0.98, 64, wide("tanh", 3)),
    like("under 50 % right, six ReLU layers of width 2", 0.7, 64, wide("relu", 2, 6), UNDER),
    Row("fold-width", "biases that start at 0: none of 512 nets gets 99 % right",
        lambda m: f"{100 * started('biases 0')(m)[ABOVE]:.1f} % of {started('biases 0')(m)['nets']}",
        lambda m: started("biases 0")(m)[ABOVE] == 0),
    like("biases that start at 0, under 50 % right", 0.63, 512, started("biases 0"), UNDER),
    Row("fold-width", "biases that start at 0: the best of 512 nets 98.3 %",
        lambda m: f"{100 * started('biases 0')(m)['best_accuracy']:.1f} %",
        lambda m: abs(started("biases 0")(m)["best_accuracy"] - 0.983) < 0.01 or "differs"),
    like("biases that start at +1, 99 % right", 0.014, 512, started("biases +1")),
    like("biases that start at +1, under 50 % right", 0.27, 512, started("biases +1"), UNDER),
    Row("parameter-transform", "the u-rule equals autograd's step, to rounding",
        lambda m: f"{max(t['u_rule_error'] for t in m['transforms']):.0e}",
        lambda m: max(t["u_rule_error"] for t in m["transforms"]) < 1e-12),
    Row("parameter-transform", "the w-rule too, where H is linear",
        lambda m: f"{m['transforms'][0]['w_rule_error']:.0e}",
        lambda m: m["transforms"][0]["w_rule_error"] < 1e-12),
    Row("parameter-transform", "else its error falls as eta^2: slope 2.0 +- 0.1",
        lambda m: f"{bent(m)['slope']:.3f}", lambda m: abs(bent(m)["slope"] - 2) < 0.1),
    Row("weight-sharing", "the gradient of a shared weight is the sum of its uses",
        lambda m: f"largest difference {m['largest_error']:.0e}", lambda m: m["largest_error"] < 1e-12),
    Row("hypernetwork", "solves what the same neuron with fixed weights cannot",
        lambda m: f"better by {100 * m['input']['margin']['smallest']:.0f} and "
        f"{100 * m['task']['margin']['smallest']:.0f} points at least, over {len(m['seeds'])} seeds",
        lambda m: min(m[k]["margin"]["smallest"] for k in ("input", "task")) > 0.1),
    Row("motif-sequence", "finds the motif in noise",
        lambda m: f"correlation {motif(m)['correlation']:.3f}, at its place in "
        f"{100 * motif(m)['at_its_place']:.0f} %",
        lambda m: motif(m)["correlation"] > 0.95),
    Row("motif-sequence", "hard max: the gradient of one window is not zero",
        lambda m: f"{ways(m, 'hard max')['windows_with_gradient']} of {ways(m, 'hard max')['windows']}",
        lambda m: ways(m, "hard max")["windows_with_gradient"] == 1),
    Row("motif-sequence", "log-sum-exp: that of all five, which sum to the kernel's within 1e-12",
        lambda m: f"{ways(m, 'log-sum-exp')['windows_with_gradient']}; "
        f"{ways(m, 'log-sum-exp')['sum_error']:.0e}",
        lambda m: ways(m, "log-sum-exp")["windows_with_gradient"] == 5
        and ways(m, "log-sum-exp")["sum_error"] < 1e-12),
    Row("motif-sequence", "without zero_grad() the second gradient is twice the first",
        lambda m: f"{m['gradient_after_a_second_backward_without_zero_grad']:g} times",
        lambda m: abs(m["gradient_after_a_second_backward_without_zero_grad"] - 2) < 1e-12),
    Row("motif-image", "a C has two ends, a D two corners, at every shift",
        lambda m: f"{m['places_that_fire_least_and_most']['C']['end of a line'][0]}; "
        f"{sum(least for least, _ in m['places_that_fire_least_and_most']['D'].values())}",
        lambda m: list(m["places_that_fire_least_and_most"]["C"].values()) == [[2, 2], [0, 0], [0, 0]]
        and list(m["places_that_fire_least_and_most"]["D"].values()) == [[0, 0], [1, 1], [1, 1]]),
    Row("motif-image", "the answer stays at every shift, where a dense net fails",
        lambda m: f"{100 * m['nets']['learned templates']['mean']:.0f} % over all shifts, the dense net "
        f"{100 * m['nets']['fully connected']['mean']:.1f} %",
        lambda m: m["nets"]["learned templates"]["worst"] == 1 > m["nets"]["fully connected"]["mean"] + 0.2),
    Row("convolution", "length 100, kernel 5: 96 outputs, 48 at stride 2",
        lambda m: f"{m['outputs']['stride 1']}, {m['outputs']['stride 2']}",
        lambda m: list(m["outputs"].values()) == [96, 48]),
    Row("convolution", "equal to SciPy, in one dimension and in two",
        lambda m: f"{m['largest_error']:.0e}", lambda m: m["largest_error"] < 1e-12),
    accuracy("mnist-softmax", 92.0),
    Row("mnist-softmax", "3 taken for 5: 71 times in the chapter",
        lambda m: f"{confused(m, 3, 5)} times", lambda m: confused(m, 3, 5) == 71 or "differs"),
    accuracy("mnist-hidden", 92.5),
    Row("mnist-hidden", "92.5 to 93 % in the chapter", lambda m: f"{100 * m['test_accuracy']:.1f} %",
        lambda m: 92.5 <= 100 * m["test_accuracy"] <= 93 or "differs"),
    accuracy("mnist-mlp", 97.8),
    deeper("mnist"),
    deeper("cifar10"),
    accuracy("cifar-softmax", 39.0),
    Row("cifar-softmax", "the templates of planes and ships are the bluest at the rim",
        lambda m: " and ".join(m["bluest_at_the_rim"][:2]),
        lambda m: set(m["bluest_at_the_rim"][:2]) == {"airplane", "ship"} or "differs"),
    accuracy("cifar-hidden", 37.0),
    accuracy("cifar-mlp", 49.0),
    accuracy("mnist-conv", 99.2),
    accuracy("cifar-conv", 79.0),
    same("1 input"),
    same("5 inputs"),
    Row("blame", "the entries of a weight add up to its gradient",
        lambda m: f"{m['entries']} entries; all weights within {m['largest_error']:.0e} of autograd",
        lambda m: m["largest_error"] < 1e-12),
    Row("neuron-classifiers", "boundaries, losses and margins of softmax and SVM",
        lambda m: f"margins {m['softmax']['margin_width']:.2f} and {m['SVM']['margin_width']:.2f}; the SVM's "
        f"cost {m['SVM']['objective']:.5f}, at least {m['SVM']['objective_of_exact_solution']:.5f}",
        lambda m: m["SVM"]["objective"] < m["SVM"]["objective_of_exact_solution"] + 1e-3),
    Row("activations", "tanh(x) = 2 sigmoid(2x) - 1",
        lambda m: f"{m['identities']['tanh_of_the_library']:.0e}",
        lambda m: m["identities"]["tanh_of_the_library"] < 1e-14),
    Row("activations", "maxout contains ReLU and leaky ReLU, and doubles the parameters",
        lambda m: "{relu_as_maxout:.0e} and {leaky_relu_as_maxout:.0e}; ".format(**m["identities"])
        + "{maxout} and {linear}".format(**m["identities"]["parameters"]),
        lambda m: max(m["identities"]["relu_as_maxout"], m["identities"]["leaky_relu_as_maxout"]) < 1e-12
        and m["identities"]["parameters"]["maxout"] == 2 * m["identities"]["parameters"]["linear"]),
    Row("activations", "ReLUs that die, up to 40 % and beyond; no leaky ReLU and no maxout",
        lambda m: ", ".join(f"{silent(m, name):.0f}" for name in ("relu", "leaky_relu", "maxout")) + " %",
        lambda m: silent(m, "relu") > 40 and silent(m, "leaky_relu") == silent(m, "maxout") == 0),
    *(Row("network-size", "{}: {} neurons, {} weights, {} parameters".format(*net),
          lambda m, i=i: "{neurons}, {weights}, {parameters}".format(**m["nets"][i]),
          lambda m, i=i, net=net: list(m["nets"][i].values()) == list(net))
      for i, net in enumerate((("3-4-2", 6, 20, 26), ("3-4-4-1", 9, 32, 41)))),
    Row("network-size", "without a non-linearity two layers are one",
        lambda m: f"{m['collapse']['largest_difference']:.0e}",
        lambda m: m["collapse"]["largest_difference"] < 1e-10),
    Row("approximation", "error against width: twice the bumps, half the error",
        lambda m: f"slope {m['slope_by_hand']:.2f} by hand", lambda m: abs(m["slope_by_hand"] + 1) < 0.15),
    known(3),
    known(6),
    known(20),
    held("decay 0.001", "lambda 0.001"),
    held("decay 0.01", "lambda 0.01"),
    held("decay 0.1", "lambda 0.1"),
    held("dropout", "dropout"),
    held("noise", "noise on the inputs"),
    Row("loss-variance", "small against large nets, at least 256 seeds: the spread of the final loss shrinks",
        lambda m: f"{m['spread_small_over_large']:.0f} times as wide at {m['sizes'][0]['hidden_units']} "
        f"units as at {m['sizes'][-1]['hidden_units']}, {m['nets_per_size']} nets",
        lambda m: m["spread_small_over_large"] > 2 and m["nets_per_size"] >= 256),
    Row("loss-variance", "and it shrinks from each size to the next",
        lambda m: ", ".join(f"{s['standard_deviation']:.2g}" for s in m["sizes"])
        + f" at {', '.join(str(s['hidden_units']) for s in m['sizes'])} units",
        lambda m: all(a["standard_deviation"] > b["standard_deviation"] for a, b in pairwise(m["sizes"]))
        or "differs"),
)  # fmt: skip


def table(runs: Path) -> tuple[str, list[str]]:
    """The table in Markdown, and the names of what is missing or falls short."""
    lines, short = ["| experiment | to be shown | reached | |", "| --- | --- | --- | --- |"], []
    for row in ROWS:
        file = runs / row.name / "metrics.json"
        metrics = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
        reached, good = ("not run", False) if metrics is None else (row.reached(metrics), row.enough(metrics))
        short += [] if good else [row.name]
        verdict = good if isinstance(good, str) else "yes" if good else "no"
        lines.append(f"| [{row.name}](#{row.name}) | {row.asked} | {reached} | {verdict} |")
    return "\n".join(lines), list(dict.fromkeys(short))


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
