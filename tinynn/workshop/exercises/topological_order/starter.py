"""topological-order: users first. See lesson.md; then `tinynn workshop check` this folder."""

import numpy as np


def topological_order(user, used, order):
    """Edge i says that node user[i] was computed from used[i]: put all nodes into order, users first."""
    raise NotImplementedError("write me")
