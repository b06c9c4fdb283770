"""network-size: how large is a net? The two of the CS231n notes, counted, run and collapsed.

    neurons      all but the inputs
    weights      one per pair of neurons in neighbouring layers
    parameters   the weights, and a bias per neuron

A forward pass is a product of matrices per layer, with a non-linearity between. Without, two layers are one:
f(x) = W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2). Nothing is gained, whatever the width.

Source of the experiment: A. Karpathy and others, CS231n notes, "Neural networks 1".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import nn, random, viz
from tinynn.autograd import no_grad
from tinynn.experiments._size_page import size_page
from tinynn.experiments._small_nets import arrays_of, best_affine, count, dense, layer_names, quartiles
from tinynn.experiments.registry import Metrics, Run, experiment

NETS = ((3, 4, 2), (3, 4, 4, 1))
DRAWS = 256


@experiment("network-size", "6 neurons, 26 parameters; 9 neurons, 41 parameters; two linear layers are one")
def run(run: Run) -> Metrics:
    run.dataset = "random vectors"
    rows = [count(sizes) for sizes in NETS]
    for row in rows:
        run.say("{sizes}: {neurons} neurons, {weights} weights, {parameters} parameters".format(**row))
    axes = viz.grid(1, 2, cell=(7.0, 5.4), title="Neurons, weights, parameters")
    for ax, sizes, row in zip(axes.flat, NETS, rows, strict=True):
        title = "{neurons} neurons, {weights} weights\n+ {neurons} biases = {parameters} parameters"
        viz.network(sizes, names=layer_names(sizes), ax=ax, title=title.format(**row))
    run.save("nets", axes)
    steps, error = forward_pass(run, NETS[1])
    random.manual_seed(run.seed)
    found = [collapse(with_) for _ in range(DRAWS) for with_ in ("identity", "tanh")]
    linear, bent = np.array(found[0::2]), np.array(found[1::2])
    run.say(f"without a non-linearity, {DRAWS} nets: two layers and one differ by {linear.max():.1e} at most;"
            f" with tanh the best single layer misses {np.median(bent):.2f} of the spread")  # fmt: skip
    draw_collapse(run)
    run.show(size_page)
    return {
        "nets": rows,
        "forward_pass": steps,
        "forward_pass_error": error,
        "collapse": {"nets": DRAWS, "largest_difference": linear.max(), "missed_with_tanh": quartiles(bent)},
    }


def forward_pass(run: Run, sizes: tuple[int, ...]) -> tuple[list[str], float]:
    """The notes' three matrix products, by hand in NumPy; their shapes, and how far from the net they are."""
    random.manual_seed(run.seed)
    model = dense(sizes, "sigmoid")
    x = np.random.default_rng(run.seed).normal(size=(3, 1))
    axes = viz.grid(3, 1, cell=(9.6, 3.5), title="A forward pass is three matrix products (f = sigmoid)")
    h, told = x, []
    for n, (w, b) in enumerate(arrays_of(model), 1):
        last = n == len(sizes) - 1
        b = b[:, None]
        z = w @ h + b
        y = z if last else 1 / (1 + np.exp(-z))
        names = ("x", "h_1", "h_2")[n - 1], "y" if last else f"h_{n}"
        told.append(f"{names[1]} = {'' if last else 'f'}(W_{n} {names[0]} + b_{n}): "
                    f"{w.shape} @ {h.shape} + {b.shape} -> {y.shape}")  # fmt: skip
        terms: list[Any] = [(f"$W_{n}$", w), (f"${names[0]}$", h), "+", (f"$b_{n}$", b), "="]
        terms += [("$y$", y)] if last else [(f"$z_{n}$", z), "→", (f"$h_{n} = f(z_{n})$", y)]
        viz.matrices(terms, limit=2.5, ax=axes[n - 1, 0], title="")
        h = y
    run.save("forward-pass", axes)
    for line in told:
        run.say(line)
    with no_grad():
        return told, float(np.abs(np.asarray(model(x.T)).T - h).max())


def collapse(activation: str, hidden: int = 16) -> float:
    """How far a net of two layers is from one layer: the largest difference, or the share of spread missed.

    Linear layers are compared with their product, others with the best affine map there is (least squares).
    """
    model, x = dense((3, hidden, 2), activation), np.asarray(nn.init.normal((256, 3), dtype="float64"))
    with no_grad():
        y = np.asarray(model(x))
    if activation == "identity":
        (w1, b1), (w2, b2) = arrays_of(model)
        return float(np.abs(x @ (w2 @ w1).T + w2 @ b1 + b2 - y).max())
    return float(((y - best_affine(x, y)) ** 2).sum() / ((y - y.mean(0)) ** 2).sum())


def draw_collapse(run: Run) -> None:
    """One net of one input, without and with its non-linearity, and the best straight line beside it."""
    x = np.linspace(-3, 3, 201)[:, None]
    axes = viz.grid(1, 2, cell=(6.4, 4.6), title="Without the non-linearity two layers collapse into one")
    titles = {"identity": "W2 (W1 x)", "tanh": "W2 tanh(W1 x)"}
    for ax, (activation, title) in zip(axes.flat, titles.items(), strict=True):
        random.manual_seed(run.seed)
        with no_grad():
            y = np.asarray(dense((1, 16, 1), activation)(x))
        lines = {"two layers": y[:, 0].round(9), "one layer": best_affine(x, y)[:, 0].round(9)}
        viz.traces(lines, x[:, 0], x_label="x", label="output", ax=ax, title=title)
    run.save("collapse", axes)
