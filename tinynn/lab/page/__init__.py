"""The laboratory as a page: Bokeh figures and controls around a Lab.

look.py      template, colours, light and dark      controls.py  what can be chosen
fold.py      the plane, folded                      plane.py     decision regions, and the loss
inside.py    histograms and dead units              back.py      the gradients of one point, flowing back
strip.py     many seeds side by side                page.py      puts all together and keeps the pace
"""
