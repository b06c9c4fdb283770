"""logistic-neuron: logistic regression is a network of one neuron.

    p = sigmoid(w x + b),    cost = mean of -log p where the answer is 1, and of -log(1 - p) where it is 0

Statisticians fit it by Newton's method; here it is a neuron that walks down the gradient. The cost is convex:
there is one lowest place, and both end there. With one input all of the cost can be seen, over b and w.

Source of the experiment: T. Yiu, "Understanding neural networks" (2019).
"""

from __future__ import annotations

import numpy as np

from tinynn import functional as F
from tinynn import viz
from tinynn.autograd import Array
from tinynn.experiments._descent_page import descent_page
from tinynn.experiments._lone_neurons import Descent, descend, log_loss
from tinynn.experiments.registry import Metrics, Run, experiment

TRUTH = {1: np.array([-0.5, 1.6]), 5: np.array([0.4, 1.5, -1.0, 0.5, 0.0, -2.0])}  # the bias first
POINTS, SETS, STEPS = 200, 50, 3000
RATES = {"rate 1": 1.0, "rate 9: zig-zag": 9.0, "rate 0.1: slow": 0.1}


@experiment("logistic-neuron", "one neuron, one and five inputs: the coefficients that SciPy finds")
def run(run: Run) -> Metrics:
    run.dataset = "answers drawn from a known probability"
    random = np.random.default_rng(run.seed)
    rows: Metrics = {}
    for k, truth in TRUTH.items():
        x, t = draw_data(random, truth)
        found = descend(x, t, F.binary_cross_entropy_with_logits, lr=4.0, steps=STEPS)
        run.steps += len(found.loss)
        wanted = np.stack([by_scipy(a, b) for a, b in zip(x, t, strict=True)])
        rows[f"{k} inputs" if k > 1 else "1 input"] = row = figures_of(truth, found.end, wanted)
        run.say(f"{k} input{'s'[: k - 1]}, {SETS} data sets: the neuron and SciPy differ by "
                f"{row['largest_difference']:.1e} at most; first {np.round(found.end[0], 3)}")  # fmt: skip
        row["steps"] = len(found.loss)
        names = ["b", *(f"$w_{i}$" for i in range(1, k + 1))]
        title = f"{SETS} data sets of {POINTS} points: the neuron finds what SciPy finds"
        drawn = viz.coefficients(names, found.end, wanted, truth, reference_name="SciPy", title=title)
        run.save(f"coefficients-{k}", drawn)
        if k == 1:
            draw(run, x[0], t[0], found, wanted[0])
    return {"points": POINTS, "data_sets": SETS, **rows}


def draw_data(random: np.random.Generator, truth: Array) -> tuple[Array, Array]:
    """SETS data sets: x (g, n, k) normal, t (g, n, 1) drawn with the probability that the truth says."""
    x = random.normal(size=(SETS, POINTS, len(truth) - 1))
    p = 1 / (1 + np.exp(-(x @ truth[1:] + truth[0])))
    return x, (random.uniform(size=p.shape) < p)[..., None].astype(np.float64)


def by_scipy(x: Array, t: Array) -> Array:
    """The coefficients (1 + k,) of one data set: where the slope of the cost is zero, by Newton's method.

    The cost is convex, so that this is its lowest place. The formulas share nothing with the neuron's.
    """
    from scipy.optimize import root
    from scipy.special import expit

    columns = np.column_stack([np.ones(len(x)), x])

    def slope(theta: Array) -> Array:
        return np.asarray(columns.T @ (expit(columns @ theta) - t[:, 0]) / len(x))

    def curvature(theta: Array) -> Array:
        p = expit(columns @ theta)
        return np.asarray((columns.T * (p * (1 - p))) @ columns / len(x))

    return np.asarray(root(slope, np.zeros(columns.shape[1]), jac=curvature, tol=1e-14).x)


def figures_of(truth: Array, found: Array, wanted: Array) -> Metrics:
    """The first data set's coefficients, the largest difference of all, and how they spread over the sets."""
    return {
        "truth": truth,
        "neuron": found[0],
        "scipy": wanted[0],
        "largest_difference": np.abs(found - wanted).max(),
        "mean_over_sets": found.mean(0),
        "standard_deviation_over_sets": found.std(0, ddof=1),
    }


def draw(run: Run, x: Array, t: Array, found: Descent, lowest: Array) -> None:
    """One input: the curve at some steps, and the descents on the cost."""
    line = np.linspace(-3, 3, 121)
    curves = {}
    for step in (0, 1, 3, 10, len(found.loss)):
        b, w = found.path[step, 0]
        curves[f"step {step}"] = (line, 1 / (1 + np.exp(-(w * line + b))))
    title = "The answer of the neuron while it learns"
    run.save("curve", viz.neuron_curves(x[:, 0], t[:, 0], curves, x_label="x", title=title))
    start = np.array([[2.0, -1.5]])
    paths = {
        name: descend(x[None], t[None], F.binary_cross_entropy_with_logits, lr=rate, steps=25, start=start)
        for name, rate in RATES.items()
    }
    ways = {name: descent.path[:, 0] for name, descent in paths.items()}

    def cost(theta: Array) -> Array:
        return log_loss(theta, x, t)

    extent = (-3.2, 2.6, -2.2, 4.2)
    axes = viz.grid(1, 1, cell=(7.2, 6.4), solid=True)
    title = "The cost of one neuron: a single valley"
    first = dict(list(ways.items())[:1])
    viz.landscape(cost, first, extent, labels=("b", "w", "cost"), ax=axes[0, 0], title=title)
    run.save("surface", axes)
    title = "25 steps at three learning rates"
    run.save("descent", viz.cost_paths(cost, ways, extent, labels=("b", "w"), title=title))
    run.show(lambda: descent_page(x, t, ways, lowest, extent))
