"""Where the C++ and Cython sources are: `tinynn show`, the stepper and the workshop read them at run time.

A wheel carries csrc/ and src/ inside this folder, copied there by setup.py. In a checkout, and so in an
editable install, they stand at the root of the project; there is never a second copy to go stale.
"""

from __future__ import annotations

from pathlib import Path

from tinynn.errors import BackendError

_HERE = Path(__file__).parent


def root() -> Path:
    """The directory that holds csrc/ and src/.

    Raises
    ------
    BackendError
        Somebody took the sources away.
    """
    for place in (_HERE, _HERE.parents[1]):
        if (place / "csrc" / "kernels.def").is_file():
            return place
    raise BackendError(
        f"sources: no csrc/ in {_HERE} nor in {_HERE.parents[1]}; needed to show a kernel's source; "
        "try installing tinynn again"
    )
