"""cifar-softmax: 3072-10, ten templates in colour.

One template per class must serve all its pictures at once: a horse comes out with two heads, and planes and
ships are told by what surrounds them. `rim_colour` measures it: the mean weight of red, green and blue over
the outermost pixels of each template. The strong weight decay is there to be looked at: it takes the noise
out of the pictures and costs half a point of accuracy.
"""

from __future__ import annotations

import numpy as np

from tinynn import viz
from tinynn.autograd import Array
from tinynn.experiments._classification import dense_net, learn, loaders, report, rows_of
from tinynn.experiments._inside_page import show_templates
from tinynn.experiments.registry import Metrics, Run, experiment

RIM = 4  # pixels


@experiment("cifar-softmax", "3072-10: ten templates in colour", dataset="cifar10", epochs=6)
def run(run: Run) -> Metrics:
    images, test_images = run.load()
    train, test = loaders(images, test_images, batch_size=64, normalize=True)
    c, h, w = images.shape
    model = dense_net([c * h * w, len(images.classes)])
    for parameter in model.parameters():
        parameter.data[...] = 0  # a convex problem: the templates then show only what was learned
    history = learn(run, model, train, test, lr=0.01, weight_decay=0.1)
    weights = rows_of(model[1])
    rims = dict(zip(images.classes, rim_colour(weights, (c, h, w)), strict=True))
    bluest = sorted(rims, key=lambda name: rims[name][0] - rims[name][2])
    title = f"What each class looks for; bluest at the rim: {bluest[0]}, {bluest[1]}"
    show_templates(run, model[1], test)
    run.save("templates", viz.weight_templates(weights, (c, h, w), images.classes, title=title))
    return {
        **report(run, model, test, history),
        "rim_colour": {name: dict(zip("rgb", rim, strict=False)) for name, rim in rims.items()},
        "bluest_at_the_rim": bluest,
    }


def rim_colour(weights: Array, shape: tuple[int, int, int]) -> Array:
    """The mean weight of each channel over the outer pixels of each template, (units, c)."""
    pictures = weights.reshape(-1, *shape)
    outside = np.ones(shape[1:], bool)
    outside[RIM:-RIM, RIM:-RIM] = False
    return np.asarray(pictures[:, :, outside].mean(2))
