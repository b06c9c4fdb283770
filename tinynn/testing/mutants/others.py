"""Wrong rules for maxout, matmul, reductions, element-wise functions, gather and dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.testing.mutants.bank import Decorator, Kernel, mutant


@mutant("maxout_backward", "every piece receives the gradient, not only the winner", "maxout")
def all_pieces(kernel: Kernel, dy: Any, x: Any, w: Any, arg: Any, **o: Any) -> Any:
    parts = [kernel(dy, x, w, np.full_like(arg, p), **o) for p in range(len(w))]
    return tuple(None if parts[0][i] is None else sum(part[i] for part in parts) for i in range(3))


@mutant("maxout_backward", "the first piece always wins", "maxout")
def first_piece(kernel: Kernel, dy: Any, x: Any, w: Any, arg: Any, **o: Any) -> Any:
    return kernel(dy, x, w, np.zeros_like(arg), **o)


@mutant("maxout_backward", "dx uses the weights of the next piece", "maxout")
def next_piece(kernel: Kernel, dy: Any, x: Any, w: Any, arg: Any, **o: Any) -> Any:
    return kernel(dy, x, np.roll(w, 1, axis=0), arg, **o)


@mutant("matmul", "dX for the wrong operand: a transposed product is not transposed", "matmul")
def untransposed(
    kernel: Kernel, a: Any, b: Any, *, transpose_a: bool = False, transpose_b: bool = False
) -> Any:
    if transpose_a and a.shape[-1] == a.shape[-2]:
        return kernel(a, b, transpose_b=transpose_b)
    return kernel(a, b, transpose_a=transpose_a, transpose_b=transpose_b)


@mutant("matmul", "the gradient of b forgets the last row of a", "matmul")
def short_sum(kernel: Kernel, a: Any, b: Any, *, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    if transpose_a:
        a = np.array(a)
        a[..., -1:, :] = 0
    return kernel(a, b, transpose_a=transpose_a, transpose_b=transpose_b)


@mutant("reduce_sum_backward", "the mean's 1/N is forgotten", "mean")
def scale_forgotten(kernel: Kernel, dy: Any, r: int, *, scale: float = 1.0) -> Any:
    return kernel(dy, r)


@mutant("reduce_sum_backward", "only the first element of the sum receives the gradient", "sum")
def first_element(kernel: Kernel, dy: Any, r: int, **o: Any) -> Any:
    dx = kernel(dy, r, **o)
    dx[:, 1:] = 0
    return dx


@mutant("reduce_max_backward", "every element receives the gradient, not only the largest", "max")
def not_only_the_largest(kernel: Kernel, dy: Any, arg: Any, r: int) -> Any:
    return np.repeat(dy[:, None], r, axis=1)


@mutant("reduce_max_backward", "the gradient goes to the neighbour of the largest", "max")
def neighbour(kernel: Kernel, dy: Any, arg: Any, r: int) -> Any:
    return kernel(dy, (arg + 1) % r, r)


def unary(op: str, mistake: str) -> Decorator:
    """A wrong rule for one formula; the others stay right."""

    def add(rule: Kernel) -> Kernel:
        def wrong(kernel: Kernel, dy: Any, x: Any, y: Any, **o: Any) -> Any:
            return rule(dy, x, y, **o).astype(x.dtype) if o["op"] == op else kernel(dy, x, y, **o)

        mutant("unary_backward", f"{op}: {mistake}", op)(wrong)
        return rule

    return add


@unary("exp", "exp' = x exp(x - 1), the power rule")
def power_rule_of_exp(dy: Any, x: Any, y: Any, **o: Any) -> Any:
    return dy * x * np.exp(x - 1)


@unary("log", "log' = 1 / y")
def log_of_y(dy: Any, x: Any, y: Any, **o: Any) -> Any:
    return dy / np.where(y == 0, 1, y)


@unary("sqrt", "sqrt' = 1 / y, the 2 forgotten")
def half_forgotten(dy: Any, x: Any, y: Any, **o: Any) -> Any:
    return dy / y


@unary("square", "square' = x, the 2 forgotten")
def two_of_square(dy: Any, x: Any, y: Any, **o: Any) -> Any:
    return dy * x


@unary("reciprocal", "(1/x)' without the minus")
def minus_forgotten(dy: Any, x: Any, y: Any, **o: Any) -> Any:
    return dy * y * y


@unary("abs", "abs' = 1")
def sign_forgotten(dy: Any, x: Any, y: Any, **o: Any) -> Any:
    return dy + 0 * x


@unary("cos", "cos' = sin, the minus forgotten")
def cos_sign(dy: Any, x: Any, y: Any, **o: Any) -> Any:
    return dy * np.sin(x)


def binary(op: str, mistake: str) -> Decorator:
    """A wrong rule for one formula; the others stay right."""

    def add(rule: Kernel) -> Kernel:
        def wrong(kernel: Kernel, dy: Any, a: Any, b: Any, **o: Any) -> Any:
            right = kernel(dy, a, b, **o)
            if o["op"] != op:
                return right
            pairs = zip(right, rule(dy, a, b), strict=True)
            return tuple(
                r if r is None or w is None else np.broadcast_to(w, r.shape).astype(r.dtype) for r, w in pairs
            )

        mutant("binary_backward", f"{op}: {mistake}", op)(wrong)
        return rule

    return add


@binary("sub", "db = dy, the minus forgotten")
def sub_sign(dy: Any, a: Any, b: Any) -> Any:
    return None, dy


@binary("mul", "da = dy a instead of dy b")
def own_factor(dy: Any, a: Any, b: Any) -> Any:
    return dy * a, dy * b


@binary("div", "db = dy / a")
def div_by_a(dy: Any, a: Any, b: Any) -> Any:
    return None, dy / a


@binary("div", "db = -dy a / b, the square forgotten")
def div_square(dy: Any, a: Any, b: Any) -> Any:
    return None, -dy * a / b


@binary("pow", "da = dy b a^b, the exponent not lowered")
def exponent_kept(dy: Any, a: Any, b: Any) -> Any:
    return dy * b * a**b, None


@binary("maximum", "both sides receive the whole gradient")
def both_sides(dy: Any, a: Any, b: Any) -> Any:
    return dy, dy


@mutant("scatter_add_rows", "= for +=: an index named twice keeps the last gradient", "getitem")
def last_wins(kernel: Kernel, dy: Any, index: Any, rows: int) -> Any:
    dx = np.zeros((rows, dy.shape[1]), dy.dtype)
    dx[index] = dy
    return dx


@mutant("scatter_add_rows", "an index named twice is averaged", "getitem")
def averaged(kernel: Kernel, dy: Any, index: Any, rows: int) -> Any:
    return kernel(dy, index, rows) / np.maximum(np.bincount(index, minlength=rows), 1)[:, None].astype(
        dy.dtype
    )
