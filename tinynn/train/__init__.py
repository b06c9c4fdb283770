"""Training: `fit` is the loop; the other files are what it calls."""

from tinynn.train.evaluate import evaluate, predict
from tinynn.train.fit import fit
from tinynn.train.history import History

__all__ = ["History", "evaluate", "fit", "predict"]
