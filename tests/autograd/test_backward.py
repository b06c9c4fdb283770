"""backward: what arrives at each leaf, however the graph is shaped and the arrays are shared."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn.autograd import Node, Variable, backward, op
from tinynn.errors import DtypeError, GraphError, ShapeError


def leaf(*values: float) -> tn.Tensor:
    return tn.tensor(values, dtype="float64", requires_grad=True)


def test_a_tensor_used_twice_receives_both_gradients() -> None:
    x = leaf(3.0)
    y = x * x + x  # dy/dx = 2x + 1
    y.backward()
    np.testing.assert_array_equal(x.grad, [7.0])


def test_the_same_tensor_on_both_sides_of_one_op() -> None:
    x = leaf(2.0, 5.0)
    (x + x).backward([1.0, 10.0])
    np.testing.assert_array_equal(x.grad, [2.0, 20.0])


def test_a_diamond_is_walked_once_per_node() -> None:
    """z is visited when both its users have been, not once per path: 2^40 paths end in no time."""
    x = leaf(1.0)
    y = x
    for _ in range(40):
        y = y + y
    y.backward()
    np.testing.assert_array_equal(x.grad, [2.0**40])


def test_two_leaves_of_an_addition_do_not_share_their_gradient() -> None:
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    cotangent = np.array([1.0, 1.0])
    (a + b).backward(cotangent)
    a.grad.data *= 100  # what clipping or a careless user does
    np.testing.assert_array_equal(b.grad, [1.0, 1.0])
    np.testing.assert_array_equal(cotangent, [1.0, 1.0])


def test_a_view_of_a_leaf_gives_it_a_gradient_of_its_own() -> None:
    w = tn.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = w.T * 1.0
    y.backward(np.arange(6.0).reshape(3, 2))
    np.testing.assert_array_equal(w.grad, np.arange(6.0).reshape(3, 2).T)
    assert w.grad.numpy().flags.c_contiguous  # an optimiser may walk it beside w


def test_gradients_of_an_op_that_hands_out_one_array_twice_are_told_apart() -> None:
    @op
    def careless(a: np.ndarray, b: np.ndarray):  # type: ignore[no-untyped-def]
        def backward(dy, needs):  # type: ignore[no-untyped-def]
            g = dy * 2
            return g, g

        return a + b, backward

    a, b = leaf(1.0), leaf(1.0)
    careless(a, b).backward()
    a.grad.data += 1
    np.testing.assert_array_equal(b.grad, [2.0])


@pytest.mark.parametrize(
    "owner", [lambda a: np.frombuffer(bytearray(a)), np.from_dlpack], ids=["buffer", "dlpack"]
)
def test_a_cotangent_of_another_library_is_not_shared(owner: Any) -> None:
    """Its array is itself a view of something that is no array."""
    x, cotangent = leaf(1.0, 2.0), owner(np.array([3.0, 4.0]))
    x.reshape(2, 1).backward(cotangent.reshape(2, 1))
    x.reshape(1, 2).reshape(2).backward(cotangent)
    y = tn.zeros(2, 1, dtype="float64", requires_grad=True)
    y.reshape(2).backward(cotangent)
    assert not np.shares_memory(x.grad.data, cotangent)
    assert not np.shares_memory(y.grad.data, cotangent)
    np.testing.assert_array_equal(y.grad, [[3], [4]])


@pytest.mark.parametrize(
    "grad", [tn.zeros(1, dtype="float64"), tn.zeros(2, 3, dtype="float64"), tn.zeros(3), 0.0, np.zeros(3)]
)
def test_a_gradient_that_cannot_be_added_to_is_refused(grad: Any) -> None:
    other, w = leaf(1.0, 2.0, 3.0), leaf(1.0, 2.0, 3.0)
    (other * 2).sum().backward()
    w.grad = grad
    with pytest.raises((ShapeError, DtypeError), match=r"backward: \.grad is .* but its tensor "):
        (other * w).sum().backward()
    assert w.grad is grad
    np.testing.assert_array_equal(other.grad, [2, 2, 2])  # nothing was added to anybody


def test_a_second_backward_adds() -> None:
    x = leaf(3.0)
    (x * x).backward()
    first = x.grad.numpy()
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, [12.0])
    np.testing.assert_array_equal(first, [6.0])  # who kept the old array keeps the old numbers


def test_accumulating_does_not_change_what_is_on_its_way() -> None:
    """s is used three times, and its leaves twice: adding at one place must not show at another."""
    x, w = leaf(1.0, 2.0), leaf(10.0, 20.0)
    s = x + w
    y = (s + s) * s  # 2 s^2
    y.backward(np.ones(2))
    np.testing.assert_array_equal(x.grad, 4 * (x.data + w.data))
    np.testing.assert_array_equal(w.grad, 4 * (x.data + w.data))


def test_backward_twice_needs_retain_graph() -> None:
    x = leaf(3.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_array_equal(x.grad, [12.0])
    with pytest.raises(GraphError, match=r"through mul was freed.*retain_graph=True"):
        y.backward()


def test_a_freed_part_of_a_shared_graph_is_named() -> None:
    x = leaf(3.0)
    shared = x.exp()
    shared.sum().backward()
    with pytest.raises(GraphError, match="through exp was freed"):
        (shared * 2).sum().backward()


def test_a_failed_backward_leaves_the_gradients_alone() -> None:
    x, w = leaf(1.0), leaf(2.0)
    shared = x * 3
    shared.backward()
    before = x.grad.numpy().copy()
    with pytest.raises(GraphError):
        (w * shared).backward()
    assert w.grad is None
    np.testing.assert_array_equal(x.grad, before)


def test_only_what_is_wanted_is_computed() -> None:
    wanted = []

    @op
    def watched(a, b, c):  # type: ignore[no-untyped-def]
        def backward(dy, needs):  # type: ignore[no-untyped-def]
            wanted.append(needs)
            return tuple(dy * 1.0 if need else None for need in needs)

        return a + b + c, backward

    a, b = leaf(1.0), leaf(1.0)
    watched(a, tn.tensor([1.0], dtype="float64"), b).backward()
    watched(np.ones(1), a.detach(), a * 1.0).backward()
    assert wanted == [(True, False, True), (False, False, True)]


def test_a_scalar_needs_no_cotangent_and_others_do() -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(GraphError, match=r"shape \(2,\); needed a scalar"):
        (x * x).backward()
    with pytest.raises(ShapeError, match=r"cotangent is \(3,\) but the tensor is \(2,\)"):
        (x * x).backward(np.ones(3))
    (x * x).reshape(2, 1)[0].backward()  # one element, shape (1,)
    np.testing.assert_array_equal(x.grad, [2.0, 0.0])


def test_a_leaf_is_its_own_graph() -> None:
    x = leaf(1.0, 2.0)
    cotangent = np.array([5.0, 6.0])
    x.backward(cotangent)
    np.testing.assert_array_equal(x.grad, [5.0, 6.0])
    assert not np.shares_memory(x.grad.numpy(), cotangent)


def test_without_a_graph_there_is_no_backward() -> None:
    with pytest.raises(GraphError, match="no graph"):
        tn.ones(1).backward()
    x = leaf(1.0)
    with tn.no_grad():
        y = x * 2
    with pytest.raises(GraphError, match="no graph"):
        y.backward()
    with pytest.raises(GraphError, match="no graph"):
        x.argmax().backward()


@pytest.mark.parametrize(
    ("gradients", "message"),
    [
        (lambda dy: (dy,), "returned 1 gradients; needed 2"),
        (lambda dy: (dy, dy, dy), "returned 3 gradients; needed 2"),
        (lambda dy: (dy, None), "returned None for its array 1"),
        (lambda dy: (dy[:1], dy), r"gradient of shape \(1,\) for its array 0; needed shape \(2,\)"),
    ],
)
def test_an_op_that_breaks_its_contract_is_named(gradients, message: str) -> None:  # type: ignore[no-untyped-def]
    @op
    def broken(a, b):  # type: ignore[no-untyped-def]
        return a + b, lambda dy, needs: gradients(dy)

    with pytest.raises(GraphError, match=f"broken.*{message}"):
        broken(leaf(1.0, 2.0), leaf(1.0, 2.0)).backward(np.ones(2))


def test_gradients_of_numpy_scalars_and_other_dtypes_fit_the_leaf() -> None:
    @op
    def loose(x):  # type: ignore[no-untyped-def]
        return np.sum(x), lambda dy, needs: (np.float64(dy) * np.ones(x.shape),)

    x = tn.ones(3, requires_grad=True)
    y = loose(x)
    assert y.shape == ()
    y.backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad, [1, 1, 1])


@pytest.mark.parametrize("length", [100_000])
def test_a_chain_of_a_hundred_thousand_ops(length: int) -> None:
    """Neither backward nor freeing the graph recurses."""
    x = leaf(0.0)
    y = x
    for _ in range(length):
        y = y + 1.0
    assert y.item() == length
    y.backward()
    np.testing.assert_array_equal(x.grad, [1.0])
    del y
    gc.collect()


def test_an_unused_deep_graph_is_freed_without_recursion() -> None:
    y = leaf(0.0)
    for _ in range(100_000):
        y = y * 1.0
    kept = y.node
    del y  # the graph hangs on `kept` alone
    assert kept is not None
    del kept


def test_a_graph_is_freed_with_its_last_user_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        x = leaf(*range(10))
        y = F.softmax(F.linear(x.reshape(1, 10), tn.ones(3, 10, dtype="float64", requires_grad=True)))
        seen = []
        y.register_hook(lambda g: seen.append(g.shape))
        y.sum().backward()
        assert seen == [(1, 3)]
        assert y.node is not None
        oldest = y.node.parents[0].number  # type: ignore[union-attr]
        del y
        left = [o for o in gc.get_objects() if isinstance(o, Node) and o.number >= oldest]
        assert left == []
    finally:
        gc.enable()


def test_threads_have_graphs_of_their_own() -> None:
    """Eight threads build and walk graphs at once; no_grad in one does not show in another."""
    failures: list[str] = []
    start = threading.Barrier(8)

    def work(k: int) -> None:
        start.wait()
        for _ in range(50):
            x = leaf(*np.arange(1.0, 4.0) * (k + 1))
            if k % 2:
                with tn.no_grad():
                    if (x * x).requires_grad:
                        failures.append(f"{k}: recorded in no_grad")
                continue
            (x * x * x).sum().backward()
            if x.grad is None or not np.allclose(x.grad, 3 * x.data**2):
                failures.append(f"{k}: wrong gradient {x.grad}")

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert failures == []


def test_variables_work_without_tensors() -> None:
    """The engine knows graphs, whatever the class that users see."""
    x = Variable.wrap(np.array([1.0, 2.0]))
    x._requires_grad = True
    y = F.sum(F.mul(x, x))
    assert type(y) is Variable
    backward(y)
    np.testing.assert_array_equal(x.grad.data, [2.0, 4.0])
