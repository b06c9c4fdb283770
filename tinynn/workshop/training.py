"""train: a net learns with the learner's kernel in the place of tinynn's.

The kernel runs in a process of its own, as when it is checked; every call of it is counted, and tinynn's own
kernel is not asked for what the learner gives. What the net has learned is drawn, with the name of the
learner's function over it.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from tinynn import data, nn, optim, random, viz
from tinynn import functional as F
from tinynn.autograd import no_grad
from tinynn.backends import rung, use_kernel
from tinynn.errors import ArgumentError, DataError, NonFiniteError
from tinynn.train import fit
from tinynn.train.evaluate import evaluate
from tinynn.workshop.compilers import need_compiler
from tinynn.workshop.contract import LANGUAGE_NAMES
from tinynn.workshop.crashes import explain
from tinynn.workshop.folder import Folder
from tinynn.workshop.handed import Handed
from tinynn.workshop.judge import ready
from tinynn.workshop.load import practice
from tinynn.workshop.nets import FOLDS, for_digits, for_the_plane, pictures, recipe
from tinynn.workshop.policy import objections
from tinynn.workshop.practice import Practice
from tinynn.workshop.sandbox import Sandbox, Stopped

GOAL = 0.97  # of the test digits, or of the points of the spiral
FIGURE = "training.png"


@dataclass
class Trained:
    """What `tinynn workshop train` says.

    Attributes
    ----------
    passed : bool
        Whether the net reached the goal.
    test_accuracy : float or None
        A fraction; of the fold, of the points it learned from. None where it could not be trained to the end.
    kernels : list of str
        The kernels of tinynn in whose place the learner's stood.
    calls : int
        How often the learner's kernel ran.
    stopped : str or None
        Why it did not go on.
    """

    exercise: str
    language: str
    function: str
    dataset: str
    synthetic: bool
    seed: int
    goal: float = GOAL
    passed: bool = False
    test_accuracy: float | None = None
    epochs: int = 0
    steps: int = 0
    kernels: list[str] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0
    kernel_seconds: float = 0.0
    stopped: str | None = None
    figure: str | None = None
    not_contained: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def train(
    folder: Folder,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    fold: bool = False,
    synthetic: bool = False,
    epochs: int | None = None,
    seed: int = 0,
    out: Path | None = None,
    **sandbox: Any,
) -> Trained:
    """Train a net with the kernel of a folder.

    Raises
    ------
    ArgumentError
        The exercise takes part in no training, or in none of this kind.
    BackendError
        The compiler is missing.
    """
    exercise, taken = folder.exercise, practice(folder.exercise)
    fold = where(exercise.name, taken, fold)
    need_compiler(exercise, folder.language)
    sets = (data.spirals(),) * 2 if fold else digits(data_dir, synthetic, seed, taken.net)
    found = Trained(
        exercise.name, folder.language, exercise.function, sets[0].name, bool(sets[0].synthetic), seed
    )
    text = folder.text()
    if said := objections(exercise, folder.language, text):
        found.stopped = said[0]
        return found
    sandbox = {"hide": (str(folder.path.resolve()),), "seconds": 36_000.0, "optimise": True, **sandbox}
    with Sandbox(exercise, folder.language, text, **sandbox) as box:
        try:
            ready(box)
            model = learn(found, taken, Handed(exercise, box), sets, fold, epochs)
            drawn = draw(found, taken, model, sets[0], fold, folder.source.name)
            found.figure = str(saved(found, drawn, fold, out or folder.path))
        except Stopped as stop:
            found.stopped = explain(stop, [])[0]
        except NonFiniteError as error:
            found.stopped = f"the training broke off: {error}"
        found.not_contained = box.not_contained
    return found


def where(name: str, taken: Practice, fold: bool) -> bool:
    """Whether it is to fold the plane; raises where it cannot do what was asked."""
    if not taken.net:
        raise ArgumentError(f"workshop: {name} takes part in no training: {taken.why_not}")
    if fold and taken.net not in FOLDS:
        raise ArgumentError(f"workshop: {name} cannot fold the plane: no such kernel there; leave out --fold")
    return fold or taken.net == "fold"


def digits(data_dir: Any, synthetic: bool, seed: int, net: str) -> tuple[Any, Any]:
    """MNIST, or, where asked for, digits that are generated."""
    if synthetic:
        return data.synthetic_like("mnist", seed=seed)
    try:
        return data.mnist(data_dir)
    except DataError as error:
        ways = "--fold or --synthetic" if net in FOLDS else "--synthetic"
        raise DataError(f"{error}, or go on without data: {ways}") from None


def learn(
    found: Trained, taken: Practice, mine: Handed, sets: Any, fold: bool, epochs: int | None
) -> nn.Sequential:
    """Train with the learner's kernel in place; enters what came of it."""
    assert taken.joins is not None
    random.manual_seed(found.seed)
    model = for_the_plane(taken.net) if fold else for_digits(taken.net)
    rule, own = recipe(taken.net, fold)
    epochs = epochs or own
    batch = len(sets[0]) if fold else 64
    schedule = optim.LinearLR(rule, 1.0, 0.0, total_iters=epochs * -(-len(sets[0]) // batch))
    swapped = taken.joins(mine, rung("native") or rung("numpy"))
    found.kernels = list(swapped)
    began = perf_counter()
    with ExitStack() as stack:
        for name, kernel in swapped.items():
            stack.enter_context(use_kernel(name, kernel))
        try:
            history = fit(
                model,
                sets[0],
                loss=F.cross_entropy,
                optimizer=rule,
                epochs=epochs,
                batch_size=batch,
                schedule=schedule,
                seed=found.seed,
            )
            measured = evaluate(model, sets[1], loss=F.cross_entropy)
            found.test_accuracy = round(float(measured["accuracy"]), 6)
            found.epochs, found.steps = history.epochs, history.steps
        finally:
            found.calls, found.kernel_seconds = mine.calls, round(mine.seconds, 3)
            found.seconds = round(perf_counter() - began, 3)
    found.passed = found.test_accuracy >= GOAL and mine.calls > 0
    return model


def draw(found: Trained, taken: Practice, model: nn.Sequential, points: Any, fold: bool, source: str) -> Any:
    """What was learned, as a picture; the learner's function stands in its title."""
    language = LANGUAGE_NAMES[found.language]
    by = f"{found.function} of {source}, in {language}, called {found.calls:,} times"
    title = f"{found.test_accuracy:.1%} of {found.dataset}, learned with\n{by}"
    if fold:

        def predict(places: Any) -> Any:
            with no_grad():
                logits = model(np.asarray(places, np.float32)).numpy()
            return F.softmax(logits)

        return viz.decision_regions(predict, points.x, points.y, title=title)
    w, shape = pictures(taken.net, model)
    return viz.weight_templates(w, shape, shared_scale=False, title=title)


def saved(found: Trained, drawn: Any, fold: bool, out: Path) -> Path:
    """The picture as a file; it says where the digits were generated."""
    out.mkdir(parents=True, exist_ok=True)
    note = f"{found.dataset.upper()}: not the real set" if found.synthetic and not fold else ""
    viz.save(drawn, out / FIGURE, note=note)
    return out / FIGURE
