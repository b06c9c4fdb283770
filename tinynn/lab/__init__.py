"""A laboratory on one page: a small net of the plane, trained and taken apart while you watch.

settings.py   what can be chosen            points.py    the data sets, and CSV files as strangers
trainer.py    the net and its steps         folding.py   where the plane is after each layer
layers.py     activations, gradients, dead units, and the gradient of one point on its way back
seeds.py      the same net from many seeds  code.py      the net as a Python program
page/         how all that is shown         server.py    who may see it: this machine, and who has the address

Nothing but page/ and server.py knows of a browser.
"""

from __future__ import annotations

from tinynn.lab.points import Points, made, read_csv
from tinynn.lab.settings import Settings
from tinynn.lab.trainer import Lab

__all__ = ["Lab", "Points", "Settings", "made", "read_csv"]
