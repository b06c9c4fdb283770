"""matmul-packed: c = a b; each block of b is copied to a place of its own first."""

import numpy as np

T = 64


def matmul_packed(a, b, c):
    """a (m, k), b (k, n): write the product to c (m, n)."""
    c[...] = 0
    packed = np.empty((T, T), b.dtype)
    for start in range(0, b.shape[0], T):
        for j in range(0, c.shape[1], T):
            part = b[start : start + T, j : j + T]
            deep, wide = part.shape
            packed[:deep, :wide] = part
            for i in range(0, c.shape[0], T):
                block = c[i : i + T, j : j + T]
                for row in range(deep):
                    block += a[i : i + T, start + row, None] * packed[row, :wide]
