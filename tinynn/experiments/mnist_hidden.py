"""mnist-hidden: 784-10-10, ten hidden units, each seen as a picture and as ten bars.

The upper pictures say what a hidden unit looks for; the bars under it, what each class makes of that. A
digit is now a sum of parts, which one template per digit cannot be.
"""

from __future__ import annotations

from tinynn import viz
from tinynn.experiments._classification import dense_net, learn, loaders, report, rows_of
from tinynn.experiments._inside_page import show_hidden
from tinynn.experiments.registry import Metrics, Run, experiment


@experiment("mnist-hidden", "784-10-10: ten hidden units and what they are for", dataset="mnist", epochs=8)
def run(run: Run) -> Metrics:
    images, test_images = run.load()
    train, test = loaders(images, test_images, batch_size=64)
    c, h, w = images.shape
    model = dense_net([c * h * w, 10, len(images.classes)])
    history = learn(run, model, train, test, lr=0.05, momentum=0.9, weight_decay=1e-4)
    picture = viz.layer_over_bars(rows_of(model[1]), rows_of(model[2]), (c, h, w), images.classes)
    show_hidden(run, model, test)
    run.save("hidden", picture)
    return {**report(run, model, test, history), "second_layer": rows_of(model[2])}
