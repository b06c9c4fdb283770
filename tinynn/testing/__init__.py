"""How tinynn is trusted: the table of ops, the battery over it, and the mutants that test the battery.

case.py        OpCase: what a row of the table says
op_cases.py    THE TABLE: one row per op and variant; an op without a row fails the build
battery.py     the checks: forward, gradient, adjoint, layouts, precision, rungs, threads
kernel_cases.py and kernel_battery.py   the same for what only kernels promise: `out`, `accumulate`, `needs`
targets.py     the table on every instruction set of this machine
mutants.py     a bank of wrong backward rules; `python -m tinynn.testing.mutants` shows which check kills each
"""

from tinynn.testing.case import OpCase, Sample
from tinynn.testing.op_cases import CASES, case

__all__ = ["CASES", "OpCase", "Sample", "case"]
