"""Tensor: what it stores, how it computes with Python and NumPy, and how it meets other libraries."""

from __future__ import annotations

import copy
import operator
import pickle
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn.errors import ArgumentError, DtypeError, GraphError, ShapeError, TinynnError
from tinynn.nn import Linear, Parameter

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


# ---- storage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        ([1.0, 2.0], "float32"),
        (2.5, "float32"),
        ([1, 2], "int64"),
        (True, "bool"),
        (np.float64(2.5), "float64"),
        (A, "float64"),
        (A.astype("float32"), "float32"),
        (np.array([1, 2], "uint8"), "uint8"),
    ],
)
def test_dtypes(data: Any, dtype: str) -> None:
    t = tn.Tensor(data)
    assert t.dtype == dtype
    np.testing.assert_array_equal(t, data)


def test_arrays_are_shared_and_copies_made_by_tensor() -> None:
    a = A.copy()
    assert tn.Tensor(a).numpy() is a
    assert tn.Tensor(tn.Tensor(a)).numpy() is a
    assert not np.shares_memory(tn.tensor(a).numpy(), a)
    assert tn.Tensor(a, dtype="float32").dtype == np.float32


@pytest.mark.parametrize("bad", [None, "abc", 1j, object(), [[1], [1, 2]], np.ones(2, "float16"), [None]])
def test_what_is_no_tensor(bad: Any) -> None:
    with pytest.raises(DtypeError, match="Tensor: got"):
        tn.Tensor(bad)
    with pytest.raises(DtypeError, match="Tensor: got"):
        tn.Tensor(1.0, dtype="no such dtype")


def test_what_it_is() -> None:
    t = tn.Tensor(A)
    assert (t.shape, t.ndim, t.size, len(t), t.is_leaf, t.requires_grad) == ((2, 3), 2, 6, 2, True, False)
    assert t.tolist() == A.tolist()
    assert tn.tensor(2.5).item() == 2.5
    assert repr(tn.tensor([1.0])) == "Tensor([1.], dtype=float32)"
    assert repr(tn.ones(1, requires_grad=True)) == "Tensor([1.], dtype=float32, requires_grad=True)"


# ---- arithmetic ------------------------------------------------------------------------------------

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("function", OPERATORS)
@pytest.mark.parametrize(
    "other", [2, 2.5, np.float64(2.5), A[0], A, A[:, :1].tolist()], ids=lambda v: type(v).__name__
)
def test_operators_on_either_side(function: Any, other: Any) -> None:
    t = tn.tensor(A, requires_grad=True)
    for y, wanted in (
        (function(t, other), function(A, np.asarray(other))),
        (function(other, t), function(np.asarray(other), A)),
    ):
        assert type(y) is tn.Tensor
        assert y.requires_grad
        np.testing.assert_allclose(y, wanted, rtol=1e-12)


def test_matrix_product_on_either_side() -> None:
    t = tn.Tensor(A)
    np.testing.assert_array_equal(t @ A.T, A @ A.T)
    np.testing.assert_array_equal(A.T @ t, A.T @ A)
    assert type(A.T @ t) is tn.Tensor


def test_gradients_through_reflected_operators() -> None:
    assert tn.gradcheck(lambda x: (2.0 - x) * (3.0 / x) + 2.0**x - A @ x.T.reshape(3, 2) @ A, [A])


def test_unary_operators_and_methods() -> None:
    t = tn.tensor(A)
    np.testing.assert_array_equal(-t, -A)
    np.testing.assert_array_equal(abs(-t), A)
    for name in ("exp", "log", "sqrt", "square", "sin", "cos", "sign", "tanh"):
        np.testing.assert_allclose(getattr(t, name)(), getattr(np, name)(A), rtol=1e-12)
    for name in ("sum", "mean", "max", "min", "argmax", "argmin", "std", "var", "all", "any"):
        np.testing.assert_allclose(getattr(t, name)(), getattr(A, name)(), rtol=1e-12)
        np.testing.assert_allclose(getattr(t, name)(1), getattr(A, name)(1), rtol=1e-12)
        np.testing.assert_allclose(
            getattr(t, name)(axis=0, keepdims=True), getattr(A, name)(axis=0, keepdims=True)
        )
    np.testing.assert_array_equal(t.clip(2, 3), A.clip(2, 3))
    np.testing.assert_array_equal(t.clamp(min=2), A.clip(2))


def test_shapes_the_numpy_and_the_pytorch_way() -> None:
    t = tn.tensor(np.zeros((2, 3, 4)))
    shapes = {
        (4, 6): [t.reshape(4, 6), t.reshape((4, 6)), t.view(4, -1), t.reshape([4, 6])],
        (4, 3, 2): [t.T, t.transpose(), t.permute(2, 1, 0), t.transpose((2, 1, 0)), t.swapaxes(0, 2)],
        (3, 2, 4): [t.transpose(0, 1), t.transpose(1, 0, 2)],
        (24,): [t.flatten(), t.reshape(-1), t.reshape(24)],
        (2, 12): [t.flatten(1)],
        (2, 3, 1, 4): [t.unsqueeze(2), t[:, :, None]],
        (5, 2, 3, 4): [t.expand(5, 2, 3, 4), t.expand((5, 2, 3, 4))],
    }
    for shape, tensors in shapes.items():
        assert [y.shape for y in tensors] == [shape] * len(tensors)
    assert tn.zeros(2, 3).transpose(0, 1).shape == (3, 2)  # two integers are exchanged, as in PyTorch


def test_comparisons_are_booleans_outside_the_graph() -> None:
    t = tn.tensor(A, requires_grad=True)
    for function in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        y = function(t, 3.0)
        assert y.dtype == np.bool_
        assert not y.requires_grad
        np.testing.assert_array_equal(y, function(A, 3.0))
        np.testing.assert_array_equal(function(3.0, t), function(3.0, A))
        np.testing.assert_array_equal(function(A[0], t), function(A[0], A))
    assert not (t == None).any()  # noqa: E711
    with pytest.raises(ShapeError):
        t == np.ones(4)  # noqa: B015


def test_tensors_are_keys_by_identity() -> None:
    a, b = tn.ones(2), tn.ones(2)
    table = {a: "a", b: "b"}
    assert (table[a], table[b]) == ("a", "b")
    assert len({a, a, b}) == 2


def test_as_python_numbers() -> None:
    assert float(tn.tensor([2.5])) == 2.5
    assert int(tn.tensor(3)) == 3
    assert [10, 20, 30][tn.tensor(1)] == 20
    assert bool(tn.tensor([True]))
    assert f"{tn.tensor(2.5).item():.2f}" == "2.50"
    with pytest.raises(ValueError, match="needed one element"):
        bool(tn.ones(2))
    with pytest.raises(ValueError, match="needed one element"):
        float(tn.ones(2))
    with pytest.raises(TypeError):
        operator.index(tn.tensor(1.5))


def test_iteration() -> None:
    t = tn.tensor(A, requires_grad=True)
    first, second = t
    (first * second).sum().backward()
    np.testing.assert_array_equal(t.grad, A[::-1])
    with pytest.raises(TypeError, match="scalar"):
        iter(tn.tensor(1.0))
    assert 2.0 in tn.tensor([1.0, 2.0])


# ---- in place ----------------------------------------------------------------------------------------


def test_a_hand_written_step_changes_the_parameter_itself() -> None:
    w = Parameter(A)
    storage = w.numpy()
    (w * w).sum().backward()
    with tn.no_grad():
        same = w
        w -= 0.5 * w.grad
    assert w is same
    assert w.requires_grad
    np.testing.assert_array_equal(storage, np.zeros((2, 3)))


def test_a_leaf_is_not_changed_under_a_graph() -> None:
    w = tn.ones(2, requires_grad=True)
    with pytest.raises(GraphError, match="no_grad"):
        w += 1
    with pytest.raises(GraphError, match="no_grad"):
        w[0] = 1
    y = w * 2
    with pytest.raises(GraphError, match="no_grad"):
        y[0] = 1


def test_adding_up_losses_keeps_the_graph() -> None:
    w = tn.tensor([1.0, 2.0], requires_grad=True)
    total = tn.zeros(())
    start = total
    for x in w:
        total += x * x
    total.backward()
    np.testing.assert_array_equal(w.grad, [2, 4])
    assert start.item() == 0  # nothing that somebody else holds was changed


def test_setitem() -> None:
    t = tn.zeros(2, 3)
    t[0] = 1.0
    t[1, tn.tensor([0, 2])] = tn.tensor([5.0, 6.0])
    t[t == 6] = 7
    assert t.tolist() == [[1, 1, 1], [5, 0, 7]]
    labels = tn.tensor([1, 2])
    with pytest.raises(DtypeError, match="int64 but the value is float"):
        labels[0] = 0.5
    with pytest.raises(TinynnError), tn.no_grad():
        labels *= 0.5


# ---- other libraries -----------------------------------------------------------------------------------


def test_numpy_functions_take_tensors_as_arrays() -> None:
    t = tn.tensor(A, requires_grad=True) * 1.0
    assert t.numpy() is t.data
    for y in (
        np.asarray(t),
        np.sum(t, 0),
        np.mean(t, axis=1),
        np.concatenate([t, t]),
        np.linalg.norm(t, axis=0),
    ):
        assert type(y) is np.ndarray
    np.testing.assert_array_equal(np.sum(t, 0), A.sum(0))
    assert np.allclose(t, A)
    assert np.array(t, dtype="float32").dtype == np.float32
    assert not np.shares_memory(np.array(t), t.numpy())
    assert np.asarray(t) is t.data
    with pytest.raises(TypeError, match="ufunc"):
        np.exp(t)  # it would lose the graph in silence; t.exp() does not


def test_dlpack_shares_memory_both_ways() -> None:
    t = tn.tensor(A)
    assert np.shares_memory(np.from_dlpack(t), t.numpy())
    back = tn.from_dlpack(A)
    assert np.shares_memory(back.numpy(), A)
    assert tn.from_dlpack(t).shape == (2, 3)
    with pytest.raises(DtypeError, match="no __dlpack__"):
        tn.from_dlpack([1.0])
    assert tn.from_numpy(A).numpy() is A
    with pytest.raises(DtypeError, match="needed a NumPy array"):
        tn.from_numpy([1.0])  # type: ignore[arg-type]


def test_dlpack_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    t = tn.ones(3)
    theirs = torch.from_dlpack(t)
    theirs += 1
    assert t.tolist() == [2, 2, 2]
    ours = tn.from_dlpack(theirs)
    assert np.shares_memory(ours.numpy(), t.numpy())


def test_nothing_is_pickled() -> None:
    for value in (tn.ones(2), Parameter(A), Linear(2, 2)):
        with pytest.raises(ArgumentError, match="safetensors"):
            pickle.dumps(value)


def test_copies() -> None:
    w = Parameter(A)
    (w * 2).sum().backward()
    shallow, deep = copy.copy(w), copy.deepcopy(w)
    assert shallow.numpy() is w.numpy()
    assert type(deep) is Parameter
    assert deep.requires_grad
    assert not np.shares_memory(deep.numpy(), w.numpy())
    deep.grad.data += 1
    np.testing.assert_array_equal(w.grad, np.full((2, 3), 2.0))
    pair = copy.deepcopy([w, w])
    assert pair[0] is pair[1]
    with pytest.raises(GraphError, match="detach"):
        copy.deepcopy(w * 2)


# ---- the graph -----------------------------------------------------------------------------------------


def test_requires_grad_may_be_set_on_leaves() -> None:
    t = tn.ones(2)
    t.requires_grad = True
    y = t * 2
    assert y.requires_grad
    y.requires_grad = True  # true already
    with pytest.raises(GraphError, match="detach"):
        y.requires_grad = False
    t.requires_grad_(False)
    assert not (t * 2).requires_grad
    with pytest.raises(DtypeError, match="try dtype='float32'"):
        tn.Tensor([1, 2], requires_grad=True)


def test_detach_shares_the_storage_and_cuts_the_graph() -> None:
    x = tn.ones(2, requires_grad=True)
    y = x * 3
    d = y.detach()
    assert d.numpy() is y.numpy()
    assert not d.requires_grad
    (d * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [3, 3])


def test_a_cotangent_may_be_anything_like_an_array() -> None:
    for cotangent in ([1.0, 2.0], (1, 2), np.array([1, 2]), tn.tensor([1.0, 2.0])):
        x = tn.ones(2, requires_grad=True)
        (x * 3).backward(cotangent)
        np.testing.assert_array_equal(x.grad, [3, 6])


def test_backward_adds_with_the_kernels_in_force() -> None:
    calls = []

    def add(a: Any, b: Any, *, op: str) -> Any:
        calls.append(op)
        return a + b

    x = tn.ones(2, requires_grad=True)
    y = x.exp()
    z = (y.sin() * 1.0).sum() + y.sum()
    with tn.use_kernel("binary_forward", add):
        z.backward()
    assert calls == ["add"]
