"""parameter-transform: w = H(u). The net uses w, but what is learned is u.

    shapes:   u [Nu x 1],   w = H(u) [Nw x 1],   dH/du [Nw x Nu],   (dH/du)^T [Nu x Nw],   (dC/dw)^T [Nw x 1]
    u-rule:   u <- u - eta (dH/du)^T (dC/dw)^T
    w-rule:   w <- w - eta (dH/du) (dH/du)^T (dC/dw)^T

The u-rule is what backpropagation through H does. The w-rule says what that does to w: exactly where H is
linear, else to first order, with an error that falls as eta^2. Both are written here by hand, in NumPy, with
the derivatives of H and C on paper, and held against tinynn's autograd.

Source of the experiment: Y. LeCun, NYU Deep Learning, lecture 3-1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinynn import viz
from tinynn.autograd import Array
from tinynn.experiments._rule_page import rule_page
from tinynn.experiments._transforms import GLOBE, LINEAR, Descents, Transform, descend, one_step
from tinynn.experiments.registry import Metrics, Run, experiment

START = np.array([-1.1, -0.7])
STEPS = 12
ETAS = np.logspace(-4, -1.5, 11)


@experiment("parameter-transform", "w = H(u): the rule for u, and what it does to w")
def run(run: Run) -> Metrics:
    random = np.random.default_rng(run.seed)
    x = random.normal(size=(12, 3))
    y = x @ GLOBE.value(np.array([0.8, 0.7]))
    run.dataset = "a linear map of 3 inputs, 12 points"
    n_w, n_u = GLOBE.derivative(START).shape
    shapes = {"u": (n_u, 1), "w": (n_w, 1), "dC/dw": (1, n_w), "dH/du": (n_w, n_u), "(dH/du)^T": (n_u, n_w)}
    run.say("shapes: " + ", ".join(f"{name} {a} x {b}" for name, (a, b) in shapes.items()))
    rows, both = [], {}
    for transform in (LINEAR, GLOBE):
        both[transform] = found = descend(transform, START, STEPS, x, y)
        run.steps += STEPS
        rows.append(figures_of(transform, found, x, y))
        slope = "none" if rows[-1]["slope"] is None else f"{rows[-1]['slope']:.3f}"
        run.say(
            f"{transform.name}: {STEPS} steps; u-rule and autograd differ by {rows[-1]['u_rule_error']:.1e}, "
            f"w-rule and H(u) by {rows[-1]['w_rule_error']:.1e}; slope of one step's error: {slope}"
        )
    draw(run, both, x, y)
    errors = {row["transform"]: row["errors"] for row in reversed(rows)}
    title = f"One step of the w-rule: error of slope {rows[1]['slope']:.2f}, or none"
    run.save("error-order", viz.error_order(ETAS, errors, title=title))
    run.show(lambda: rule_page((LINEAR, GLOBE), START, x, y))
    return {"shapes": shapes, "etas": ETAS, "transforms": rows}


def figures_of(transform: Transform, found: Descents, x: Array, y: Array) -> Metrics:
    """How far the rules are from autograd, over all steps; and for one step of each learning rate."""
    errors = [np.linalg.norm(np.subtract(*one_step(transform, START, eta, x, y))) for eta in ETAS]
    linear = max(errors) < 1e-12
    reached = transform.value(found.autograd)
    return {
        "transform": transform.name,
        "steps": STEPS,
        "eta": transform.eta,
        "u_rule_error": np.abs(found.u - found.autograd).max(),
        "w_rule_error": np.abs(found.w - reached).max(),
        "errors": errors,
        "slope": None if linear else np.polyfit(np.log(ETAS), np.log(errors), 1)[0],
        "cost_before": 0.5 * np.mean((x @ reached[0] - y) ** 2),
        "cost_after": 0.5 * np.mean((x @ reached[-1] - y) ** 2),
    }


def draw(run: Run, both: dict[Transform, Descents], x: Array, y: Array) -> None:
    """Both descents in u-space and in w-space."""

    def cost(w: Array) -> Array:
        return np.asarray(0.5 * np.mean((w @ x.T - y) ** 2, axis=-1))

    flat = viz.grid(1, 2, cell=(6.2, 5.6), title="u-space: the u-rule takes autograd's steps")
    title = "w-space: the w-rule steps straight ahead, off the surface where it is bent"
    solid = viz.grid(1, 2, cell=(6.6, 6.0), title=title, solid=True)
    for i, (transform, found) in enumerate(both.items()):
        left, right, low, high = transform.extent
        grid = np.stack(np.meshgrid(np.linspace(left, right, 41), np.linspace(low, high, 41)), -1)
        paths = {"autograd": found.autograd, "u-rule": found.u}
        viz.cost_paths(of_u(transform, cost), paths, transform.extent, ax=flat[0, i], title=transform.name)
        w = transform.value(grid)
        paths = {"H(u) by the u-rule": transform.value(found.u), "w-rule": found.w}
        viz.surface_paths(w, cost(w), paths, view=transform.view, ax=solid[0, i], title=transform.name)
    run.save("u-space", flat)
    run.save("w-space", solid)


def of_u(transform: Transform, cost: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """C(H(u))."""
    return lambda u: cost(transform.value(u))
