"""cifar-hidden: 3072-10-10, ten hidden units in colour and the weight each class gives them."""

from __future__ import annotations

from tinynn import viz
from tinynn.experiments._classification import dense_net, learn, loaders, report, rows_of
from tinynn.experiments._inside_page import show_hidden
from tinynn.experiments.registry import Metrics, Run, experiment


@experiment("cifar-hidden", "3072-10-10: ten hidden units in colour", dataset="cifar10", epochs=8)
def run(run: Run) -> Metrics:
    images, test_images = run.load()
    train, test = loaders(images, test_images, batch_size=128, normalize=True)
    c, h, w = images.shape
    model = dense_net([c * h * w, 10, len(images.classes)])
    history = learn(run, model, train, test, lr=0.01, momentum=0.9, weight_decay=3e-3)
    picture = viz.layer_over_bars(rows_of(model[1]), rows_of(model[2]), (c, h, w), images.classes)
    show_hidden(run, model, test)
    run.save("hidden", picture)
    return {**report(run, model, test, history), "second_layer": rows_of(model[2])}
