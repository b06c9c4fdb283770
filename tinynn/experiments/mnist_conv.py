"""mnist-conv: a small LeNet. The same 5 x 5 weights are used at every place of a digit.

Net: conv 1-16 5x5, ReLU, max-pool 2, conv 16-32 5x5, ReLU, max-pool 2, linear 512-10; 18,378 parameters,
a thirteenth of mnist-mlp's. Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to
document recognition" (1998).
"""

from __future__ import annotations

from tinynn import data, nn
from tinynn.experiments._classification import draw_kernels, learn, loaders, report
from tinynn.experiments._inside_page import show_convolution
from tinynn.experiments.registry import Metrics, Run, experiment


@experiment("mnist-conv", "a small LeNet: the same weights at every place", dataset="mnist", epochs=10)
def run(run: Run) -> Metrics:
    images, test_images = run.load()
    train, test = loaders(images, test_images, batch_size=64, augment=data.Augment(crop=2))
    model = lenet(images.shape, len(images.classes))
    history = learn(run, model, train, test, lr=0.05, momentum=0.9, weight_decay=5e-4)
    show_convolution(run, model, test)
    draw_kernels(run, model, next(iter(test))[0][0])
    return report(run, model, test, history)


def lenet(shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """Two convolutions, each with ReLU and max-pool in one pass, and a linear layer over what they found."""
    c, h, w = shape
    left = [((size - 4) // 2 - 4) // 2 for size in (h, w)]
    return nn.Sequential(
        nn.Conv2d(c, 16, 5, activation="relu", max_pool=2),
        nn.Conv2d(16, 32, 5, activation="relu", max_pool=2),
        nn.Flatten(),
        nn.Linear(32 * left[0] * left[1], classes),
    )
