"""Data sets, and the way from a file to a batch.

    train, test = data.mnist("DIR")       # uint8 images (n, 1, 28, 28), int64 labels

A file comes from strangers: whatever it holds, reading it gives a Dataset, a FormatError or an OSError.
"""

from .cifar import cifar10 as cifar10
from .dataset import Dataset as Dataset
from .idx import read_idx as read_idx
from .idx import write_idx as write_idx
from .mnist import fashion_mnist as fashion_mnist
from .mnist import mnist as mnist
from .places import data_root as data_root

__all__ = ["Dataset", "cifar10", "data_root", "fashion_mnist", "mnist", "read_idx", "write_idx"]
