"""Update rules, one a file, and schedules."""

from tinynn.optim.adagrad import Adagrad
from tinynn.optim.adam import Adam
from tinynn.optim.adamw import AdamW
from tinynn.optim.optimizer import Optimizer
from tinynn.optim.rmsprop import RMSprop
from tinynn.optim.schedules import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    Schedule,
    StepLR,
    WarmupLR,
)
from tinynn.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "Optimizer",
    "RMSprop",
    "Schedule",
    "StepLR",
    "WarmupLR",
]
