"""The workshop: write a kernel yourself, compiled if you like, and be told which mistake you made.

An exercise is one folder under exercises/; docs/workshop.md says how to use them and how to add one.

contract.py    what an exercise says of itself: arguments, oracle, wrong rules
load.py        the exercises that are there
folder.py      the folder of a learner
compilers.py   the compilers of this machine
policy.py      what a submission may not use: policy_python.py, policy_cython.py, policy_cpp.py
battery.py     on what it is tried
sandbox.py     the near side of the process it runs in; inside/ is the far side
compare.py     where it differs from the oracle
generic.py     mistakes that any kernel can contain
diagnose.py    which mistake it is
judge.py       all of that in order; say.py puts it in words
practice.py    where an exercise is trained with, and how it is timed
products.py    what the matrix products share; windows.py: the convolutions
handed.py      a learner's kernel as a function of arrays
training.py    a net that learns with it; nets.py are the nets
clock.py       its time beside that of others
roster.py      a class; sheet.py and adapters.py are its grades in other words
hunt.py        a mistake that is planted in a kernel, to be found
"""

from tinynn.workshop.contract import Exercise
from tinynn.workshop.folder import Folder, opened, start
from tinynn.workshop.judge import Report, check_source
from tinynn.workshop.load import all_exercises, answer, exercise, starter

__all__ = [
    "Exercise",
    "Folder",
    "Report",
    "all_exercises",
    "answer",
    "check",
    "check_source",
    "exercise",
    "opened",
    "start",
    "starter",
]


def check(folder: Folder, seed: int, sanitize: bool = False) -> Report:
    """Judge what a learner wrote: see check_source. The folder itself stays out of the submission's sight."""
    return check_source(
        folder.exercise,
        folder.language,
        folder.text(),
        seed,
        hide=(str(folder.path.resolve()),),
        sanitize=sanitize,
    )
