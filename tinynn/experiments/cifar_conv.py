"""cifar-conv: a convnet on CIFAR-10, past 79 % in a minute or two, and as far as a CPU goes within the hour.

Every block is: 3 x 3 convolution (with max-pool in the same pass), batch normalisation, ReLU. The training
images are shifted by up to 4 pixels and every second one is mirrored, so that no epoch shows the same pixels.

Sources: Ioffe, Szegedy, "Batch normalization" (2015); Smith, Topin, "Super-convergence" (2018);
Szegedy et al., "Rethinking the Inception architecture" (2016), for label smoothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinynn import data, nn
from tinynn.experiments._classification import draw_kernels, learn, loaders, report
from tinynn.experiments._inside_page import show_convolution
from tinynn.experiments.registry import Metrics, Run, experiment


@dataclass(frozen=True)
class Recipe:
    """A net, as (channels, pool) per block, and how it is trained."""

    blocks: tuple[tuple[int, int | None], ...]
    epochs: int
    lr: float
    weight_decay: float
    cutout: int = 0
    everywhere: bool = False  # the last layer sees of each map only its largest value, wherever that is


RECIPES = {
    "quick": Recipe(((32, 2), (64, 2), (128, 2)), epochs=6, lr=0.2, weight_decay=5e-4),
    "long": Recipe(
        ((48, None), (64, 2), (96, None), (128, 2), (192, None), (256, 2)),
        epochs=16,
        lr=0.15,
        weight_decay=5e-4,
        cutout=8,
        everywhere=True,
    ),
}


@experiment(
    "cifar-conv",
    "a convnet: kernels, feature maps, and how far a CPU gets",
    dataset="cifar10",
    recipes={name: recipe.epochs for name, recipe in RECIPES.items()},
)
def run(run: Run) -> Metrics:
    images, test_images = run.load()
    recipe = RECIPES[run.recipe or "quick"]
    augment = data.Augment(crop=4, flip=True, cutout=recipe.cutout)
    train, test = loaders(images, test_images, batch_size=128, normalize=True, augment=augment)
    model = convnet(recipe, images.shape, len(images.classes))
    history = learn(
        run,
        model,
        train,
        test,
        lr=recipe.lr,
        momentum=0.9,
        weight_decay=recipe.weight_decay,
        label_smoothing=0.1,
        one_cycle=True,
    )
    show_convolution(run, model, test)
    draw_kernels(run, model, next(iter(test))[0][0])
    return report(run, model, test, history)


def convnet(recipe: Recipe, shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """The blocks, then a linear layer over the maps they leave."""
    channels, (h, w) = shape[0], shape[1:]
    layers: list[nn.Module] = []
    for width, pool in recipe.blocks:
        layers += [
            nn.Conv2d(channels, width, 3, padding=1, bias=False, max_pool=pool),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        channels, h, w = width, h // (pool or 1), w // (pool or 1)
    if recipe.everywhere:
        layers.append(nn.GlobalMaxPool2d())
        h = w = 1
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * h * w, classes))
