"""Figures: each function takes plain arrays (a Tensor is one too) and `ax=None`, and returns matplotlib Axes.

Nothing is shown on its own: end a notebook cell with `ax.figure`, or call `viz.save(ax, "name.png")`.
"""

from tinynn.viz.confusion import confusion_grid, confusion_matrix
from tinynn.viz.curves import dead_share, dead_units, loss_curves
from tinynn.viz.depth import accuracy_vs_depth
from tinynn.viz.folding import folding_strip
from tinynn.viz.mistakes import mistakes
from tinynn.viz.motion import fold_animation
from tinynn.viz.plane import decision_regions, linear_regions
from tinynn.viz.spread import spread
from tinynn.viz.style import grid, save
from tinynn.viz.templates import layer_over_bars, weight_templates

__all__ = [
    "accuracy_vs_depth",
    "confusion_grid",
    "confusion_matrix",
    "dead_share",
    "dead_units",
    "decision_regions",
    "fold_animation",
    "folding_strip",
    "grid",
    "layer_over_bars",
    "linear_regions",
    "loss_curves",
    "mistakes",
    "save",
    "spread",
    "weight_templates",
]
