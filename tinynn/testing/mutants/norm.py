"""Wrong rules for normalisation: a term of the gradient missing, statistics over the wrong numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.testing.mutants.bank import Decorator, Kernel, mutant


def batch(mistake: str) -> Decorator:
    return mutant("batch_norm_backward", mistake, "batch_norm")


def layer(mistake: str) -> Decorator:
    return mutant("layer_norm_backward", mistake, "layer_norm")


def per_channel(a: Any) -> Any:
    return a[:, None]


def normalised(x: Any, mean: Any, rstd: Any) -> Any:
    return (x - per_channel(mean)) * per_channel(rstd)


def scale_of(weight: Any, rstd: Any) -> Any:
    return per_channel(rstd if weight is None else rstd * weight)


def count_of(x: Any) -> int:
    return int(x.shape[0] * x.shape[2])


def over_channel(a: Any) -> Any:
    return a.sum(axis=(0, 2))


@batch("the mean's term is missing: x moves the mean as well")
def no_mean_term(kernel: Kernel, dy: Any, x: Any, weight: Any, mean: Any, rstd: Any, **o: Any) -> Any:
    dx, *rest = kernel(dy, x, weight, mean, rstd, **o)
    if dx is not None and o["training"]:
        dx = dx + scale_of(weight, rstd) * per_channel(over_channel(dy) / count_of(x))
    return dx, *rest


@batch("the variance's term is missing: x moves the variance as well")
def no_variance_term(kernel: Kernel, dy: Any, x: Any, weight: Any, mean: Any, rstd: Any, **o: Any) -> Any:
    dx, *rest = kernel(dy, x, weight, mean, rstd, **o)
    if dx is not None and o["training"]:
        h = normalised(x, mean, rstd)
        dx = dx + scale_of(weight, rstd) * h * per_channel(over_channel(dy * h) / count_of(x))
    return dx, *rest


@batch("both terms are missing: the statistics are taken for constants")
def constants(kernel: Kernel, *arrays: Any, **o: Any) -> Any:
    return kernel(*arrays, **{**o, "training": False})


@batch("missing 1/N in the means of dy and of dy h")
def sums_for_means(kernel: Kernel, dy: Any, x: Any, weight: Any, mean: Any, rstd: Any, **o: Any) -> Any:
    dx, *rest = kernel(dy, x, weight, mean, rstd, **o)
    if dx is not None and o["training"]:
        h = normalised(x, mean, rstd)
        inner = dy - per_channel(over_channel(dy)) - h * per_channel(over_channel(dy * h))
        dx = scale_of(weight, rstd) * inner
    return dx, *rest


@batch("in evaluation the running statistics are differentiated as if they depended on x")
def differentiated_in_evaluation(kernel: Kernel, *arrays: Any, **o: Any) -> Any:
    return kernel(*arrays, **{**o, "training": True})


@batch("the weight is forgotten in dx")
def weight_forgotten(kernel: Kernel, dy: Any, x: Any, weight: Any, *saved: Any, **o: Any) -> Any:
    return kernel(dy, x, None, *saved, **o)


@batch("dweight is the sum of dy x, not of dy h")
def raw_input(kernel: Kernel, dy: Any, x: Any, *rest: Any, **o: Any) -> Any:
    dx, dweight, dbias = kernel(dy, x, *rest, **o)
    return dx, None if dweight is None else over_channel(dy * x), dbias


@batch("dweight lacks the factor 1 / sqrt(var + eps)")
def not_scaled(kernel: Kernel, dy: Any, x: Any, weight: Any, mean: Any, rstd: Any, **o: Any) -> Any:
    dx, dweight, dbias = kernel(dy, x, weight, mean, rstd, **o)
    return dx, None if dweight is None else dweight / rstd, dbias


@batch("dbias is averaged over the batch, not summed")
def averaged_bias(kernel: Kernel, dy: Any, *rest: Any, **o: Any) -> Any:
    dx, dweight, dbias = kernel(dy, *rest, **o)
    return dx, dweight, None if dbias is None else dbias / max(len(dy), 1)


@batch("the last image is dropped from the sums")
def last_image(kernel: Kernel, dy: Any, x: Any, *rest: Any, **o: Any) -> Any:
    dx, _dweight, _dbias = kernel(dy, x, *rest, **o)
    _dx, dweight, dbias = kernel(dy[:-1], x[:-1], *rest, **o)
    return dx, dweight, dbias


def forward(mistake: str) -> Decorator:
    return mutant("batch_norm_forward", mistake, "batch_norm")


@forward("the running statistics are used in training")
def running_in_training(kernel: Kernel, x: Any, weight: Any, bias: Any, mean: Any, var: Any, **o: Any) -> Any:
    c = x.shape[1]
    mean, var = np.zeros(c, x.dtype) if mean is None else mean, np.ones(c, x.dtype) if var is None else var
    return kernel(x, weight, bias, mean, var, **{**o, "training": False})


@forward("the statistics of the batch are used in evaluation")
def batch_in_evaluation(kernel: Kernel, x: Any, weight: Any, bias: Any, *running: Any, **o: Any) -> Any:
    return kernel(x, weight, bias, None, None, **{**o, "training": True})


@forward("normalised by the unbiased variance")
def unbiased(kernel: Kernel, x: Any, weight: Any, bias: Any, *running: Any, **o: Any) -> Any:
    if not o["training"]:
        return kernel(x, weight, bias, *running, **o)
    mean = over_channel(x) / count_of(x)
    var = over_channel(np.square(x - per_channel(mean))) / (count_of(x) - 1)
    return kernel(x, weight, bias, mean, var, **{**o, "training": False})


@forward("eps stands outside the root")
def eps_outside(kernel: Kernel, x: Any, weight: Any, bias: Any, *running: Any, **o: Any) -> Any:
    _y, mean, rstd = kernel(x, weight, bias, *running, **o)
    rstd = 1 / (np.sqrt(1 / rstd**2 - o["eps"]) + o["eps"])
    y = normalised(x, mean, rstd)
    y = y if weight is None else y * per_channel(weight)
    return (y if bias is None else y + per_channel(bias)), mean, rstd


@forward("every image is normalised by itself")
def image_by_image(kernel: Kernel, x: Any, *rest: Any, **o: Any) -> Any:
    y, mean, rstd = kernel(x, *rest, **o)
    if o["training"] and len(x):
        y = np.concatenate([kernel(image[None], *rest, **o)[0] for image in x])
    return y, mean, rstd


@mutant("layer_norm_forward", "normalised over the batch, not over the features", "layer_norm")
def over_the_batch(kernel: Kernel, x: Any, weight: Any, bias: Any, *, eps: float) -> Any:
    _y, mean, rstd = kernel(x, weight, bias, eps=eps)
    y = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    y = y if weight is None else y * weight
    return (y if bias is None else y + bias), mean, rstd


def layer_terms(dy: Any, x: Any, weight: Any, mean: Any, rstd: Any) -> tuple[Any, Any]:
    return (dy if weight is None else dy * weight), (x - mean[:, None]) * rstd[:, None]


@layer("the mean's term is missing")
def layer_no_mean(kernel: Kernel, dy: Any, x: Any, weight: Any, mean: Any, rstd: Any, **o: Any) -> Any:
    dx, *rest = kernel(dy, x, weight, mean, rstd, **o)
    g, _ = layer_terms(dy, x, weight, mean, rstd)
    return None if dx is None else dx + rstd[:, None] * g.mean(axis=1, keepdims=True), *rest


@layer("the variance's term is missing")
def layer_no_variance(kernel: Kernel, dy: Any, x: Any, weight: Any, mean: Any, rstd: Any, **o: Any) -> Any:
    dx, *rest = kernel(dy, x, weight, mean, rstd, **o)
    g, h = layer_terms(dy, x, weight, mean, rstd)
    return None if dx is None else dx + rstd[:, None] * h * (g * h).mean(axis=1, keepdims=True), *rest


@layer("the means run over the batch, not over the features")
def layer_wrong_axis(kernel: Kernel, dy: Any, x: Any, weight: Any, mean: Any, rstd: Any, **o: Any) -> Any:
    dx, *rest = kernel(dy, x, weight, mean, rstd, **o)
    g, h = layer_terms(dy, x, weight, mean, rstd)
    wrong = rstd[:, None] * (g - g.sum(axis=0) / max(len(g), 1) - h * ((g * h).sum(axis=0) / max(len(g), 1)))
    return None if dx is None else wrong, *rest


@layer("the weight is applied after the means are taken, not before")
def layer_weight_late(kernel: Kernel, dy: Any, x: Any, weight: Any, *saved: Any, **o: Any) -> Any:
    dx, *rest = kernel(dy, x, None, *saved, **o)
    return dx if dx is None or weight is None else dx * weight, *rest


@layer("dweight is the sum of dy x, not of dy h")
def layer_raw_input(kernel: Kernel, dy: Any, x: Any, *rest: Any, **o: Any) -> Any:
    dx, dweight, dbias = kernel(dy, x, *rest, **o)
    return dx, None if dweight is None else (dy * x).sum(axis=0), dbias
