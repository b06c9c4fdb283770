"""Figures: each function takes plain arrays (a Tensor is one too) and `ax=None`, and returns matplotlib Axes.

Nothing is shown on its own: end a notebook cell with `ax.figure`, or call `viz.save(ax, "name.png")`.
"""

from tinynn.viz.activations import activation_curves
from tinynn.viz.bands import bands
from tinynn.viz.confusion import confusion_grid, confusion_matrix
from tinynn.viz.curves import dead_share, dead_units, loss_curves, traces
from tinynn.viz.depth import accuracy_vs_depth
from tinynn.viz.features import feature_maps
from tinynn.viz.fields import arrows
from tinynn.viz.folding import folding_strip
from tinynn.viz.heat import heat_maps, pushed_out
from tinynn.viz.landscape import coefficients, landscape
from tinynn.viz.ledger import ledger, scatter
from tinynn.viz.margins import margin_lines, margin_losses, neuron_curves
from tinynn.viz.matrices import matrices
from tinynn.viz.mistakes import mistakes
from tinynn.viz.motion import fold_animation
from tinynn.viz.network import network
from tinynn.viz.plane import decision_regions, linear_regions
from tinynn.viz.ratios import race, ratio_bars, time_bars
from tinynn.viz.roofline import roofline
from tinynn.viz.sharing import gradient_terms, index_map, y_branch
from tinynn.viz.shifts import responses, shift_accuracy
from tinynn.viz.sliding import slide_over_image, slide_over_sequence
from tinynn.viz.spread import spread, train_test
from tinynn.viz.style import grid, save
from tinynn.viz.templates import layer_over_bars, weight_templates
from tinynn.viz.transform import cost_paths, error_order, surface_paths
from tinynn.viz.tried import by_size, shares
from tinynn.viz.windows import detection, kernels, window_gradients

__all__ = [
    "accuracy_vs_depth",
    "activation_curves",
    "arrows",
    "bands",
    "by_size",
    "coefficients",
    "confusion_grid",
    "confusion_matrix",
    "cost_paths",
    "dead_share",
    "dead_units",
    "decision_regions",
    "detection",
    "error_order",
    "feature_maps",
    "fold_animation",
    "folding_strip",
    "gradient_terms",
    "grid",
    "heat_maps",
    "index_map",
    "kernels",
    "landscape",
    "layer_over_bars",
    "ledger",
    "linear_regions",
    "loss_curves",
    "margin_lines",
    "margin_losses",
    "matrices",
    "mistakes",
    "network",
    "neuron_curves",
    "pushed_out",
    "race",
    "ratio_bars",
    "responses",
    "roofline",
    "save",
    "scatter",
    "shares",
    "shift_accuracy",
    "slide_over_image",
    "slide_over_sequence",
    "spread",
    "surface_paths",
    "time_bars",
    "traces",
    "train_test",
    "weight_templates",
    "window_gradients",
    "y_branch",
]
