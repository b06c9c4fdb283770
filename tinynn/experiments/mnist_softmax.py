"""mnist-softmax: 784-10, the smallest classifier of digits, and its ten templates.

Without a hidden layer the score of a class is one dot product, w . x: each row of the weight matrix is a
picture of what speaks for its class (red) and against it (blue). The loss is convex, so training may
start at w = 0, and the pictures then hold nothing but what was learned.
"""

from __future__ import annotations

from tinynn import viz
from tinynn.experiments._classification import dense_net, learn, loaders, report, rows_of
from tinynn.experiments._inside_page import show_templates
from tinynn.experiments.registry import Metrics, Run, experiment


@experiment("mnist-softmax", "784-10: each class is one picture of weights", dataset="mnist", epochs=5)
def run(run: Run) -> Metrics:
    images, test_images = run.load()
    train, test = loaders(images, test_images, batch_size=64)
    c, h, w = images.shape
    model = dense_net([c * h * w, len(images.classes)])
    for parameter in model.parameters():
        parameter.data[...] = 0
    history = learn(run, model, train, test, lr=0.5)
    show_templates(run, model[1], test)
    run.save("templates", viz.weight_templates(rows_of(model[1]), (c, h, w), images.classes))
    return report(run, model, test, history)
