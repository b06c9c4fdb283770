"""Activations as curves: one picture each, with its value and its slope."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import viz
from tinynn.errors import ShapeError


def test_value_and_slope(render) -> None:
    x = np.linspace(-1, 1, 5)
    axes = viz.activation_curves(x, {"square": (x**2, 2 * x), "line": (x, np.ones(5))}, title="Two")
    assert [ax.get_title(loc="left") for ax in axes] == ["square", "line"]
    value, slope = axes[0].lines[-2:]
    np.testing.assert_allclose(value.get_ydata(), x**2)
    np.testing.assert_allclose(slope.get_ydata(), 2 * x)
    render(axes)
    with pytest.raises(ShapeError, match="activation_curves: 'line'"):
        viz.activation_curves(x, {"line": (x, [1.0])})
