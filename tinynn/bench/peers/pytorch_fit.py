"""PyTorch's side of a race: the eager loop, channels last, augmentation on whole batches in memory.

The images lie in memory as bytes, padded once; a batch is one indexing, one mirroring, one conversion.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tinynn import data
from tinynn.bench.peers.pytorch import FUSED_FROM
from tinynn.bench.recipes import Recipe


def _mlp() -> Any:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    )


def _lenet() -> Any:
    blocks: list[Any] = []
    for c, o in ((1, 16), (16, 32)):
        blocks += [nn.Conv2d(c, o, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(512, 10))


def _convnet() -> Any:
    blocks: list[Any] = []
    for c, o in ((3, 32), (32, 64), (64, 128)):
        blocks += [nn.Conv2d(c, o, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(o)]
        blocks += [nn.ReLU(inplace=True)]
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(2048, 10))


NETS = {"mnist-mlp": _mlp, "mnist-conv": _lenet, "cifar-conv": _convnet}


class FitSide:
    """A net in training. `run(epochs)` trains and returns the test accuracy."""

    version = str(torch.__version__)

    def __init__(self, recipe: Recipe, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.recipe = recipe
        train, test = data.mnist() if recipe.dataset == "mnist" else data.cifar10()
        mean, std = data.normalization(train) if recipe.normalize else (np.zeros(1), np.ones(1))
        # (x / 255 - mean) / std in one multiplication and one addition
        self.scale, self.shift = (
            torch.tensor(v, dtype=torch.float32)[:, None, None] for v in (1 / (255 * std), -mean / std)
        )
        rim = (0, 0), (0, 0), (recipe.crop,) * 2, (recipe.crop,) * 2
        self.x = torch.from_numpy(np.pad(train.images, rim, mode="reflect") if recipe.crop else train.images)
        self.y, self.size = torch.from_numpy(np.array(train.labels)), train.images.shape[2:]
        self.test_x = self.as_floats(torch.from_numpy(np.array(test.images)))
        self.test_y = torch.from_numpy(np.array(test.labels))
        self.model = NETS[recipe.name]().to(memory_format=torch.channels_last)
        big = sum(p.numel() for p in self.model.parameters()) >= FUSED_FROM
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=recipe.lr,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
            nesterov=recipe.one_cycle,
            **({"fused": True} if big else {"foreach": False}),
        )
        steps = recipe.epochs * -(-len(self.x) // recipe.batch)
        schedules = torch.optim.lr_scheduler
        self.schedule: Any = (
            schedules.OneCycleLR(self.optimizer, recipe.lr, total_steps=steps, cycle_momentum=False)
            if recipe.one_cycle
            else schedules.LinearLR(self.optimizer, 1.0, 0.0, total_iters=steps)
        )

    def as_floats(self, x: Any) -> Any:
        return torch.addcmul(self.shift, x, self.scale).contiguous(memory_format=torch.channels_last)

    def batch(self, rows: Any) -> Any:
        """(n, c, h, w): shifted, mirrored, as floats."""
        recipe, x = self.recipe, self.x
        if recipe.crop:
            h, w = self.size
            windows = x.unfold(2, h, 1).unfold(3, w, 1)  # (images, c, shifts, shifts, h, w), a view
            top, left = torch.randint(0, 2 * recipe.crop + 1, (2, len(rows)))
            x = windows[rows, :, top, left]
        else:
            x = x[rows]
        if recipe.flip:
            x = torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)
        return self.as_floats(x)

    def run(self, epochs: int) -> float:
        for _ in range(epochs):
            self.model.train()
            for rows in torch.randperm(len(self.x)).split(self.recipe.batch):
                y = self.model(self.batch(rows))
                F.cross_entropy(y, self.y[rows], label_smoothing=self.recipe.label_smoothing).backward()
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.schedule.step()
        self.model.eval()
        with torch.no_grad():
            right = [
                (self.model(x).argmax(1) == y).sum()
                for x, y in zip(self.test_x.split(1000), self.test_y.split(1000), strict=True)
            ]
        return float(sum(right)) / len(self.test_y)
