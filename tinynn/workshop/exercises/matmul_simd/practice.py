"""matmul-simd in training and on the clock."""

from tinynn.workshop.products import PRACTICE

__all__ = ["PRACTICE"]
