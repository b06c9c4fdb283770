"""The table of cost.py, which says how to read it: kernel -> arrays, results {name: (formula, FLOPs)}.

A third part names arrays of which a call touches less than all.
"""

from __future__ import annotations

from typing import Any

MATMUL = "2 g m n k"
CONV = "2 n oh ow o c/groups kh kw"
POOL = "n oh ow c kh kw"
IMAGES = "x[n,h,w,c] w[o,c/groups,kh,kw]"
POOLED = "x[n,h,w,c] y[n,oh,ow,c] arg[n,oh,ow,c] wide[n,oh,ow,c]"
POOLED_BACK = "dy[n,oh,ow,c] arg[n,oh,ow,c] wide[n,oh,ow,c] dx[n,h,w,c]"
ELEMENTS = "x[n] target[n] loss[losses] dy[losses] dx[n]"
SCORES = "x[m,c] y[m,c] dy[m,c] dx[m,c]"
RULE = "w[n] g[n] v[n] m[n] s[n]"
DECAYED_DW = "(dz^T x[weight_decay: + decay w])"
DECAYED = "g[weight_decay: + decay w]"

ROWS: dict[str, Any] = {
    # linear
    "linear_forward": (
        "x[g,m,k] w[g,n,k] b[g,n] slope[n_slope] y[g,m,n] z[g,m,n]",
        {"y": ("act(x w^T[b: + b])", MATMUL)},
    ),
    "linear_backward": (
        "dy[g,m,n] x[g,m,k] w[g,n,k] kept[g,m,n] slope[n_slope] dx[g,m,k] dw[g,n,k] db[g,n] dslope[n_slope]",
        {
            "dx": ("dz w", MATMUL),
            "dw": ("dz^T x", MATMUL),
            "db": ("sum dz", "g m n"),
            "dslope": ("sum dy min(z, 0)", "2 g m n"),
        },
    ),
    "maxout_forward": (
        "x[m,k] w[pieces,n,k] b[pieces,n] y[m,n] arg[m,n]",
        {"y": ("max over p of x w_p^T[b: + b_p]", "2 pieces m n k")},
    ),
    "maxout_backward": (
        "dy[m,n] x[m,k] w[pieces,n,k] arg[m,n] dx[m,k] dw[pieces,n,k] db[pieces,n]",
        {
            "dx": ("dy w_arg", "2 m n k"),
            "dw": ("dy^T x at arg", "2 m n k"),
            "db": ("sum dy at arg", "m n"),
        },
    ),
    "matmul": (
        "a[g,m,k] b[g,k,n] c[g,m,n]",
        {"c": ("a[transpose_a:^T] b[transpose_b:^T]", MATMUL)},
    ),
    # convolutions
    "conv_forward": (
        f"{IMAGES} b[o] slope[n_slope] y[n,oh,ow,o] z[n,oh,ow,o]",
        {"y": ("act(w * x[b: + b])", CONV)},
    ),
    "conv_backward": (
        f"{IMAGES} dy[n,oh,ow,o] kept[n,oh,ow,o] slope[n_slope]"
        " dx[n,h,w,c] dw[o,c/groups,kh,kw] db[o] dslope[n_slope]",
        {
            "dx": ("w^T * dz", CONV),
            "dw": ("x * dz", CONV),
            "db": ("sum dz", "n oh ow o"),
            "dslope": ("sum dy min(z, 0)", "2 n oh ow o"),
        },
    ),
    "conv_transpose": (
        "x[n,oh,ow,o] w[o,c/groups,kh,kw] b[c] y[n,h,w,c]",
        {"y": ("w^T * x[b: + b]", CONV)},
    ),
    "conv_pool_forward": (
        f"{IMAGES} b[o] y[n,oh/ph,ow/pw,o] arg[n,oh/ph,ow/pw,o]",
        {"y": ("max of act(w * x[b: + b])", CONV)},
    ),
    "conv_pool_backward": (
        f"{IMAGES} dy[n,oh/ph,ow/pw,o] y[n,oh/ph,ow/pw,o] arg[n,oh/ph,ow/pw,o]"
        " dx[n,h,w,c] dw[o,c/groups,kh,kw] db[o]",
        {
            "dx": ("w^T * dz at arg", "2 n oh/ph ow/pw o c/groups kh kw"),
            "dw": ("x * dz at arg", "2 n oh/ph ow/pw o c/groups kh kw"),
            "db": ("sum dz", "n oh/ph ow/pw o"),
        },
    ),
    "conv_max_forward": (
        f"{IMAGES} b[o] y[n,o] arg[n,o]",
        {"y": ("largest of act(w * x[b: + b])", CONV)},
    ),
    "conv_max_backward": (
        f"{IMAGES} dy[n,o] y[n,o] arg[n,o] dx[n,h,w,c] dw[o,c/groups,kh,kw] db[o]",
        {
            "dx": ("w^T * dz at arg", "2 n o c/groups kh kw"),
            "dw": ("x * dz at arg", "2 n o c/groups kh kw"),
            "db": ("sum dz", "n o"),
        },
    ),
    # activations and softmax
    "activation_forward": (
        "x[m,c,inner] slope[n_slope] y[m,c,inner]",
        {"y": ("act(x)", "m c inner")},
    ),
    "activation_backward": (
        "dy[m,c,inner] kept[m,c,inner] slope[n_slope] dx[m,c,inner] dslope[n_slope]",
        {"dx": ("dy act'(x)", "2 m c inner"), "dslope": ("sum dy min(x, 0)", "2 m c inner")},
    ),
    "softmax_forward": (SCORES, {"y": ("softmax(x)", "5 m c")}),
    "softmax_backward": (SCORES, {"dx": ("y (dy - sum dy y)", "4 m c")}),
    "log_softmax_forward": (SCORES, {"y": ("log softmax(x)", "5 m c")}),
    "log_softmax_backward": (SCORES, {"dx": ("dy - exp(y) sum dy", "4 m c")}),
    # losses
    "cross_entropy_forward": (
        "x[m,c] labels[m] weight[c] loss[losses] p[m,c]",
        {"loss": ("over -log p[weight: weight] at labels", "2 m"), "p": ("softmax(x)", "5 m c")},
    ),
    "cross_entropy_backward": (
        "dy[losses] p[m,c] labels[m] weight[c] dx[m,c]",
        {"dx": ("dy (p - onehot)[reduction: / m]", "2 m c")},
    ),
    "binary_cross_entropy_with_logits_forward": (
        ELEMENTS,
        {"loss": ("over (log(1 + e^x) - t x)", "6 n")},
    ),
    "binary_cross_entropy_with_logits_backward": (
        ELEMENTS,
        {"dx": ("dy (sigmoid(x) - t)[reduction: / n]", "5 n")},
    ),
    "hinge_forward": (ELEMENTS, {"loss": ("over max(0, 1 - t x)", "4 n")}),
    "hinge_backward": (ELEMENTS, {"dx": ("-dy t where t x < 1", "3 n")}),
    "multiclass_hinge_forward": (
        "x[m,c] labels[m] loss[losses]",
        {"loss": ("over max(0, x_j - x_label + margin)", "4 m c")},
    ),
    "multiclass_hinge_backward": (
        "dy[losses] x[m,c] labels[m] dx[m,c]",
        {"dx": ("dy where x_j > x_label - margin", "4 m c")},
    ),
    "mse_forward": (ELEMENTS, {"loss": ("over (x - t)^2", "3 n")}),
    "mse_backward": (ELEMENTS, {"dx": ("2 dy (x - t)[reduction: / n]", "3 n")}),
    # sums and maxima
    "reduce_sum": ("x[outer,r,inner] y[outer,inner]", {"y": ("total x", "outer r inner")}),
    "reduce_sum_backward": (
        "dy[outer,inner] dx[outer,r,inner]",
        {"dx": ("share, repeated", "outer inner")},
    ),
    "reduce_max": (
        "x[outer,r,inner] y[outer,inner] arg[outer,inner]",
        {"y": ("max x", "outer r inner")},
    ),
    "reduce_max_backward": (
        "dy[outer,inner] arg[outer,inner] dx[outer,r,inner]",
        {"dx": ("dy at arg, else 0", "0 outer")},
    ),
    "squared_norm": ("x[n] y[1]", {"y": ("sum x^2", "2 n")}),
    # pools
    "max_pool2d_forward": (POOLED, {"y": ("max of windows of x", POOL)}),
    "max_pool2d_backward": (POOLED_BACK, {"dx": ("sum of the dy it won", "n oh ow c")}),
    "avg_pool2d_forward": (POOLED, {"y": ("mean of windows of x", POOL)}),
    "avg_pool2d_backward": (POOLED_BACK, {"dx": ("dy / count, spread", POOL)}),
    "adaptive_max_pool2d_forward": (POOLED, {"y": ("max of windows of x", POOL)}),
    "adaptive_max_pool2d_backward": (POOLED_BACK, {"dx": ("sum of the dy it won", "n oh ow c")}),
    "adaptive_avg_pool2d_forward": (POOLED, {"y": ("mean of windows of x", POOL)}),
    "adaptive_avg_pool2d_backward": (POOLED_BACK, {"dx": ("dy / count, spread", POOL)}),
    # normalisation
    "batch_norm_forward": (
        "x[m,c,inner] weight[c] bias[c] mean[c] var[c] y[m,c,inner] saved_mean[c] saved_rstd[c]",
        {"y": ("[weight:weight ](x - mean) / std[bias: + bias]", "7 m c inner")},
    ),
    "batch_norm_backward": (
        "dy[m,c,inner] x[m,c,inner] weight[c] saved_mean[c] saved_rstd[c]"
        " dx[m,c,inner] dweight[c] dbias[c]",
        {
            "dx": ("(g - mean g - h mean g h) / std", "6 m c inner"),
            "dweight": ("sum dy h", "4 m c inner"),
            "dbias": ("sum dy", "m c inner"),
        },
    ),
    "layer_norm_forward": (
        "x[m,k] weight[k] bias[k] y[m,k] mean[m] rstd[m]",
        {"y": ("[weight:weight ](x - mean) / std[bias: + bias]", "7 m k")},
    ),
    "layer_norm_backward": (
        "dy[m,k] x[m,k] weight[k] mean[m] rstd[m] dx[m,k] dweight[k] dbias[k]",
        {
            "dx": ("(g - mean g - h mean g h) / std", "8 m k"),
            "dweight": ("sum dy h", "4 m k"),
            "dbias": ("sum dy", "m k"),
        },
    ),
    # element by element
    "unary_forward": ("x[n] y[n]", {"y": ("op", "n")}),
    "unary_backward": ("dy[n] x[n] y[n] dx[n]", {"dx": ("dy slope_op", "2 n")}),
    "binary_forward": ("a[shape:stride_a] b[shape:stride_b] y[shape]", {"y": ("op", "shape")}),
    "binary_backward": (
        "dy[shape] a[shape:stride_a] b[shape:stride_b] da[shape] db[shape]",
        {"da": ("left", "shape"), "db": ("right", "shape")},
    ),
    "where_forward": ("condition[n] a[n] b[n] y[n]", {"y": ("condition ? a : b", "0 n")}),
    # rows and places
    "gather_rows": (
        "x[rows,d] index[n] y[n,d]",
        {"y": ("rows index of x", "0 n")},
        {"x": "n,d"},
    ),
    "scatter_add_rows": ("dy[n,d] index[n] dx[rows,d]", {"dx": ("sum of dy over index", "n d")}),
    "gather_images": (
        "images[rows,c,inner] index[n] mean[c] std_[c] y[n,c,inner]",
        {"y": ("(images_index / 255[mean: - mean])[std_: / std]", "3 n c inner")},
        {"images": "n,c,inner"},
    ),
    "gather_crops": (
        "images[rows,c,h,w] index[n] place[n,5] mean[c] std_[c] y[n,h,w,c]",
        {"y": ("crops of images_index, scaled", "3 n c h w")},
        {"images": "n,c,h,w"},
    ),
    "copy": ("x[shape:stride_x] y[shape:stride_y]", {"y": ("x, laid out anew", "0 shape")}),
    # random numbers
    "philox_uniform": ("y[n]", {"y": ("uniform(low, high)", "2 n")}),
    "philox_normal": ("y[n]", {"y": ("normal(mean, std)", "6 n")}),
    "dropout": ("x[n] y[n]", {"y": ("x mask / (1 - p)", "n")}),
    # updates
    "sgd_step": (
        RULE,
        {
            "v": (f"momentum v + {DECAYED}", "2 n"),
            "w": (f"w - lr [nesterov:(g + momentum v)][!nesterov:[v:v][!v:({DECAYED})]]", "2 n"),
        },
    ),
    "adam_step": (
        RULE,
        {"m": ("b1 m + (1-b1) g", "3 n"), "v": ("b2 v + (1-b2) g^2", "4 n"),
         "w": ("w - lr m' / (sqrt v'+eps)", "6 n")},
    ),
    "rmsprop_step": (
        RULE,
        {"s": ("alpha s + (1-alpha) g^2", "4 n"), "v": ("momentum v + g / sqrt s", "4 n"),
         "w": ("w - lr [v:v][!v:g / sqrt s]", "2 n")},
    ),
    "adagrad_step": (RULE, {"s": ("s + g^2", "2 n"), "w": ("w - lr g / sqrt s", "5 n")}),
    # what passes put in the place of several
    "sgd_steps": (
        RULE,
        {
            "v": (f"momentum v + {DECAYED}", "2 total"),
            "w": (f"w - lr [nesterov:(g + momentum v)][!nesterov:[v:v][!v:({DECAYED})]]", "2 total"),
        },
    ),
    "adam_steps": (
        RULE,
        {"m": ("b1 m + (1-b1) g", "3 total"), "v": ("b2 v + (1-b2) g^2", "4 total"),
         "w": ("w - lr m' / (sqrt v'+eps)", "6 total")},
    ),
    "chain_cross_entropy": (
        "x[m,first] labels[m] w[n,k] b[n] loss[1] y[m,last] dx[m,first] dw[n,k] db[n]",
        {
            "y": ("act(x w^T + b), layer by layer", "2 m products"),
            "loss": ("over -log softmax(y) at labels", "5 m last"),
            "dx": ("dz w", "2 m first_product"),
            "dw": ("dz^T x, layer by layer", "4 m products + -2 m first_product"),
            "db": ("sum dz", "0 m"),
        },
    ),
    "linear_backward_sgd": (
        "dy[m,n] x[m,k] w[n,k] b[n] kept[m,n] v[n,k] v_b[n] dx[m,k]",
        {
            "dx": ("dz w", "2 m n k"),
            "v": ("momentum v + dz^T x[weight_decay: + decay w]", "2 n k"),
            "w": (f"w - lr [nesterov:(dz^T x + momentum v)][!nesterov:[v:v][!v:{DECAYED_DW}]]",
                  "2 m n k + 2 n k"),
            "v_b": ("momentum v_b + sum dz", "2 n"),
            "b": ("b - lr [v_b:v_b][!v_b:sum dz]", "m n + 2 n"),
        },
    ),
}  # fmt: skip
