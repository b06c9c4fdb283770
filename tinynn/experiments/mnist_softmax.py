"""mnist-softmax: 784-10, the smallest classifier of digits, and its ten templates."""

from __future__ import annotations

from tinynn import functional as F
from tinynn import nn, optim
from tinynn.experiments.registry import Metrics, Run, experiment
from tinynn.train import fit


@experiment("mnist-softmax", "784-10: each class is one picture of weights", dataset="mnist", epochs=5)
def run(run: Run) -> Metrics:
    train, test = run.load()
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    history = fit(
        model,
        train,
        validation=test,
        loss=F.cross_entropy,
        optimizer=optim.SGD(lr=0.1),
        epochs=run.epochs or 5,
        seed=run.seed,
    )
    run.steps = history.steps
    return {"test_accuracy": history["validation_accuracy"][-1], "history": history}
