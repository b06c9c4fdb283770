"""One valid call of every kernel, in float64, for the tests of the border."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.backends import numpy_rung

RNG = np.random.default_rng(0)
Call = tuple[list[Any], dict[str, Any]]


def normal(*shape: int) -> Any:
    return RNG.standard_normal(shape)


def positive(*shape: int) -> Any:
    return 0.1 + np.abs(normal(*shape))


def pools_and_norms() -> dict[str, Call]:
    """The calls of the stems pool and norm."""
    x, first = normal(2, 3, 6, 9), numpy_rung.KERNELS
    window: dict[str, Any] = {"kernel": (3, 2), "stride": (2, 3), "padding": (1, 0)}
    y, arg = first["max_pool2d_forward"](x, **window, ceil_mode=False)
    small, arg_small = first["adaptive_max_pool2d_forward"](x, size=(4, 2))
    inside = {"count_include_pad": False}
    rows, planes, mean = normal(5, 7), normal(4, 3, 8), {"momentum": 0.1, "eps": 0.01}
    per_row, per_channel = [normal(5), positive(5)], [normal(3), positive(3)]
    return {
        "max_pool2d_forward": ([x], {**window, "ceil_mode": False}),
        "max_pool2d_backward": ([normal(*y.shape), arg], {**window, "size": (6, 9)}),
        "avg_pool2d_forward": ([x], {**window, **inside, "ceil_mode": True}),
        "avg_pool2d_backward": ([normal(*y.shape)], {**window, **inside, "size": (6, 9)}),
        "adaptive_max_pool2d_forward": ([x], {"size": (4, 2)}),
        "adaptive_max_pool2d_backward": ([normal(*small.shape), arg_small], {"size": (6, 9)}),
        "adaptive_avg_pool2d_forward": ([x], {"size": (4, 2)}),
        "adaptive_avg_pool2d_backward": ([normal(*small.shape)], {"size": (6, 9)}),
        "batch_norm_forward": ([planes, normal(3), normal(3), *per_channel], {"training": False, **mean}),
        "batch_norm_backward": ([normal(4, 3, 8), planes, normal(3), *per_channel], {"training": True}),
        "layer_norm_forward": ([rows, normal(7), normal(7)], {"eps": 0.01}),
        "layer_norm_backward": ([normal(5, 7), rows, normal(7), *per_row], {}),
    }


def calls() -> dict[str, Call]:
    """One valid call per kernel, in float64, with no two sizes alike."""
    m, n, k = 5, 3, 7
    dense = {"activation": "sigmoid", "alpha": None}
    labels, mean = RNG.integers(0, n, m), {"reduction": "mean"}
    smooth = dict(label_smoothing=0.1, **mean)
    y = np.abs(np.sin(normal(m, n)))
    one = np.array(1.5)
    images, filters = normal(2, 4, 6, 9), normal(8, 2, 3, 5)
    padding = ((1, 2), (3, 0))
    sides: dict[str, Any] = {"groups": 2, "flip": True}
    place = {"stride": (2, 1), "padding": padding, "dilation": (1, 2), **sides}
    row = {"stride": 2, "padding": (1, 0), "dilation": 2, **sides}
    prelu = {"activation": "prelu", "alpha": None}
    best, best_at = numpy_rung.KERNELS["conv2d_max_forward"](
        images, filters, None, **place, activation="tanh", alpha=None
    )
    pooled = {"pool": (3, 2), "activation": "tanh", "alpha": None, **place}
    full, pool = np.sin(normal(2, 8, 4, 4)), np.sin(normal(2, 8, 1, 2))
    return {
        "conv1d_forward": ([images[:, :, 0], filters[:, :, 0, :3], normal(8), None], {**dense, **row}),
        "conv1d_backward": (
            [normal(2, 8, 3), images[:, :, 0], filters[:, :, 0, :3], full[:, :, 1:, 0], None],
            {**dense, **row},
        ),
        "conv1d_transpose": ([normal(2, 8, 3), filters[:, :, 0, :3], normal(4)], {"size": 9, **row}),
        "conv2d_forward": ([images, filters, normal(8), normal(8)], {**prelu, **place}),
        "conv2d_backward": ([normal(2, 8, 4, 4), images, filters, full, normal(8)], {**prelu, **place}),
        "conv2d_transpose": ([full, filters, normal(4)], {"size": (6, 9), **place}),
        "conv2d_pool_forward": ([images, filters, normal(8)], pooled),
        "conv2d_pool_backward": (
            [normal(2, 8, 1, 2), images, filters, pool, RNG.integers(0, 6, (2, 8, 1, 2)).astype(np.uint8)],
            pooled,
        ),
        "conv2d_max_forward": ([images, filters, normal(8)], {**place, "activation": "tanh", "alpha": None}),
        "conv2d_max_backward": (
            [normal(*best.shape), images, filters, best, best_at],
            {**place, "activation": "tanh", "alpha": None},
        ),
        **pools_and_norms(),
        "linear_forward": ([normal(m, k), normal(n, k), normal(n), None], dense),
        "linear_backward": ([normal(m, n), normal(m, k), normal(n, k), y, None], dense),
        "maxout_forward": ([normal(m, k), normal(2, n, k), normal(2, n)], {}),
        "maxout_backward": (
            [normal(m, n), normal(m, k), normal(2, n, k), RNG.integers(0, 2, (m, n)).astype(np.uint8)],
            {},
        ),
        "matmul": ([normal(m, k), normal(n, k)], {"transpose_b": True}),
        "activation_forward": ([normal(m, n, 2), normal(n)], {"activation": "prelu", "alpha": None}),
        "activation_backward": (
            [normal(m, n, 2), normal(m, n, 2), normal(n)],
            {"activation": "prelu", "alpha": None},
        ),
        "softmax_forward": ([normal(m, n)], {}),
        "softmax_backward": ([normal(m, n), y], {}),
        "log_softmax_forward": ([normal(m, n)], {}),
        "log_softmax_backward": ([normal(m, n), -y], {}),
        "cross_entropy_forward": ([normal(m, n), labels, positive(n)], smooth),
        "cross_entropy_backward": ([one, y, labels, positive(n)], smooth),
        "multiclass_hinge_forward": ([normal(m, n), labels], dict(margin=1.0, **mean)),
        "multiclass_hinge_backward": ([one, normal(m, n), labels], dict(margin=1.0, **mean)),
        "binary_cross_entropy_with_logits_forward": ([normal(m, n), y], mean),
        "binary_cross_entropy_with_logits_backward": ([one, normal(m, n), y], mean),
        "hinge_forward": ([normal(m, n), np.sign(normal(m, n))], mean),
        "hinge_backward": ([one, normal(m, n), np.sign(normal(m, n))], mean),
        "mse_forward": ([normal(m, n), y], mean),
        "mse_backward": ([one, normal(m, n), y], mean),
        "reduce_sum": ([normal(m, n, k)], {"scale": 0.5}),
        "reduce_sum_backward": ([normal(m, k), n], {"scale": 0.5}),
        "reduce_max": ([normal(m, n, k)], {}),
        "reduce_max_backward": ([normal(m, k), RNG.integers(0, n, (m, k)), n], {}),
        "squared_norm": ([normal(m, n)], {}),
        "unary_forward": ([positive(m, n)], {"op": "pow", "p": 1.5}),
        "unary_backward": ([normal(m, n), positive(m, n), positive(m, n)], {"op": "pow", "p": 1.5}),
        "binary_forward": ([normal(m, 1, k), normal(n, k)], {"op": "mul"}),
        "binary_backward": ([normal(m, n, k), normal(m, 1, k), normal(n, k)], {"op": "mul"}),
        "where_forward": ([normal(m, n) > 0, normal(m, n), normal(m, n)], {}),
        "gather_rows": ([normal(m, n), np.array([4, 0, 4])], {}),
        "scatter_add_rows": ([normal(3, n), np.array([4, 0, 4]), m], {}),
        "gather_images": (
            [RNG.integers(0, 256, (m, n, k)).astype(np.uint8), np.array([4, 0, 4]), normal(n), positive(n)],
            {"dtype": "float64"},
        ),
        "gather_crops": (
            [
                RNG.integers(0, 256, (m, 2, n, k)).astype(np.uint8),
                np.array([4, 0, 4]),
                RNG.integers(0, 2, (3, 5)),
                normal(2),
                positive(2),
            ],
            {"hole": 2, "dtype": "float64"},
        ),
        "copy": ([normal(m, n)], {}),
        "philox_uniform": ([(m, n)], {"seed": 2**63, "offset": 5, "dtype": "float64"}),
        "philox_normal": ([(m, n)], {"seed": 2**63, "offset": 5, "dtype": "float64"}),
        "dropout": ([normal(m, n)], {"p": 0.4, "seed": 1, "offset": 2}),
        "chain_cross_entropy": (
            [normal(m, k), labels, (normal(4, k), normal(n, 4)), (normal(4), None)],
            {**dense, **smooth},
        ),
        "linear_backward_sgd": (
            [normal(m, n), normal(m, k), normal(n, k), normal(n), normal(m, n), normal(n, k), normal(n)],
            {**dense, "lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
        ),
        "sgd_steps": (
            [(normal(m, n), normal(k)), (normal(m, n), normal(k)), (normal(m, n), None)],
            {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
        ),
        "adam_steps": (
            [
                (normal(m, n), normal(k)),
                (normal(m, n), normal(k)),
                (normal(m, n), normal(k)),
                (positive(m, n), positive(k)),
            ],
            {
                "lr": 0.1,
                "beta1": 0.9,
                "beta2": 0.99,
                "eps": 1e-8,
                "weight_decay": 0.1,
                "decoupled": True,
                "step": 3,
            },
        ),
        "sgd_step": (
            [normal(m, n), normal(m, n), normal(m, n)],
            {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
        ),
        "adam_step": (
            [normal(m, n), normal(m, n), normal(m, n), positive(m, n)],
            {
                "lr": 0.1,
                "beta1": 0.9,
                "beta2": 0.99,
                "eps": 1e-8,
                "weight_decay": 0.1,
                "decoupled": True,
                "step": 3,
            },
        ),
        "rmsprop_step": (
            [normal(m, n), normal(m, n), positive(m, n), normal(m, n)],
            {"lr": 0.1, "alpha": 0.9, "eps": 1e-8, "weight_decay": 0.1, "momentum": 0.9},
        ),
        "adagrad_step": (
            [normal(m, n), normal(m, n), positive(m, n)],
            {"lr": 0.1, "eps": 1e-8, "weight_decay": 0.1},
        ),
    }
