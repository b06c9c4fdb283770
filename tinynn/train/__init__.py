"""Training: `fit` is the loop; the other files are what it calls.

fit.py         THE LOOP
setup.py batches.py     its arguments, checked and put together
guard.py       a step that goes wrong is stopped, explained and undone
tally.py metrics.py history.py      the figures
training.py callbacks.py            what else happens meanwhile; early stopping
checkpoint.py files.py              safetensors, written atomically
evaluate.py    the model as it is
"""

from tinynn.train.callbacks import Callback, EarlyStopping
from tinynn.train.evaluate import evaluate, predict
from tinynn.train.files import load, save
from tinynn.train.fit import fit
from tinynn.train.history import History
from tinynn.train.training import Training

__all__ = ["Callback", "EarlyStopping", "History", "Training", "evaluate", "fit", "load", "predict", "save"]
