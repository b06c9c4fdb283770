"""Self-contained pages: one HTML file each, without a request to anywhere, to be shown and to be played with.

A page is a list of blocks. A function of this package takes plain arrays and returns a block: what is to be
seen, the numbers behind it, and the name of the script in static/ that moves it. Plots are Bokeh's, carried
along inside the page (`pip install "tinynn-engine[report]"`); what is to be focused, pressed and read aloud
is HTML. `tinynn run` writes OUT/NAME/report.html with the blocks of an experiment and all of its figures.
"""

from tinynn.report.block import Block
from tinynn.report.confusion import confusion
from tinynn.report.convolution import convolution
from tinynn.report.fold import fold
from tinynn.report.hidden import hidden
from tinynn.report.ledger import ledger
from tinynn.report.page import About, available, write
from tinynn.report.states import states
from tinynn.report.stepper import stepper
from tinynn.report.templates import templates

__all__ = [
    "About",
    "Block",
    "available",
    "confusion",
    "convolution",
    "fold",
    "hidden",
    "ledger",
    "states",
    "stepper",
    "templates",
    "write",
]
