"""Data sets, and the way from a file to a batch.

    train, test = data.mnist("DIR")       # uint8 images (n, 1, 28, 28), int64 labels
    for x, y in data.DataLoader(train):   # float32 in 0..1, int64

A file comes from strangers: whatever it holds, reading it gives a Dataset, a FormatError or an OSError.
"""

from tinynn.data.augment import Augment
from tinynn.data.cifar import cifar10
from tinynn.data.dataset import Dataset
from tinynn.data.digits import digits
from tinynn.data.fetch import fetch
from tinynn.data.idx import read_idx, write_idx
from tinynn.data.letters import LETTERS, draw_letter, letters
from tinynn.data.loader import DataLoader, normalization
from tinynn.data.mnist import fashion_mnist, mnist
from tinynn.data.motifs import motif, motif_sequences
from tinynn.data.places import data_root
from tinynn.data.shapes import shapes
from tinynn.data.synthetic import generate_mnist_like, synthetic_like
from tinynn.data.toy import blobs, circles, moons, spirals

__all__ = [
    "LETTERS",
    "Augment",
    "DataLoader",
    "Dataset",
    "blobs",
    "cifar10",
    "circles",
    "data_root",
    "digits",
    "draw_letter",
    "fashion_mnist",
    "fetch",
    "generate_mnist_like",
    "letters",
    "mnist",
    "moons",
    "motif",
    "motif_sequences",
    "normalization",
    "read_idx",
    "shapes",
    "spirals",
    "synthetic_like",
    "write_idx",
]
