"""Update rules, one a file, and schedules."""

from tinynn.optim.adam import Adam
from tinynn.optim.optimizer import Optimizer
from tinynn.optim.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]
