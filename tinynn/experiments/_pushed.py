"""Where ReLU nets of the plane lose their points: who pushed them out of the positive quadrant, and when.

A point no unit of a layer lets pass, z <= 0 in all of them, is put into the origin; so are all others like
it. From there on they are one point: what is equal going into a layer is equal coming out of it.

Legend: g nets, n points, k units of a layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinynn.experiments._starts import Array, Nets

Shares = dict[str, list[float]]
LARGEST = 20.0


def pushed_out(nets: Nets, x: Array) -> dict[str, list[float]]:
    """Shares of all points of all nets, layer by layer.

    Returns
    -------
    name -> one share per hidden layer:

    out : put into the origin by this layer; the sum of the following
    again : lay there already, and no bias lifts it out
    weights : would be there too were the biases of this layer 0
    unit 1, unit 2, ... : would not, were this unit's bias 0, and only so: that bias pushed it out
    several : would not, were any one of several biases 0
    together : put into one place with others by this layer or one before it
    away : of those, the ones that lie elsewhere than in the origin: a later bias moved them, all together
    left : outside of the positive quadrant before ReLU, on one side at least
    left by unit 1, ... : and would not be on this unit's side, were its bias 0
    out_error, together_error : standard errors of the mean over the nets
    """
    parts = [_layers(part, x) for part in nets.parts()]
    found: Shares = {}
    for masks in zip(*parts, strict=True):  # one layer of all parts
        for name in masks[0]:
            per_net = np.concatenate([mask[name].mean(1) for mask in masks])
            found.setdefault(name, []).append(float(per_net.mean()))
            if name in ("out", "together"):
                error = per_net.std(ddof=1) / np.sqrt(len(per_net)) if len(per_net) > 1 else np.nan
                found.setdefault(f"{name}_error", []).append(float(error))
    return found


def silent(nets: Nets, x: Array) -> Array:
    """(g, layers, k): hidden units that are negative for every point: no gradient reaches them."""
    z = [np.stack([(z <= 0).all(1) for z in part.layer_by_layer(x)[:-1]], 1) for part in nets.parts()]
    return np.concatenate(z)


def silence(before: Nets, after: Nets, x: Array) -> dict[str, float]:
    """Shares of nets with a silent unit, before and after training, and of those units that still are."""
    first, last = silent(before, x), silent(after, x)
    return {
        "nets_before": float(first.any((1, 2)).mean()),
        "nets_trained": float(last.any((1, 2)).mean()),
        "still": float((first & last).sum() / max(first.sum(), 1)),
    }


def _layers(nets: Nets, x: Array) -> list[dict[str, Array]]:
    """For each hidden layer, the name of a fate -> (g, n) who has it."""
    found = []
    before = np.repeat(x[None], len(nets.biases[0]), axis=0)
    gathered = np.zeros(before.shape[:2], bool)
    for z, b in zip(nets.layer_by_layer(x)[:-1], nets.biases[:-1], strict=True):
        out, origin = (z <= 0).all(-1), (before == 0).all(-1)
        passed = (z - b[:, None]) > 0  # by the weights alone
        ways = np.where(origin, -1, passed.sum(-1))
        gathered = gathered | out
        fates = {"out": out, "again": out & (ways == -1), "weights": out & (ways == 0)}
        for unit in range(z.shape[-1]):
            fates[f"unit {unit + 1}"] = out & (ways == 1) & passed[..., unit]
        fates |= {"several": out & (ways > 1), "together": gathered, "away": gathered & ~out}
        fates["left"] = (z <= 0).any(-1)
        for unit in range(z.shape[-1]):
            fates[f"left by unit {unit + 1}"] = (z[..., unit] <= 0) & passed[..., unit]
        found.append(fates)
        before = np.maximum(z, 0)
    return found


def _largest(nets: Nets, x: Array) -> Array:
    """(g,): how far from an axis a point lies in any layer."""
    return np.asarray(np.max([np.abs(z).max((1, 2)) for z in nets.layer_by_layer(x)[:-1]], 0))


@dataclass
class Lost:
    """What one net lost.

    Attributes
    ----------
    net : int
    points : (n,) bool
        Those that end in one place with others.
    by_layer : list of (count, by)
        How many each layer put into the origin that did not lie there, and what pushed most of them: "W",
        the weights alone, or a bias, "b1", "b2", or "b1 or b2" where any one of several would do.
    """

    net: int
    points: Array
    by_layer: list[tuple[int, str]]


def most_lost_by_biases(nets: Nets, x: Array) -> Lost:
    """The net whose biases pushed most points out, of those that keep a third of the points apart.

    And that do not carry some so far away that a picture of them would show nothing of the others.
    """
    fates = [_layers(part, x) for part in nets.parts()]
    layers = [
        {key: np.concatenate([f[key] for f in masks]) for key in masks[0]}
        for masks in zip(*fates, strict=True)
    ]
    units = [key for key in layers[0] if key.startswith("unit ")]
    by_bias = sum(layer[key].sum(1) for layer in layers for key in (*units, "several"))
    scale = np.concatenate([_largest(part, x) for part in nets.parts()])
    drawable = (layers[-1]["together"].mean(1) < 2 / 3) & (scale < LARGEST)
    net = int(np.argmax(np.where(drawable, by_bias, -1)))
    names = {"weights": "W", **{key: key.replace("unit ", "b") for key in units}}
    names["several"] = " or ".join(names[key] for key in units)
    counts = [{name: int(layer[key][net].sum()) for key, name in names.items()} for layer in layers]
    by_layer = [(sum(count.values()), max(count, key=lambda name: count[name])) for count in counts]
    return Lost(net, np.asarray(layers[-1]["together"][net]), by_layer)
