"""activations: why not the sigmoid? Curves, saturation, zig-zag, speed, and the death of ReLUs.

    sigmoid            saturates: where it is flat it sends no gradient, all the more if weights start large;
                       never negative, so that all gradients of a neuron behind it have one sign: the zig-zag
    tanh               2 sigmoid(2x) - 1: around 0, and saturates as well
    ReLU               fast; but too large a step can put a unit where no point reaches it, and it is dead
    leaky ReLU, PReLU  keep a slope there, and wake up again; ELU, GELU, SiLU bend smoothly
    maxout             contains ReLU and leaky ReLU, is never without a slope, and has twice the parameters

Source of the experiment: A. Karpathy and others, CS231n notes, "Neural networks 1".
"""

from __future__ import annotations

import numpy as np

from tinynn import viz
from tinynn.experiments import _activation_training as training
from tinynn.experiments._activation_formulas import NAMES, curves, identities
from tinynn.experiments._activation_pictures import measure_saturation, measure_zig_zag
from tinynn.experiments._curve_pages import death_page, slopes_page
from tinynn.experiments.registry import Metrics, Run, experiment

SPEED_RATES, LEVEL = (0.03, 0.1), 0.1
DRAWN = ("relu", "leaky_relu", "gelu", "tanh", "sigmoid")  # five lines are enough for one picture
RATES, CHECKS, EVERY = (0.1, 0.3, 1.0, 3.0, 10.0), 41, 25
SEEDS = 16


@experiment("activations", "nine activations: curves, saturation, zig-zag, speed, and dead ReLUs", epochs=800)
def run(run: Run) -> Metrics:
    run.dataset = "random numbers, and three spirals"
    x = np.linspace(-4, 4, 401)
    told = {NAMES[name]: pair for name, pair in curves(x).items()}
    same = identities(run.seed)
    run.say(f"tanh(x) and 2 sigmoid(2x) - 1 differ by {same['tanh_of_the_library']:.1e}; "
            f"ReLU and its maxout by {same['relu_as_maxout']:.1e}")  # fmt: skip
    speed = measure_speed(run)  # it trains: what is to be explained comes first
    run.show(lambda: slopes_page(told, x))
    run.save("curves", viz.activation_curves(x, told, title="Nine activations and their slopes"))
    return {
        "identities": same,
        "saturation": measure_saturation(run),
        "zig_zag": measure_zig_zag(run),
        "convergence": speed,
        "dead": measure_death(run),
    }


def measure_speed(run: Run) -> list[Metrics]:
    """Losses of the same deep net with each activation, at two learning rates."""
    steps, rows = int(run.epochs or 800), []
    axes = viz.grid(1, len(SPEED_RATES), cell=(6.4, 4.8), title="The same net of 5 layers on three spirals")
    for ax, rate in zip(axes.flat, SPEED_RATES, strict=True):
        losses = {n: training.convergence(n, rate, run.seed, seeds=SEEDS // 2, steps=steps) for n in NAMES}
        run.steps += len(NAMES) * (SEEDS // 2) * steps
        reached = {n: training.steps_to(loss, LEVEL) for n, loss in losses.items()}
        row = {n: np.median(np.nan_to_num(at, nan=np.inf)) for n, at in reached.items()}
        rows.append({"rate": rate, "steps_to_loss_0.1": row, "tanh_over_relu": row["tanh"] / row["relu"]})
        told = ", ".join(f"{NAMES[n]} {at:.0f}" if at < steps else f"{NAMES[n]} -" for n, at in row.items())
        run.say(f"rate {rate}, steps until the loss is {LEVEL}: {told}")
        title = f"Rate {rate}: ReLU {row['tanh'] / row['relu']:.1f} times as fast as tanh"
        lines = {NAMES[n]: losses[n] for n in DRAWN}
        viz.bands(lines, np.arange(1, steps + 1), label="loss", log="xy", legend="lower left", ax=ax,
                  title=title)  # fmt: skip
    run.save("convergence", axes)
    return rows


def measure_death(run: Run) -> list[Metrics]:
    """Silent units over time and over the learning rate."""
    kinds = ("relu", "leaky_relu", "maxout")
    found = training.sweep(kinds, RATES, run.seed, seeds=SEEDS, checks=CHECKS, every=EVERY)
    run.steps += len(kinds) * len(RATES) * SEEDS * (CHECKS - 1) * EVERY
    rows: list[Metrics] = []
    for name, each in found.items():
        for rate, one in zip(RATES, each, strict=True):
            end = one["silent"][:, -1]
            rows.append({
                "activation": name, "rate": rate, "silent_at_start": np.median(one["silent"][:, 0]),
                "silent": np.median(end), "dead": np.median(one["dead"][:, -1]),
                "woke": np.median(one["woke"]), "loss": np.median(one["loss"]),
                "diverged": one["diverged"].mean(),
            })  # fmt: skip
            run.say("{activation}, rate {rate}: {dead:.0%} dead, {silent:.0%} silent, {woke:.0%} woke up, "
                    "{diverged:.0%} of the nets diverged".format(**rows[-1]))  # fmt: skip
    steps = EVERY * np.arange(CHECKS)
    run.show(lambda: death_page({NAMES[name]: each for name, each in found.items()}, RATES, steps))
    axes = viz.grid(1, 3, cell=(6.2, 4.8), title=f"Units that answer no point: {SEEDS} nets of 100")
    for ax, name in zip(axes.flat, kinds[:2], strict=False):
        lines = {f"rate {r:g}": 100 * training.still_there(one["silent"], one["gone"])
                 for r, one in zip(RATES, found[name], strict=True)}  # fmt: skip
        title = "ReLU: dead, for ever" if name == "relu" else "leaky ReLU: asleep; they wake up"
        ax.set_ylim(0, 105)
        viz.bands(lines, steps, label="silent units, %", ax=ax, title=title)
    dead = {n: [100 * training.still_there(one["dead"], one["gone"])[:, -1] for one in each]
            for n, each in found.items()}  # fmt: skip
    ends = {NAMES[n]: np.transpose(end) for n, end in dead.items()}
    viz.bands(ends, RATES, log="x", x_label="learning rate (a line ends where nets diverge)", ax=axes[0, 2],
              label="dead at the end, %", title="The larger the rate, the more die")  # fmt: skip
    run.save("dead", axes)
    return rows
