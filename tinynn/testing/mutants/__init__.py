"""The bank of wrong backward rules: the mistakes that people make, applied to the shipped kernels.

A mutant is a function of the right kernel and its arguments. It is swapped in by `use_kernel`, so no
mutant needs a build, and each runs against the rows of its op alone. The battery must kill every one;
the workshop tells a learner which of them an answer equals.

bank.py     what a mutant is, and the list
dense.py    linear, maxout, matmul, activations
losses.py   softmax and the losses
conv.py     convolution, its transpose, the fused max-pool
pool.py     pooling
norm.py     batch and layer normalisation
others.py   reductions, element-wise, gather, dropout
run.py      mutants against battery: `python -m tinynn.testing.mutants`
"""

from tinynn.testing.mutants import conv, dense, losses, norm, others, pool
from tinynn.testing.mutants.bank import MUTANTS, Mutant

__all__ = ["MUTANTS", "Mutant", "conv", "dense", "losses", "norm", "others", "pool"]
