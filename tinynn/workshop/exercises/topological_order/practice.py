"""topological-order: neither in training nor on the clock."""

from __future__ import annotations

from tinynn.workshop.practice import Practice

PRACTICE = Practice(
    why_not="tinynn numbers its nodes as they are born and visits them by falling number; it sorts nothing"
)
