"""Nets that tell C from D: templates slid over the picture, and a fully connected one.

n pictures of h x w pixels   d detectors of k x k pixels
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.autograd import Array, no_grad
from tinynn.experiments.first_step import about_to_train

K, DETECTORS = 7, ("end of a line", "upper left corner", "lower left corner")


class TemplateNet(nn.Module):
    """Weighted sums in every window, a threshold, a sum over the picture; then C against D.

    fired = relu(conv(x, templates) - thresholds);  logits = (sum of fired over all places) A^T + b.

    The zeros around the picture let every window that touches it count, wherever the picture stands: so the
    sums, and the answer, are the same for every shift of it.
    """

    def __init__(self) -> None:
        self.templates = nn.Conv2d(1, len(DETECTORS), K, padding=K - 1, activation="relu")
        self.verdict = nn.Linear(len(DETECTORS), 2)
        # The sum runs over 1764 places: a verdict of the usual size would begin with huge scores, whose
        # gradient kills all templates in the first steps.
        self.verdict.weight.data *= 0.05
        self.templates.bias = nn.Parameter(np.zeros(len(DETECTORS), np.float32))
        self.verdict.bias = nn.Parameter(np.zeros(2, np.float32))

    def fired(self, x: Any) -> Any:
        """(n, d, h + k - 1, w + k - 1)."""
        return self.templates(x)

    def forward(self, x: Any) -> Any:
        return self.verdict(F.sum(self.fired(x), axis=(2, 3)))


def by_hand() -> TemplateNet:
    """The templates drawn by hand: an end that is reached from the left, and the two corners of a D."""
    y, x = np.mgrid[-3:4, -3:4]
    r = np.hypot(x, y)
    end = np.where(r <= 1.5, 1.0, 0.0) - np.where((r > 2.5) & (x > -2), 1.0, 0.0)  # ink here, none around
    corner = np.full((K, K), -0.5)
    corner[1:3, 1:] = corner[1:, 1:3] = 1.0
    net = TemplateNet()
    net.templates.weight.data[:, 0] = end, corner, corner[::-1]
    net.templates.bias = nn.Parameter([-4.5, -12.5, -12.5])  # the thresholds
    net.verdict.weight.data[:] = [[1, 0, 0], [0, 1, 1]]
    return net


def dense() -> nn.Sequential:
    """A weight for every pixel: it has to learn every place anew."""
    return nn.Sequential(nn.Flatten(), nn.Linear(36 * 36, 64, activation="relu"), nn.Linear(64, 2))


def learn(net: nn.Module, train: data.Dataset, *, epochs: int, seed: int) -> int:
    """Cross-entropy by AdamW, which lets fade what is not needed; returns the number of steps."""
    rule, steps = optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.3), 0
    about_to_train(net, F.cross_entropy, rule, data.DataLoader(train, 25, seed=seed))
    for _ in range(epochs):
        for x, y in data.DataLoader(train, 25, seed=seed):
            F.cross_entropy(net(x), y).backward()
            rule.step()
            rule.zero_grad()
            steps += 1
    return steps


def learn_templates(
    train: data.Dataset, *, epochs: int, seed: int, starts: int = 6
) -> tuple[TemplateNet, int]:
    """Learn from several starts a little, and from the one with the smallest training loss the rest.

    A template whose threshold is never reached has no gradient; where all three die, the net says nothing.
    """
    nets = [TemplateNet() for _ in range(starts)]
    first = max(epochs // 5, 1)
    steps = sum(learn(net, train, epochs=first, seed=seed) for net in nets)
    x = train.images.astype(np.float32) / 255
    with no_grad():
        losses = [float(F.cross_entropy(net(x), train.labels)) for net in nets]
    best = nets[int(np.argmin(losses))]
    return best, steps + learn(best, train, epochs=epochs - first, seed=seed)


def reach(images: Array) -> int:
    """By how many pixels all of these (n, 1, s, s) can be moved any way without losing ink."""
    ink = np.argwhere(images[:, 0].max(0))
    return int(min(ink.min(), images.shape[-1] - 1 - ink.max()))


def answers_over_shifts(net: nn.Module, images: Array, most: int) -> Array:
    """What the net says of every image at every shift, (2 most + 1, 2 most + 1, n)."""
    steps = range(-most, most + 1)
    x = images.astype(np.float32) / 255
    with no_grad():
        said = [[np.asarray(net(np.roll(x, (i, j), (2, 3)))).argmax(1) for j in steps] for i in steps]
    return np.array(said)


def fires(net: TemplateNet, images: Array) -> Array:
    """(n, d, h, w): how far each detector is above its threshold in the window around each pixel."""
    half = (K - 1) // 2
    with no_grad():
        fired = np.asarray(net.fired(images[:, None].astype(np.float32) / 255))
    h, w = images.shape[1:]
    return fired[:, :, half : half + h, half : half + w]


def sides(net: TemplateNet, images: Array) -> list[str]:
    """What each template speaks for, C or D; "silent" where all it says is less than a hundredth."""
    with no_grad():
        said = np.asarray(net.fired(images.astype(np.float32) / 255)).sum((2, 3)).mean(0)
    push = said * np.subtract(*net.verdict.weight.data)
    loud = np.abs(push) > 0.01 * np.abs(push).sum()
    return [
        f"speaks for {'C' if p > 0 else 'D'}" if heard else "silent"
        for p, heard in zip(push, loud, strict=True)
    ]
