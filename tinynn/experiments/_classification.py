"""What the experiments on pictures share: train a net, then look at what it takes for what.

m test images   c classes. Probabilities are softmax(logits), (m, c).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from tinynn import data, nn, optim, viz
from tinynn import functional as F
from tinynn import report as page
from tinynn.autograd import Array
from tinynn.experiments._inside_page import maps_of
from tinynn.experiments.first_step import about_to_train
from tinynn.experiments.registry import Metrics, Run
from tinynn.train import History, fit, predict
from tinynn.train.metrics import confusion_matrix, largest_confusions, per_class
from tinynn.viz.confusion import top_samples
from tinynn.viz.mistakes import most_confident_mistakes


def dense_net(sizes: Sequence[int], activation: str = "relu") -> nn.Sequential:
    """Flatten, then linear layers of these sizes with the activation between them.

    Examples
    --------
    >>> dense_net([784, 10])
    Sequential(
      (0): Flatten()
      (1): Linear(784, 10)
    )
    """
    layers: list[nn.Module] = [nn.Flatten()]
    for i, (k, n) in enumerate(pairwise(sizes)):
        last = i == len(sizes) - 2
        layers.append(nn.Linear(k, n, activation="identity" if last else activation))
    return nn.Sequential(*layers)


def learn(
    run: Run,
    model: nn.Module,
    train: data.DataLoader,
    test: data.DataLoader,
    *,
    lr: float,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    label_smoothing: float = 0.0,
    one_cycle: bool = False,
) -> History:
    """Cross-entropy by SGD for the run's epochs, the learning rate on a straight line from `lr` to 0.

    With `one_cycle` it first rises to `lr`, as deep nets need, and the momentum is Nesterov's.
    """
    epochs = run.epochs or 1
    steps = epochs * len(train)
    optimizer = optim.SGD(lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=one_cycle)
    schedule = (
        optim.OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
        if one_cycle
        else optim.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    )
    loss = partial(F.cross_entropy, label_smoothing=label_smoothing)
    about_to_train(model, loss, optimizer, train)
    history = fit(
        model,
        train,
        validation=test,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        schedule=schedule,
    )
    run.steps += history.steps
    return history


def loaders(
    train: data.Dataset,
    test: data.Dataset,
    batch_size: int,
    *,
    normalize: bool = False,
    augment: data.Augment | None = None,
) -> tuple[data.DataLoader, data.DataLoader]:
    """Both sets in batches; with `normalize`, every channel has mean 0 and variance 1 in the first."""
    normal = data.normalization(train) if normalize else None
    return (
        data.DataLoader(train, batch_size, normalize=normal, augment=augment),
        data.DataLoader(test, 1000, shuffle=False, normalize=normal),
    )


def report(run: Run, model: nn.Module, test: data.DataLoader, history: History) -> Metrics:
    """The figures of a trained classifier, and its pictures: curves, confusions, samples, mistakes."""
    images, labels, classes = test.dataset.images, test.dataset.labels, test.dataset.classes
    p = np.asarray(F.softmax(predict(model, test)))
    matrix = confusion_matrix(labels, p.argmax(1), p.shape[1])
    curves = {name.replace("validation", "test"): values for name, values in history.items()}
    run.save("loss", viz.loss_curves(curves))
    run.save("confusion", viz.confusion_matrix(matrix, classes))
    run.save("confusion_samples", viz.confusion_grid(images, labels, p, classes))
    run.save("mistakes", viz.mistakes(images, labels, p, classes))
    run.show(lambda: page.confusion(images, labels, p, classes))
    return {
        "test_accuracy": float((p.argmax(1) == labels).mean()),
        "parameters": sum(w.size for w in model.parameters()),
        "history": history,
        "classes": classes,
        "per_class": per_class(matrix, classes),
        "confusion_rows_actual_columns_predicted": matrix,
        "largest_confusions": largest_confusions(matrix, classes),
        "top_samples": top_of_each_cell(matrix, labels, p, classes),
        "mistakes": surest_mistakes(labels, p, classes),
    }


def top_of_each_cell(matrix: Array, labels: Array, p: Array, classes: Sequence[str]) -> list[Metrics]:
    """For every cell that is not empty: how many, and the test image the net was surest of."""
    return [
        {
            "actual": classes[i],
            "predicted": classes[j],
            "count": int(matrix[i, j]),
            "image": index,
            "probability": float(p[index, j]),
        }
        for (i, j), index in sorted(top_samples(labels, p).items())
    ]


def surest_mistakes(labels: Array, p: Array, classes: Sequence[str], most: int = 20) -> list[Metrics]:
    """The mistakes the net was surest of: what it said, what it should have said, and their probabilities."""
    said = p.argmax(1)
    return [
        {
            "image": int(i),
            "actual": classes[labels[i]],
            "predicted": classes[said[i]],
            "probability": float(p[i, said[i]]),
            "probability_of_actual": float(p[i, labels[i]]),
        }
        for i in most_confident_mistakes(labels, p, most)
    ]


def draw_kernels(run: Run, model: nn.Sequential, picture: Array) -> None:
    """Save the kernels of the first convolution, and what each convolution makes of one picture (c, h, w).

    A layer's maps are taken after all that follows it (normalisation, activation, pooling).
    """
    first = next(layer for layer in model if isinstance(layer, nn.Conv2d))
    o, c, kh, kw = first.weight.shape
    kernels = first.weight.data.reshape(o, -1)
    title = f"The {o} kernels of the first layer, {kh} x {kw}"
    filters = viz.weight_templates(kernels, (c, kh, kw), columns=8, shared_scale=False, title=title)
    run.save("filters", filters)
    maps = {name: found[0] for name, found in maps_of(model, picture[None]).items()}
    run.save("feature_maps", viz.feature_maps(picture, maps))


def rows_of(layer: Any) -> Array:
    """The weights of a linear layer, (units, inputs)."""
    w: Array = layer.weight.data
    return w
