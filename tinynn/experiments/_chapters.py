"""The experiments in the order in which they are taught, the picture of each, and its size in the gallery."""

from __future__ import annotations

from typing import Any

#: (title, what it is about, names)
CHAPTERS = (
    (
        "Folding the plane",
        "What a layer does to its input, and what happens to weights that are shared or computed. Why are "
        "two neurons per layer hard to train? See it happen in [fold-plane]; [fold-width] names the cause "
        "and counts who succeeds.",
        ("demo", "fold-plane", "fold-width", "parameter-transform", "weight-sharing", "hypernetwork",
         "motif-sequence", "motif-image", "convolution"),
    ),
    (
        "Looking inside",
        "What nets that read digits and photographs have learned: their weights as pictures, what they "
        "mistake for what, and what depth and shared weights buy.",
        ("mnist-softmax", "mnist-hidden", "mnist-mlp", "mnist-conv", "cifar-softmax", "cifar-hidden",
         "cifar-mlp", "cifar-conv", "dense-depth"),
    ),
    (
        "One neuron to a network",
        "From logistic regression to capacity and its cure; who gets the blame for the error, and what an "
        "activation is good for.",
        ("logistic-neuron", "blame", "neuron-classifiers", "activations", "network-size", "approximation",
         "capacity", "regularization", "loss-variance"),
    ),
)  # fmt: skip

#: name -> the figure on its card, where it is not the first one
PICTURES = {
    "blame": "ledger.png",
    "cifar-conv": "feature_maps.png",
    "fold-plane": "strip-relu-2.png",
    "loss-variance": "losses.png",
    "mnist-conv": "feature_maps.png",
    "motif-image": "shifts.png",
}

#: name -> what is given in the gallery, where an experiment's own size is that of an evening
SIZES: dict[str, dict[str, Any]] = {
    "fold-plane": {"seeds": 2048},
}

#: name -> seconds on two cores of a server; a bar that moves evenly needs no more than a guess
SECONDS = {
    "cifar-conv": 150, "cifar-hidden": 15, "cifar-mlp": 30, "cifar-softmax": 12, "dense-depth": 270,
    "fold-plane": 90, "fold-width": 170, "mnist-conv": 90, "loss-variance": 40,
}  # fmt: skip
USUAL = 10
