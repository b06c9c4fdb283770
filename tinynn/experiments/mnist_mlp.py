"""mnist-mlp: 784-256-128-10, the net everybody trains first. Two hidden layers read digits at 98 %."""

from __future__ import annotations

import numpy as np

from tinynn import viz
from tinynn.experiments._classification import dense_net, learn, loaders, report, rows_of
from tinynn.experiments.registry import Metrics, Run, experiment

SHOWN = 40  # hidden units with the largest weights


@experiment("mnist-mlp", "784-256-128-10: two hidden layers read digits", dataset="mnist", epochs=8)
def run(run: Run) -> Metrics:
    images, test_images = run.load()
    train, test = loaders(images, test_images, batch_size=128)
    c, h, w = images.shape
    model = dense_net([c * h * w, 256, 128, len(images.classes)])
    history = learn(run, model, train, test, lr=0.1, momentum=0.9, weight_decay=1e-4)
    weights = rows_of(model[1])
    strongest = np.argsort(-np.square(weights).sum(1), kind="stable")[:SHOWN]
    title = f"The {SHOWN} strongest of {len(weights)} first units: red adds, blue takes away"
    run.save("first_layer", viz.weight_templates(weights[strongest], (c, h, w), columns=10, title=title))
    return report(run, model, test, history)
