"""What convolution is, beyond the rows of the table: other oracles, sharing, layouts, the fused pool."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage, signal

import tinynn as tn
from tinynn import functional as F
from tinynn.backends import available_backends, numpy_rung, rung

RNG = np.random.default_rng(0)


def normal(*shape: int, dtype: str = "float64") -> Any:
    return RNG.standard_normal(shape).astype(dtype)


def channels_last(x: Any) -> Any:
    """The same array, its channels last in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


each_backend = pytest.mark.parametrize("backend", available_backends())


# ---- the mathematician's convolution ---------------------------------------------------------------


@each_backend
def test_flip_is_the_convolution_of_the_textbook(backend: str) -> None:
    x, w, line, filter = normal(9, 8), normal(4, 3), normal(30), normal(5)
    with tn.use_backend(backend):
        full = F.conv2d(x[None, None], w[None, None], padding=(3, 2), flip=True)
        np.testing.assert_allclose(full[0, 0], signal.convolve2d(x, w), rtol=1e-12)
        full = F.conv1d(line[None, None], filter[None, None], padding=4, flip=True)
        np.testing.assert_allclose(full[0, 0], np.convolve(line, filter), rtol=1e-12)
        same = F.conv1d(line[None, None], filter[None, None], padding="same", flip=True)
        np.testing.assert_allclose(same[0, 0], ndimage.convolve1d(line, filter, mode="constant"), rtol=1e-12)
        half = F.conv1d(line[None, None], filter[None, None], padding=(2, 2), stride=2, flip=True)
        np.testing.assert_allclose(half[0, 0], np.convolve(line, filter, "same")[::2], rtol=1e-12)


@each_backend
def test_the_field_s_convolution_is_a_correlation(backend: str) -> None:
    x, w = normal(9, 8), normal(4, 3)
    with tn.use_backend(backend):
        y = F.conv2d(x[None, None], w[None, None])
    np.testing.assert_allclose(y[0, 0], signal.correlate2d(x, w, "valid"), rtol=1e-12)


def test_a_transposed_convolution_with_stride_is_upsampling() -> None:
    x, w = normal(7), normal(5)
    y = F.conv_transpose1d(x[None, None], w[None, None], stride=3)
    np.testing.assert_allclose(y[0, 0], signal.upfirdn(w, x, up=3), rtol=1e-12)


# ---- sharing ------------------------------------------------------------------------------------------


def test_a_convolution_is_a_linear_layer_with_shared_weights() -> None:
    """Unrolled, w stands in many places of one matrix; dw is the sum of that matrix's gradient over them."""
    x, w, dy = normal(3, 1, 10), normal(1, 1, 4), normal(3, 1, 7)
    place = np.array([[j - p if 0 <= j - p < 4 else -1 for j in range(10)] for p in range(7)])
    matrix = tn.Tensor(np.where(place >= 0, w[0, 0][place], 0), requires_grad=True)
    unrolled = F.linear(tn.Tensor(x[:, 0]), matrix)
    unrolled.backward(dy[:, 0])
    shared, x_ = tn.Tensor(w, requires_grad=True), tn.Tensor(x, requires_grad=True)
    y = F.conv1d(x_, shared)
    y.backward(dy)
    np.testing.assert_allclose(y.data[:, 0], unrolled.data, rtol=1e-12)
    summed = [matrix.grad.data[place == i].sum() for i in range(4)]
    np.testing.assert_allclose(shared.grad.data[0, 0], summed, rtol=1e-12)


def test_a_shifted_image_gives_the_shifted_answer() -> None:
    x, w = np.zeros((1, 2, 12, 12)), normal(3, 2, 3, 3)
    x[:, :, 3:7, 2:6] = normal(1, 2, 4, 4)
    y = F.conv2d(x, w, padding=1)
    for down, right in ((0, 1), (2, 0), (3, 4)):
        moved = np.roll(x, (down, right), (2, 3))
        np.testing.assert_array_equal(F.conv2d(moved, w, padding=1), np.roll(y, (down, right), (2, 3)))


def test_depthwise_is_one_convolution_for_each_channel() -> None:
    x, w = normal(2, 5, 6, 6), normal(10, 1, 3, 3)
    y = F.conv2d(x, w, groups=5)
    for c in range(5):
        alone = F.conv2d(x[:, c : c + 1], w[2 * c : 2 * c + 2])
        np.testing.assert_allclose(y[:, 2 * c : 2 * c + 2], alone, rtol=1e-12)


def test_one_place_is_a_linear_map_of_the_channels() -> None:
    x, w, b = normal(2, 5, 4, 3), normal(7, 5), normal(7)
    y = F.conv2d(x, w[:, :, None, None], b, activation="tanh")
    rows = F.linear(np.moveaxis(x, 1, -1), w, b, activation="tanh")
    np.testing.assert_allclose(y, np.moveaxis(rows, -1, 1), rtol=1e-12)


@pytest.mark.parametrize("backend", [name for name in available_backends() if name != "numpy"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_more_padding_than_image_takes_no_memory(backend: str, dtype: str) -> None:
    """160 GB, if zeros were laid around the image: only the middle of each kernel meets it."""
    x, w, dy = (
        normal(1, 2, 4, 4, dtype=dtype),
        normal(3, 2, 3, 3, dtype=dtype),
        normal(1, 3, 4, 4, dtype=dtype),
    )
    wide, inner = {"padding": 100_000, "dilation": 100_000}, np.ascontiguousarray(w[:, :, 1:2, 1:2])
    x_, w_, inner_ = (tn.Tensor(a, requires_grad=True) for a in (x, w, inner))
    with tn.use_backend(backend):
        y, want = F.conv2d(x_, w_, activation="tanh", **wide), F.conv2d(x, inner_, activation="tanh")
        y.backward(dy)
        want.backward(dy)
        back = F.conv_transpose2d(dy, w, **wide)
        pooled = F.conv2d_max_pool(x, w, **wide)
    rounding = {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(y.data, want.data, **rounding)
    np.testing.assert_allclose(w_.grad.data[:, :, 1:2, 1:2], inner_.grad.data, **rounding)
    assert np.count_nonzero(w_.grad.data) == inner.size
    np.testing.assert_allclose(back, np.einsum("nopq,oc->ncpq", dy, inner[:, :, 0, 0]), **rounding)
    plain = np.einsum("ncpq,oc->nopq", x, inner[:, :, 0, 0]).reshape(1, 3, 2, 2, 2, 2)
    np.testing.assert_allclose(pooled, plain.max((3, 5)), **rounding)


# ---- the fused pool --------------------------------------------------------------------------------


@each_backend
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("act", ["identity", "relu", "leaky_relu", "sigmoid", "tanh"])
def test_the_fused_pool_is_one_after_the_other(act: str, dtype: str, backend: str) -> None:
    x, w, b = normal(2, 3, 9, 10, dtype=dtype), normal(4, 3, 3, 3, dtype=dtype), normal(4, dtype=dtype)
    alpha = 0.2 if act == "leaky_relu" else None
    tensors = [tn.Tensor(a, requires_grad=True) for a in (x, w, b)]
    again = [tn.Tensor(a, requires_grad=True) for a in (x, w, b)]
    with tn.use_backend(backend):
        fused = F.conv2d_max_pool(*tensors, pool=(2, 3), padding=1, activation=act, alpha=alpha)
        plain = F.conv2d(*again, padding=1, activation=act, alpha=alpha)
        boxes = F.reshape(plain[:, :, :8, :9], (2, 4, 4, 2, 3, 3))
        pooled = F.max(boxes, axis=(3, 5))
        dy = normal(*fused.shape, dtype=dtype)
        fused.backward(dy)
        pooled.backward(dy)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(fused.data, pooled.data, rtol=tolerance, atol=tolerance)
    for one, other in zip(tensors, again, strict=True):
        np.testing.assert_allclose(one.grad.data, other.grad.data, rtol=tolerance, atol=10 * tolerance)


@each_backend
def test_of_equals_the_first_wins_and_nan_before_all(backend: str) -> None:
    kernels = rung(backend)
    if "conv2d_pool_forward" not in kernels:
        pytest.skip("this rung leaves it to another")
    x = np.array([[[[3.0, 5, 2, 2], [5, 1, 2, 2], [0, np.nan, -1, -2], [np.nan, 9, -3, -1]]]])
    place: dict[str, Any] = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    options = {**place, "pool": (2, 2), "flip": False, "activation": "identity", "alpha": None}
    y, arg = kernels["conv2d_pool_forward"](x, np.ones((1, 1, 1, 1)), None, **options)
    np.testing.assert_array_equal(y, [[[[5, 2], [np.nan, -1]]]])
    np.testing.assert_array_equal(arg, [[[[1, 0], [1, 0]]]])
    dy = np.array([[[[1.0, 2], [3, 4]]]])
    dx, _, db = kernels["conv2d_pool_backward"](dy, x * 0 + 1, np.ones((1, 1, 1, 1)), y, arg, **options)
    np.testing.assert_array_equal(dx, [[[[0, 1, 2, 0], [0, 0, 0, 0], [0, 3, 4, 0], [0, 0, 0, 0]]]])
    np.testing.assert_array_equal(db, [10])


# ---- layout ------------------------------------------------------------------------------------------

NATIVE = rung("native")


@pytest.mark.skipif(not NATIVE, reason="the native rung was not built")
@pytest.mark.parametrize("act", ["identity", "relu", "gelu"])
def test_native_images_lie_channels_last_and_own_their_memory(act: str) -> None:
    x, w = normal(2, 3, 6, 5), normal(4, 3, 3, 3)
    options: dict[str, Any] = {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
    options |= {"flip": False, "activation": act, "alpha": None}
    y, kept = NATIVE["conv2d_forward"](x, w, None, None, **options)
    dx, dw, _, _ = NATIVE["conv2d_backward"](y, x, w, kept, None, **options, needs=(True, True, False, False))
    for images in (y, dx, *(() if kept is None else (kept,))):
        assert images.base is None
        assert images.flags.owndata
        assert images.strides == channels_last(images).strides
    assert dw.flags.c_contiguous
    line, _ = NATIVE["conv1d_forward"](
        x[:, :, 0], w[:, :, 0], None, None, **options | {"stride": 1, "dilation": 1, "padding": (1, 1)}
    )
    assert line.strides == channels_last(line).strides


@each_backend
def test_any_layout_of_the_input_gives_the_same_numbers(backend: str) -> None:
    x, w, dy = normal(2, 3, 6, 5), normal(4, 3, 3, 3), normal(2, 4, 4, 3)
    results = []
    for layout in (np.array, channels_last, np.asfortranarray, lambda a: a[::-1].copy()[::-1]):
        x_, w_ = tn.Tensor(layout(x), requires_grad=True), tn.Tensor(layout(w), requires_grad=True)
        with tn.use_backend(backend):
            y = F.conv2d(x_, w_, activation="tanh")
            y.backward(layout(dy))
        results.append([y.data, x_.grad.data, w_.grad.data])
    for others in results[1:]:
        for got, want in zip(others, results[0], strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


SCALE = normal(1, 3, 1, 1)
ELEMENTWISE: dict[str, Any] = {
    "relu": F.relu,
    "tanh": F.tanh,
    "gelu": F.gelu,
    "square": F.square,
    "add": lambda x: F.add(x, x),
    "a number for each channel": lambda x: F.mul(SCALE, x),
    "something in C order": lambda x: F.sub(x, np.ascontiguousarray(x.data)),
    "an image for all": lambda x: F.maximum(x, channels_last(x.data[:1])),
    "fewer axes": lambda x: F.mul(x, channels_last(x.data)[0]),
    "fewer axes, of odd layout": lambda x: F.mul(channels_last(x.data[0]), x),
    "a column": lambda x: F.mul(x, np.ones((6, 1))),
}


@each_backend
@pytest.mark.parametrize("what", ELEMENTWISE)
def test_element_by_element_the_layout_stays_and_the_numbers_too(what: str, backend: str) -> None:
    x, dy, results = normal(2, 3, 6, 5), normal(2, 3, 6, 5), []
    for lay, lay_dy in ((np.array, np.array), (channels_last, channels_last), (channels_last, np.array)):
        tensor = tn.Tensor(lay(x), requires_grad=True)
        with tn.use_backend(backend):
            y = ELEMENTWISE[what](tensor)
            y.backward(lay_dy(dy))
        results.append((y.data, tensor.grad.data))
    for others in results[1:]:
        for got, want in zip(others, results[0], strict=True):
            np.testing.assert_array_equal(got, want)
    keeps = backend == "native" and "fewer" not in what and what != "a column"
    assert not keeps or results[1][0].strides == channels_last(x).strides


@pytest.mark.skipif(not NATIVE, reason="the native rung was not built")
def test_a_partner_that_is_no_array_of_images_is_refused() -> None:
    x = channels_last(normal(2, 3, 6, 5))
    act = {"activation": "tanh", "alpha": None}
    for bad in ("x", None, 3.0, normal(), normal(5), normal(2, 3), normal(2, 3, 6, 5).astype("f4")):
        with pytest.raises((TypeError, ValueError), match=r"^activation_backward: "):
            NATIVE["activation_backward"](bad, x, None, **act)
        with pytest.raises((TypeError, ValueError), match=r"^activation_backward: "):
            NATIVE["activation_backward"](x, bad, None, **act)
        with pytest.raises((TypeError, ValueError), match=r"^unary_backward: "):
            NATIVE["unary_backward"](bad, x, x, op="square")
        with pytest.raises((TypeError, ValueError), match=r"^binary_backward: "):
            NATIVE["binary_backward"](bad, x, x, op="mul")


@pytest.mark.skipif(not NATIVE, reason="the native rung was not built")
def test_dx_is_written_where_it_is_told_if_that_is_channels_last() -> None:
    x, w, dy = normal(2, 3, 6, 5), normal(4, 3, 3, 3), normal(2, 4, 4, 3)
    options: dict[str, Any] = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    options |= {"flip": False, "activation": "identity", "alpha": None}
    needs = (True, False, False, False)
    wanted = numpy_rung.KERNELS["conv2d_backward"](dy, x, w, None, None, **options, needs=needs)[0]
    place = channels_last(np.full_like(x, np.nan))
    got = NATIVE["conv2d_backward"](
        dy, x, w, None, None, **options, needs=needs, out=(place, None, None, None)
    )
    assert got[0] is place
    np.testing.assert_allclose(place, wanted, rtol=1e-12)
    with pytest.raises(ValueError, match="dx is written in place, but it is read-only or not in one piece"):
        NATIVE["conv2d_backward"](
            dy, x, w, None, None, **options, needs=needs, out=(np.empty_like(x), None, None, None)
        )


@pytest.mark.skipif(not NATIVE, reason="the native rung was not built")
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"stride": (0, 1)}, ValueError),
        ({"stride": (1,)}, TypeError),
        ({"stride": (1, 2**31)}, ValueError),
        ({"stride": (1, 2**80)}, (ValueError, OverflowError)),
        ({"stride": (1, "1")}, TypeError),
        ({"padding": ((0, -1), (0, 0))}, ValueError),
        ({"padding": (1, 1)}, TypeError),
        ({"padding": None}, TypeError),
        ({"dilation": (1, 0)}, ValueError),
        ({"dilation": (1, 9)}, ValueError),
        ({"groups": 0}, ValueError),
        ({"groups": 3}, ValueError),
        ({"groups": -(2**62)}, ValueError),
        ({"groups": 2**62}, ValueError),
    ],
)
def test_the_border_refuses_what_would_leave_the_arrays(wrong: dict[str, Any], error: Any) -> None:
    x, w = normal(2, 3, 6, 5), normal(4, 3, 3, 3)
    options: dict[str, Any] = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    options |= {"flip": False, "activation": "identity", "alpha": None, **wrong}
    with pytest.raises(error):
        NATIVE["conv2d_forward"](x, w, None, None, **options)
    with pytest.raises(error):
        NATIVE["conv2d_pool_forward"](x, w, None, **options, pool=(2, 2))
    del options["activation"], options["alpha"]
    with pytest.raises(error):
        NATIVE["conv2d_transpose"](normal(2, 4, 4, 3), w, None, **options, size=(6, 5))


@pytest.mark.skipif(not NATIVE, reason="the native rung was not built")
def test_the_border_refuses_a_size_that_the_convolution_does_not_come_from() -> None:
    options: dict[str, Any] = {"stride": (2, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    x, w = normal(2, 4, 3, 3), normal(4, 3, 3, 3)
    for size in ((7, 5), (8, 5)):
        assert NATIVE["conv2d_transpose"](x, w, None, **options, flip=False, size=size).shape[2:] == size
    for size in ((6, 5), (9, 5), (7, 6), (7, -1), (0, 0), (2**62, 5), 7, (7, 5, 1)):
        with pytest.raises((ValueError, TypeError), match=r"^conv2d_transpose: "):
            NATIVE["conv2d_transpose"](x, w, None, **options, flip=False, size=size)
