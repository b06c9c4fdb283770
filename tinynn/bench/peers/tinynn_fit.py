"""tinynn's side of a race: `tn.fit`, an epoch at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.bench.recipes import Recipe
from tinynn.experiments._classification import dense_net, loaders
from tinynn.experiments.cifar_conv import RECIPES, convnet
from tinynn.experiments.mnist_conv import lenet
from tinynn.train import History, evaluate, fit

NETS: dict[str, Callable[[], nn.Module]] = {
    "mnist-mlp": lambda: dense_net([784, 256, 128, 10]),
    "mnist-conv": lambda: lenet((1, 28, 28), 10),
    "cifar-conv": lambda: convnet(RECIPES["quick"], (3, 32, 32), 10),
}


class FitSide:
    """A net in training. `run(epochs)` trains and returns the test accuracy."""

    def __init__(self, recipe: Recipe, threads: int) -> None:
        tn.set_num_threads(threads)
        tn.manual_seed(0)
        self.version = tn.__version__
        sets = data.mnist() if recipe.dataset == "mnist" else data.cifar10()
        augment = data.Augment(crop=recipe.crop, flip=recipe.flip) if recipe.crop or recipe.flip else None
        self.train, self.test = loaders(
            *sets, batch_size=recipe.batch, normalize=recipe.normalize, augment=augment
        )
        self.model = NETS[recipe.name]()
        self.optimizer = optim.SGD(
            lr=recipe.lr,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
            nesterov=recipe.one_cycle,
        )
        steps = recipe.epochs * len(self.train)
        self.schedule = (
            optim.OneCycleLR(self.optimizer, max_lr=recipe.lr, total_steps=steps)
            if recipe.one_cycle
            else optim.LinearLR(self.optimizer, 1.0, 0.0, total_iters=steps)
        )
        self.loss = partial(F.cross_entropy, label_smoothing=recipe.label_smoothing)
        self.history = History()

    def run(self, epochs: int) -> float:
        fit(
            self.model,
            self.train,
            loss=self.loss,
            optimizer=self.optimizer,
            schedule=self.schedule,
            epochs=self.history.epochs + epochs,
            history=self.history,
            progress=False,
        )
        return float(evaluate(self.model, self.test, loss=self.loss)["accuracy"])
