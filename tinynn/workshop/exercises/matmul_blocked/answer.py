"""matmul-blocked: c = a b, block by block."""

T = 64  # a block of 64 x 64 doubles is 32 KB


def matmul_blocked(a, b, c):
    """a (m, k), b (k, n): write the product to c (m, n)."""
    c[...] = 0
    for start in range(0, b.shape[0], T):
        for j in range(0, c.shape[1], T):
            part = b[start : start + T, j : j + T]
            for i in range(0, c.shape[0], T):
                block = c[i : i + T, j : j + T]
                for place, row in enumerate(part, start):
                    block += a[i : i + T, place, None] * row
