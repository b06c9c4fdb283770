"""cifar-mlp: 3072-100-10, a hundred hidden units as pictures.

Source of the net: CS231n, Convolutional Neural Networks for Visual Recognition, "Neural Networks 1".
"""

from __future__ import annotations

from tinynn import viz
from tinynn.experiments._classification import dense_net, learn, loaders, report, rows_of
from tinynn.experiments._inside_page import show_hidden
from tinynn.experiments.registry import Metrics, Run, experiment


@experiment("cifar-mlp", "3072-100-10: a hundred hidden units as pictures", dataset="cifar10", epochs=10)
def run(run: Run) -> Metrics:
    images, test_images = run.load()
    train, test = loaders(images, test_images, batch_size=128, normalize=True)
    c, h, w = images.shape
    model = dense_net([c * h * w, 100, len(images.classes)])
    history = learn(run, model, train, test, lr=0.01, momentum=0.9, weight_decay=3e-3)
    weights = rows_of(model[1])
    title = f"The {len(weights)} hidden units: the colours each answers to"
    units = viz.weight_templates(weights, (c, h, w), columns=10, shared_scale=False, title=title)
    show_hidden(run, model, test)
    run.save("hidden_units", units)
    return report(run, model, test, history)
