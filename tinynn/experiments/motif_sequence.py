"""motif-sequence: one detector, slid over a sequence; then the maximum. Is the motif in there, and where?

    score_i = sum over j of w_j x_(i+j)        the same w in every window
    y = max over i of score_i + b              "somewhere"

The gradient of w is the sum of what the windows send back. Behind a hard max only the winning window sends
anything; behind log-sum-exp, a soft maximum, all do, in proportion to softmax(score). Their parts are made
visible by giving each window a kernel of its own with the same values.

A detector may also fall for a part of the motif, seen too early or too late, and stay there. So 32 starts are
trained, and the one with the smallest training loss is taken; all are shown.

Source of the experiment: Y. LeCun, NYU Deep Learning, lecture 3-1.
"""

from __future__ import annotations

import numpy as np

from tinynn import data, random, viz
from tinynn.autograd import Array
from tinynn.experiments._motif_page import motif_page
from tinynn.experiments._motifs import POOLS, Detectors, Learned, backward_twice, learn, window_parts
from tinynn.experiments.registry import Metrics, Run, experiment

K, LENGTH, NOISE, STARTS = 9, 64, 0.7, 32


@experiment("motif-sequence", "one weight-shared detector slid over a sequence, then max", epochs=8)
def run(run: Run) -> Metrics:
    motif, epochs = data.motif(K, seed=run.seed + 100), run.epochs or 8
    train, _ = data.motif_sequences(2000, LENGTH, motif=motif, noise=NOISE, seed=run.seed)
    test, places = data.motif_sequences(1000, LENGTH, motif=motif, noise=NOISE, seed=run.seed + 1)
    run.dataset = f"{train.name}: half of 2000 sequences of {LENGTH} hold a motif of {K} in noise of {NOISE}"
    found: dict[tuple[str, bool], Learned] = {}
    rows = []
    for key in [(pool, zero) for pool in POOLS for zero in (True, False)]:
        random.manual_seed(run.seed)
        model = Detectors(key[0], STARTS, K, LENGTH - K + 1)
        found[key] = learn(model, train, motif, epochs=epochs, seed=run.seed, zero=key[1])
        run.steps += epochs * len(train) // 50
        row = {"pool": key[0], "zero_grad": key[1], **found[key].figures(test, places)}
        rows.append(row)
        run.say(
            f"{key[0]}, {'with' if key[1] else 'without'} zero_grad(): {row['test_accuracy']:.3f} of all "
            f"right, {row['at_its_place']:.3f} at its place; kernel against motif {row['correlation']:.3f}"
        )
    sequence, _ = data.motif_sequences(2, K + 4, motif=motif, noise=NOISE, seed=run.seed)
    x = sequence.x[sequence.labels == 1][0, 0].astype(np.float64)
    parts = {pool: window_parts(pool, x, 0.1 * motif) for pool in POOLS}
    gradients = {pool: summed(run, pool, *pair) for pool, pair in parts.items()}
    draw(run, found, motif, test, places)
    run.save("window-gradients", viz.window_gradients({pool: terms for pool, (terms, _) in parts.items()}))
    run.show(lambda: motif_page(x, 0.1 * motif, parts))
    return {
        "test_accuracy": rows[0]["test_accuracy"],
        "motif": motif,
        "detectors": rows,
        "gradients": gradients,
        "gradient_after_a_second_backward_without_zero_grad": backward_twice("hard max", x, motif),
    }


def summed(run: Run, pool: str, terms: Array, whole: Array) -> Metrics:
    """How many windows send a gradient, and how far their sum is from the kernel's."""
    sending = int((np.abs(terms).max(1) > 0).sum())
    error = np.abs(terms.sum(0) - whole).max()
    run.say(f"{pool}: {sending} of {len(terms)} windows send a gradient; their sum is off by {error:.1e}")
    counts = {"windows": len(terms), "windows_with_gradient": sending, "sum_error": error}
    return {**counts, "terms": terms, "gradient": whole}


def draw(
    run: Run, found: dict[tuple[str, bool], Learned], motif: Array, test: data.Dataset, places: Array
) -> None:
    """The kernels, all starts, a sequence and its scores, the window on its way, the forgotten zero_grad."""
    good = {pool: found[pool, True] for pool in POOLS}
    run.save("kernel", viz.kernels({pool: learned.kernel for pool, learned in good.items()}, motif))
    title = f"{STARTS} starts (bars: medians): most fall for a part"
    alike = {pool: learned.correlations for pool, learned in good.items()}
    run.save("starts", viz.spread(alike, label="correlation with the motif", factor=1, title=title))
    i = int(np.flatnonzero((places > 10) & (places < 45))[0])
    x, learned = test.x[i, 0], good["hard max"]
    scores, threshold = learned.scores(test.x[i : i + 1])[0], -float(learned.model.bias.data[learned.best])
    run.save("detection", viz.detection(x, scores, int(places[i]), K, threshold=threshold))
    viz.slide_over_sequence(x, learned.kernel, scores, run.file("slide.gif"), title="One kernel, all windows")
    losses = {}
    for zero, name in ((True, "with zero_grad()"), (False, "without zero_grad()")):
        losses[name] = found["hard max", zero].history[:, found["hard max", zero].best]
    title, epochs = "Without zero_grad() every step repeats all before", np.arange(len(learned.history)) + 1
    run.save("zero-grad", viz.traces(losses, epochs, label="training loss", x_label="epoch", title=title))
