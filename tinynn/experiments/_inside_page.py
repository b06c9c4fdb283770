"""What is inside a classifier, for its page: hidden units with their bars, the first convolution at work."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import data, nn, report
from tinynn import functional as F
from tinynn.autograd import Array, no_grad
from tinynn.experiments.registry import Run
from tinynn.tensor import Tensor
from tinynn.train.evaluate import evaluation_mode

PICTURES = 5  # with their gradients, on the page of a convolution


def some_of_each(test: data.DataLoader, each: int = 2) -> tuple[Array, Array, Array]:
    """The first test images of every class: as they are, their labels, and as the net gets them."""
    found = test.dataset
    chosen = np.concatenate([np.flatnonzero(found.labels == k)[:each] for k in range(len(found.classes))])
    few = data.DataLoader(found[chosen], len(chosen), shuffle=False, normalize=test.normalize)
    return found.images[chosen], found.labels[chosen], np.asarray(next(iter(few))[0])


def show_templates(run: Run, layer: Any, test: data.DataLoader) -> None:
    """Put the templates of a net without a hidden layer on the page, with two test images of each class."""
    w, b, classes = layer.weight.data, layer.bias.data, test.dataset.classes
    images, labels, inputs = some_of_each(test)
    run.show(lambda: report.templates(w, b, images, inputs, labels, classes))


def show_hidden(run: Run, model: nn.Sequential, test: data.DataLoader) -> None:
    """Put the only hidden layer of a dense net on the page: (0) flatten, (1) hidden, (2) scores."""
    layers: list[Any] = list(model)
    flatten, first, second = layers
    images, labels, inputs = some_of_each(test)
    with no_grad():
        activity = np.asarray(first(flatten(inputs)))
    shape, classes = test.dataset.shape, test.dataset.classes
    filters = np.asarray(first.weight).reshape(-1, *shape)
    v, c = np.asarray(second.weight), np.asarray(second.bias)
    run.show(lambda: report.hidden(filters, v, c, activity, images, labels, classes))


def show_convolution(run: Run, model: nn.Sequential, test: data.DataLoader) -> None:
    """Put the first convolution on the page, with what comes back to it, and the maps of every layer."""

    def block() -> report.Block:
        images, labels, inputs = (a[:PICTURES] for a in some_of_each(test, each=1))
        first: Any = model[0]
        w, b = np.asarray(first.weight), None if first.bias is None else np.asarray(first.bias)
        dy, dw, dx = coming_back(model, inputs, labels)
        names = [test.dataset.classes[label] for label in labels]
        bias, padding = np.zeros(len(w)) if b is None else b, first.padding
        return report.convolution(
            w, bias, inputs, images, names, dy, dw, dx, maps_of(model, inputs), padding=padding
        )

    run.show(block)


def coming_back(model: nn.Sequential, x: Array, labels: Array) -> tuple[Array, Array, Array]:
    """dy (n, o, oh, ow) of each image's loss by what the first convolution says, dw (n, o, c, kh, kw) and dx.

    The layer does convolution, activation and max-pool in one pass; here they are taken one by one.
    """
    first: Any = model[0]
    how = {"padding": first.padding, "stride": first.stride}
    w, b = np.asarray(first.weight), None if first.bias is None else np.asarray(first.bias)
    y = Tensor(np.asarray(F.conv2d(x, w, b, **how)), requires_grad=True)
    with evaluation_mode(model):
        h = F.activation(y, activation=first.activation, alpha=first.alpha)
        h = h if first.max_pool is None else F.max_pool2d(h, first.max_pool)
        for layer in list(model)[1:]:
            h = layer(h)
    F.cross_entropy(h, labels, reduction="sum").backward()  # each image has the gradient of its own loss
    dy = np.asarray(y.grad)
    dw, dx = [], []
    for one, back in zip(x, dy, strict=True):
        kernel, image = (Tensor(a.copy(), requires_grad=True) for a in (w, one[None]))
        F.conv2d(image, kernel, **how).backward(np.ascontiguousarray(back[None]))
        dw.append(np.asarray(kernel.grad))
        dx.append(np.asarray(image.grad)[0])
    return dy, np.stack(dw), np.stack(dx)


def maps_of(model: nn.Sequential, x: Array) -> dict[str, Array]:
    """Layer -> maps (n, channels, h, w), each after its normalisation, activation and pooling."""
    found: dict[str, Array] = {}
    convolutions = 0
    with evaluation_mode(model), no_grad():
        h: Any = x
        for layer in model:
            h = layer(h)
            if h.ndim != 4:
                break
            convolutions += isinstance(layer, nn.Conv2d)
            found[f"convolution {convolutions}"] = np.asarray(h)
    return found
