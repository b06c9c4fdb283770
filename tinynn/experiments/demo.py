"""demo: what tinynn is, in a few seconds, without a network or a file of one's own.

It folds the plane with five layers of two units, and teaches a net to read digits that it generates itself,
writes as MNIST's four IDX files, and reads back as it would read MNIST.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from tinynn import data, nn, optim, report, viz
from tinynn import functional as F
from tinynn.data import Dataset
from tinynn.experiments._fold_history import for_the_page
from tinynn.experiments._plane_nets import lattice, train_nets
from tinynn.experiments.registry import Metrics, Run, experiment
from tinynn.train import fit, predict
from tinynn.train.metrics import confusion_matrix, largest_confusions

TRAIN, TEST = 6000, 1000
NETS, STEPS = 12, 1200


@experiment("demo", "folds the plane and learns generated digits; needs no files and no network", epochs=5)
def run(run: Run) -> Metrics:
    fold = fold_the_plane(run)
    run.say("")
    train, test = generate(run)
    plain = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    templates, softmax_rate = learn(run, train, test, plain, "784-10")
    hidden = nn.Sequential(nn.Flatten(), nn.Linear(784, 64, activation="relu"), nn.Linear(64, 10))
    history, rate = learn(run, train, test, hidden, "784-64-10")
    title = "Generated digits: red adds to the score, blue takes from it"
    weights = plain.state_dict()["1.weight"]
    run.save("templates", viz.weight_templates(weights, labels=test.classes, title=title))
    draw(run, hidden, test)
    return {
        "fold_accuracy": fold,
        "softmax_accuracy": templates["validation_accuracy"][-1],
        "test_accuracy": history["validation_accuracy"][-1],
        "images_per_second": rate,
        "softmax_images_per_second": softmax_rate,
        "history": history,
    }


def fold_the_plane(run: Run) -> float:
    """Part three spiral arms with hidden layers of two units; leaves the strip, the fold and the regions."""
    run.say("1. Folding the plane: three spiral arms, a net of 2-2-2-2-2-3 units (tanh).")
    points = data.spirals(100)
    x, y = np.asarray(points.x), np.asarray(points.y)
    begin = time.perf_counter()
    net, accuracy = train_nets(x, y, [2, 2, 2, 2], "tanh", nets=NETS, steps=STEPS, lr=0.03)
    seconds = time.perf_counter() - begin
    run.say(
        f"   {NETS} nets at once, {STEPS} steps in {seconds:.1f} s: the best has "
        f"{100 * net.accuracy:.1f} % right, the median {100 * np.median(accuracy):.1f} %."
    )
    stages = net.stages(lattice(), x.astype(np.float64))
    run.save("folding-strip", viz.folding_strip(stages, y))
    viz.fold_animation(stages, y, run.file("folding.gif"), frames_per_stage=8, fps=12, size=4.2)
    axes = viz.grid(1, 2, cell=(5.4, 5.4))
    viz.decision_regions(net.probabilities, x, y, ax=axes[0, 0], title="In the plane the borders are bent")
    w, b, hidden = net.weights[-1], net.biases[-1], net.hidden(x.astype(np.float64))
    viz.linear_regions(w, b, hidden, y, ax=axes[0, 1], title="After the fold they are straight")
    run.save("regions", axes)
    told = for_the_page("tanh, width 2", [(STEPS, net)], x)
    run.show(lambda: report.fold([told], x, y))
    return net.accuracy


def generate(run: Run) -> tuple[Dataset, Dataset]:
    """Write generated digits as IDX files and read them back as if they were MNIST."""
    run.say(
        f"2. Reading digits. These are GENERATED, not MNIST: {TRAIN} to learn from, {TEST} to be tested on."
    )
    begin = time.perf_counter()
    train, test = data.generate_mnist_like(run.out / "data", TRAIN, TEST, seed=run.seed)
    run.dataset = train.name
    where, seconds = run.out / "data" / "mnist", time.perf_counter() - begin
    run.say(f"   drawn, written to {where} and read back in {seconds:.1f} s.")
    return train, test


def learn(run: Run, train: Dataset, test: Dataset, model: nn.Module, name: str) -> tuple[Any, float]:
    """Train one net; says how well and how fast, and returns its history and its images per second."""
    history = fit(
        model,
        train,
        validation=test,
        loss=F.cross_entropy,
        optimizer=optim.SGD(lr=0.1, momentum=0.9),
        epochs=run.epochs or 5,
        seed=run.seed,
    )
    run.steps += history.steps
    rate = len(train) * history.epochs / sum(history["seconds"])
    right = 100 * history["validation_accuracy"][-1]
    run.say(f"   {name:<10} {right:.1f} % of the test digits right, learned at {rate:,.0f} images a second.")
    return history, rate


def draw(run: Run, model: nn.Module, test: Dataset) -> None:
    """The confusion matrix and the mistakes; says which are the most frequent."""
    p = np.asarray(F.softmax(predict(model, test)))
    counts = confusion_matrix(test.labels, p.argmax(axis=1), 10)
    run.say(f"   The most frequent mistakes: {', '.join(largest_confusions(counts, test.classes, 3))}.")
    right, n = counts.trace(), len(test)
    title = f"Generated digits: {right} of {n} right"
    run.show(lambda: report.confusion(test.images, test.labels, p, test.classes))
    run.save("confusion", viz.confusion_matrix(counts, test.classes, title=title))
    title = f"Generated digits: the most confident of {n - right} mistakes, the right answer in blue"
    run.save("mistakes", viz.mistakes(test.images, test.labels, p, test.classes, n=8, title=title))
