"""What a submission may use: its own loops, elementary mathematics, and of NumPy what the exercise allows.

Checked by reading the source, before anything is compiled (policy_python.py, policy_cython.py,
policy_cpp.py), and for C++ again in the symbols of the library. Who hides a call behind three layers of
tricks can get past a reader of sources; the sandbox then still hides tinynn's kernels and the answers, and
a teacher still reads what is handed in.
"""

from __future__ import annotations

from tinynn.workshop.contract import Exercise
from tinynn.workshop.policy_cpp import of_cpp
from tinynn.workshop.policy_cython import of_cython
from tinynn.workshop.policy_python import of_python

MOST_BYTES = 200_000
READERS = {"numpy": of_python, "cython": of_cython, "cpp": of_cpp}


def objections(exercise: Exercise, language: str, text: str) -> list[str]:
    """What the source uses and may not; empty where all is well."""
    if len(text) > MOST_BYTES:
        return [f"the file has {len(text)} characters; at most {MOST_BYTES} are read"]
    banned = frozenset(exercise.forbidden.get(language, ()))
    return list(dict.fromkeys(READERS[language](text, banned)))
