"""The pictures of the documentation.

    python docs/images/make.py                    trains small nets and writes fold.png, the README's picture,
                                                   and draws conv-uses.png
    python docs/images/make.py --runs tinynn-runs  also takes the others from what `tinynn run` left there

Each is shrunk to a palette: lines, dots and bars need few colours, and the repository stays small.
"""

import argparse
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
from matplotlib.patches import Rectangle
from PIL import Image

import tinynn as tn
from tinynn import data, nn, random, viz
from tinynn import functional as F
from tinynn.experiments._plane_nets import lattice, train_nets

HERE = Path(__file__).parent
FROM_RUNS = {
    "mnist-softmax.png": "mnist-softmax/templates.png",
    "mnist-hidden.png": "mnist-hidden/hidden.png",
    "mnist-conv.png": "mnist-conv/feature_maps.png",
    "cifar-conv.png": "cifar-conv/feature_maps.png",
    "cifar-softmax.png": "cifar-softmax/templates.png",
    "dense-depth.png": "dense-depth/depth.png",
    "fold-plane.png": "fold-plane/strip-relu-2.png",
    "fold-width.png": "fold-width/success.png",
    "fold-width-lost.png": "fold-width/pushed-out.png",
    "loss-variance.png": "loss-variance/losses.png",
    "parameter-transform.png": "parameter-transform/w-space.png",
    "weight-sharing.png": "weight-sharing/convolution.png",
    "hypernetwork.png": "hypernetwork/regions.png",
    "motif-kernel.png": "motif-sequence/kernel.png",
    "motif-image.png": "motif-image/detectors.png",
    "motif-shifts.png": "motif-image/shifts.png",
    "motif-windows.png": "motif-sequence/window-gradients.png",
    "logistic-neuron.png": "logistic-neuron/coefficients-5.png",
    "neuron-classifiers.png": "neuron-classifiers/boundaries.png",
    "neuron-forgetting.png": "neuron-classifiers/regularisation.png",
    "network-size.png": "network-size/forward-pass.png",
    "blame.png": "blame/ledger.png",
    "blame-activity.png": "blame/activity.png",
    "capacity.png": "capacity/regions.png",
    "capacity-widths.png": "capacity/widths.png",
    "regularization.png": "regularization/regions.png",
    "activations.png": "activations/curves.png",
    "activations-saturation.png": "activations/saturation.png",
    "activations-zig-zag.png": "activations/zig-zag.png",
    "activations-dead.png": "activations/dead.png",
    "approximation.png": "approximation/functions.png",
    "approximation-error.png": "approximation/error.png",
    "regularization-gap.png": "regularization/gap.png",
}
WIDTH = 900  # pixels


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=Path, metavar="DIR", help="where the runs of the experiments lie")
    options = parser.parse_args()
    fold(HERE / "fold.png")
    uses(HERE / "conv-uses.png")
    traced(HERE / "trace.svg")
    laboratory(HERE / "lab.png")
    for name, figure in FROM_RUNS.items() if options.runs else ():
        with Image.open(options.runs / figure) as picture:
            height = round(picture.height * WIDTH / picture.width)
            small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
        shrink(small, HERE / name, 256 if "cifar" in name else 128)


def fold(path: Path) -> None:
    """Three arms of a spiral in a net of 2-2-2-2-2-3 units: where its four hidden layers put them."""
    random.manual_seed(0)
    points = data.spirals(100)
    x, y = np.asarray(points.x), np.asarray(points.y)
    net, _ = train_nets(x, y, [2, 2, 2, 2], "tanh", nets=24, steps=2000, lr=0.03)
    stages = net.stages(lattice(), x.astype(np.float64))[::2]  # the input and the planes after each layer
    titled = [(f"layer {i}" if i else "input", grid, dots) for i, (_, grid, dots) in enumerate(stages)]
    viz.save(viz.folding_strip(titled, y, title=""), path, dpi=72)
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    shrink(small, path, 48)


def uses(path: Path) -> None:
    """Every use of a kernel of three weights on six inputs, and those that make up one sum of each pass."""
    inputs, taps, outputs = 6, 3, 4
    readings = {  # title, formula -> does the use (p, i) belong to this sum?
        ("forward: a row", r"$z_1 = \sum\, w_i\, x_{1+i}$"): lambda p, i: p == 1,
        ("to x: a column", r"$dx_2 = \sum\, w_i\, dz_{2-i}$"): lambda p, i: p + i == 2,
        ("to w: a diagonal", r"$dw_1 = \sum\, x_{p+1}\, dz_p$"): lambda p, i: i == 1,
    }
    axes = viz.grid(1, len(readings), cell=(4.2, 3.6))
    for ax, ((title, formula), belongs) in zip(axes.flat, readings.items(), strict=True):
        for p, i in product(range(outputs), range(taps)):
            here = belongs(p, i)
            colour = viz.style.line_colour(i)
            box = (p + i + 0.06, p + 0.06)
            ax.add_patch(Rectangle(box, 0.88, 0.88, color=colour, alpha=1.0 if here else 0.18, lw=0))
            ink = "white" if here else colour
            ax.text(p + i + 0.5, p + 0.53, f"$w_{i}$", color=ink, ha="center", va="center", fontsize=17)
        ax.set(xlim=(0, inputs), ylim=(outputs, 0), aspect="equal")
        ax.set_title(title, fontsize=17)
        ax.set_xticks(np.arange(inputs) + 0.5, [f"$x_{i}$" for i in range(inputs)])
        ax.set_yticks(np.arange(outputs) + 0.5, [f"$z_{i}$" for i in range(outputs)])
        ax.set_xlabel(formula, fontsize=16)
        ax.tick_params(length=0, labelsize=15)
        ax.spines[:].set_visible(False)
    viz.save(axes[0, 0].figure, path, dpi=72)
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    shrink(small, path, 32)


def traced(path: Path) -> None:
    """The graph of the page on notebooks."""
    random.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 3, activation="relu"), nn.Linear(3, 2))
    tn.trace(F.cross_entropy(net(np.ones((5, 4), "float32")), np.zeros(5, int)), net).save(path)


def laboratory(path: Path) -> None:
    """The page of `tinynn lab` after some seconds; left as it is where there is no Chromium."""
    if (chromium := shutil.which("chromium")) is None:
        print(f"{path.name}: needs chromium and playwright")
        return
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "tinynn", "lab", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=chromium).new_page(
            viewport={"width": 1500, "height": 900}
        )
        page.goto(server.stdout.readline().strip())
        page.get_by_role("button", name="play").click()
        page.wait_for_function("parseInt(document.getElementById('lab-status').textContent) > 300")
        page.screenshot(path=path, full_page=True)
        server.terminate()
    with Image.open(path) as picture:
        height = round(picture.height * 1200 / picture.width)
        small = picture.convert("RGB").resize((1200, height), Image.Resampling.LANCZOS)
    shrink(small, path, 64)


def shrink(picture: Image.Image, path: Path, colours: int) -> None:
    """Write the picture with a palette of its own, in which thin lines of a rare colour keep it."""
    small = picture.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
