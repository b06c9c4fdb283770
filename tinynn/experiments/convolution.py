"""convolution: one small kernel, used at every place.

    convolution          y_i = sum over j of w_j x_(i-j)      the kernel is read backwards (flip=True)
    cross-correlation    y_i = sum over j of w_j x_(i+j)      what deep learning calls convolution

Both are held against SciPy and against the sums as they stand here, over strides and paddings, in one
dimension and in two. A kernel of 5 fits into a sequence of 100 in 96 places, and in 48 at stride 2.

Source of the experiment: Y. LeCun, NYU Deep Learning, lecture 3-1.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from tinynn import data, viz
from tinynn import functional as F
from tinynn.autograd import Array
from tinynn.experiments._window_page import window_page
from tinynn.experiments.registry import Metrics, Run, experiment

LENGTH, KERNEL, SHORT = 100, 5, 24  # the short one can be followed number by number
STRIDES, PADDINGS = (1, 2, 3), (0, 1, 2, 4)
EDGE = np.array(
    [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]
)  # Sobel: where x falls from left to right


@experiment("convolution", "convolution and cross-correlation, stride, padding, 2-D, as moving windows",
            options={"movies": ("yes", "no", "mp4")})  # fmt: skip
def run(run: Run) -> Metrics:
    random = np.random.default_rng(run.seed)
    run.dataset = "a signal of 100 random numbers, and a letter D"
    x = np.convolve(random.normal(size=LENGTH + 4), np.ones(5) / 5, "valid")
    w = np.array([-0.5, -0.25, 0.0, 0.25, 0.9])  # not its own mirror image, so that a flip is seen
    image = data.draw_letter("D", side=12, size=8, stroke=1.5) / 255.0
    rows = [row_1d(x, w, *case) for case in product(STRIDES, PADDINGS, (False, True))]
    rows += [row_2d(image, EDGE, *case) for case in product(STRIDES, PADDINGS[:3], (False, True))]
    error = max(row["error"] for row in rows)
    outputs = {f"stride {stride}": len(convolved(x, w, stride, 0, False)) for stride in (1, 2)}
    run.say(f"length {LENGTH}, kernel {KERNEL}: outputs at {outputs}; "
            f"{len(rows)} cases against SciPy and the sums: largest difference {error:.1e}")  # fmt: skip
    both = {"correlation": convolved(x, w, 1, 0, False), "convolution": convolved(x, w, 1, 0, True)}
    title = "The same kernel, forwards and backwards"
    short = x[:SHORT]
    ways = {
        "cross-correlation": convolved(short, w, 1, 0, False),
        "convolution": convolved(short, w, 1, 0, True),
    }
    run.show(lambda: window_page(short, w, ways))
    run.save("both", viz.traces(both, x_label="i", label="y", title=title))
    movies = run.options.get("movies", "yes")
    if movies != "no":
        film(run, x, w, image, "mp4" if movies == "mp4" else "gif")
    return {"length": LENGTH, "kernel": KERNEL, "outputs": outputs, "largest_error": error, "cases": rows}


def convolved(x: Array, w: Array, stride: int, padding: int, flip: bool) -> Array:
    """tinynn's convolution of plain sequences or images, without the axes of batch and channel."""
    function = F.conv1d if x.ndim == 1 else F.conv2d
    y: Array = np.asarray(function(x[None, None], w[None, None], stride=stride, padding=padding, flip=flip))[
        0, 0
    ]
    return y


def row_1d(x: Array, w: Array, stride: int, padding: int, flip: bool) -> Metrics:
    """One case in 1-D: the largest difference to SciPy and to the sum over j, written out."""
    from scipy import signal

    padded, k = np.pad(x, padding), len(w)
    scipy = (signal.convolve if flip else signal.correlate)(padded, w, "valid")[::stride]
    starts = range(0, len(padded) - k + 1, stride)
    # The first window of the convolution that is full is that of i = k - 1: it needs x_i back to x_(i-k+1).
    places = [[i + k - 1 - j if flip else i + j for j in range(k)] for i in starts]
    sums = np.array([sum(w[j] * padded[at[j]] for j in range(k)) for at in places])
    y = convolved(x, w, stride, padding, flip)
    return case(y, scipy, sums, stride, padding, flip)


def row_2d(x: Array, w: Array, stride: int, padding: int, flip: bool) -> Metrics:
    """One case in 2-D: against SciPy, and against the sums over windows."""
    from scipy import signal

    padded = np.pad(x, padding)
    scipy = (signal.convolve2d if flip else signal.correlate2d)(padded, w, "valid")[::stride, ::stride]
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape)[::stride, ::stride]
    sums = (windows * (w[::-1, ::-1] if flip else w)).sum((2, 3))
    return case(convolved(x, w, stride, padding, flip), scipy, sums, stride, padding, flip)


def case(y: Array, scipy: Array, sums: Array, stride: int, padding: int, flip: bool) -> Metrics:
    error = max(np.abs(y - scipy).max(), np.abs(y - sums).max())
    how = {"dimensions": y.ndim, "stride": stride, "padding": padding, "flip": flip}
    return {**how, "outputs": y.shape, "error": error}


def film(run: Run, x: Array, w: Array, image: Array, kind: str) -> None:
    """The animated windows."""
    short = x[:14]
    for name, signal, stride, padding, flip, title in (
        ("correlation", x, 1, 0, False, "Cross-correlation, stride 1: 96 outputs"),
        ("stride-2", x, 2, 0, False, "Cross-correlation, stride 2: 48 outputs"),
        ("convolution", short, 1, 0, True, "Convolution: the kernel is read backwards"),
        ("padding", short, 1, 4, False, "Padding with zeros: every overlap counts"),
    ):
        y = convolved(signal, w, stride, padding, flip)
        fps = 12 if len(y) > 30 else 4
        viz.slide_over_sequence(signal, w, y, run.file(f"{name}.{kind}"), stride=stride, fps=fps,
                                padding=(padding, padding), flip=flip, title=title)  # fmt: skip
    for name, stride, padding in (("image", 1, 0), ("image-stride-2", 2, 1)):
        y, path = convolved(image, EDGE, stride, padding, False), run.file(f"{name}.{kind}")
        title = f"2-D, stride {stride}, padding {padding}: red where x falls from left to right"
        viz.slide_over_image(image, EDGE, y, path, stride=stride, padding=padding, title=title)
