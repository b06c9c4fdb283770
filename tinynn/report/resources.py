"""Bokeh's own script, as text inside the page."""

from __future__ import annotations

from functools import cache


@cache
def bokeh_script() -> str:
    """<script> with the library; without widgets, tables, WebGL and typeset mathematics."""
    from bokeh.resources import Resources

    return str(Resources(mode="inline", components=["bokeh"]).render_js())
