"""topological-order: every node before what it was computed from; of the right orders any one will do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tinynn.workshop.contract import Array, Edge, Exercise, Rules, Sizes, read, write

wrong = Rules()
Lists = list[list[int]]


def neighbours(of: Any, to: Any, n: int) -> Lists:
    """Per node, where its edges lead, in the order in which they stand."""
    found: Lists = [[] for _ in range(n)]
    for a, b in zip(of, to, strict=True):
        found[int(a)].append(int(b))
    return found


def oracle(user: Any, used: Any, order: Any) -> None:
    """Those whose users have all been visited are ready; the largest number of them is next."""
    n = len(order)
    inputs, waiting = neighbours(user, used, n), np.bincount(used, minlength=n)
    ready = [i for i in range(n) if not waiting[i]]
    for place in range(n):
        ready.sort()
        order[place] = node = ready.pop()
        for i in inputs[node]:
            waiting[i] -= 1
            if not waiting[i]:
                ready.append(i)


def judge(user: Any, used: Any, order: Any) -> Mapping[str, Array]:
    """A place is wrong that holds no node, one that was there already, or one before a user of it."""
    n = len(order)
    bad = np.zeros(n, bool)
    users = neighbours(used, user, n)
    seen: set[int] = set()
    for place, node in enumerate(order.tolist()):
        bad[place] = not 0 <= node < n or node in seen or any(u not in seen for u in users[node])
        seen.add(node)
    return {"order": bad}


def first_reached(
    user: Any, used: Any, order: Any, pop: Callable[[list[int]], int], listed: bool, early: bool
) -> None:
    """Search from the losses; a node takes its place when it is first reached.

    `early`: it is marked as it is put onto the list, else as it is taken off.
    """
    n = len(order)
    inputs = neighbours(user, used, n)
    roots = [i for i in range(n) if not (used == i).any()]
    waiting = roots if listed else roots[::-1]
    seen, found = set(waiting) if early else set(), []
    while waiting:
        node = pop(waiting)
        if not early and node in seen:
            continue
        seen.add(node)
        found.append(node)
        for i in inputs[node] if listed else inputs[node][::-1]:
            if i not in seen:
                waiting.append(i)
                if early:
                    seen.add(i)
    order[...] = found


def last(waiting: list[int]) -> int:
    return waiting.pop()


def first(waiting: list[int]) -> int:
    return waiting.pop(0)


DEPTH = "depth first, a node where it is first reached: it is visited before all of its users have been"
BREADTH = "breadth first, by the shortest way from the loss: a node has to wait for its longest way"
REACHED = "a node is visited as soon as one of its users has been: it has to wait for all of them"
REVERSED = "reversed it would be right: inputs stand before their users, as in a forward pass or a post-order"
DOUBLED = "an edge that stands there twice (x * x) is counted once: waited for once, and taken off twice"
EARLY = "a node stands before one that uses it: its gradient is not complete when it is visited"
TWICE = "a node stands there more than once, or not at all: each is visited once"


def all_nodes(user: Any, used: Any, order: Any) -> bool:
    return bool((np.sort(order) == np.arange(len(order))).all())


def backwards(user: Any, used: Any, order: Any) -> bool:
    return not judge(user, used, order[::-1])["order"].any()


def not_all_nodes(user: Any, used: Any, order: Any) -> bool:
    """Of one node or two there is not much to be wrong; where nothing is written that is said."""
    return len(order) < 3 or (bool((order >= 0).any()) and not all_nodes(user, used, order))


def in_pre_order(user: Any, used: Any, order: Any) -> bool:
    """Each node is an input of the last one that still has inputs to visit; else a new search begins."""
    inputs = neighbours(user, used, len(order))
    path: list[int] = []
    left = set(order.tolist())
    for node in order.tolist() if all_nodes(user, used, order) else ():
        while path and not left.intersection(inputs[path[-1]]):
            path.pop()
        if path and node not in inputs[path[-1]]:
            return False
        left.discard(node)
        path.append(node)
    return not left


def by_shortest_way(user: Any, used: Any, order: Any) -> bool:
    """By the number of edges from a loss, the least of all ways."""
    n = len(order)
    far = np.where(np.bincount(used, minlength=n) == 0, 0, n)
    for _ in range(n):
        np.minimum.at(far, used, far[user] + 1)
    return all_nodes(user, used, order) and bool((np.diff(far[order]) >= 0).all())


def after_one_user(user: Any, used: Any, order: Any) -> bool:
    return all(seen > 0 or not of for seen, of, _ in visits(user, used, order))


def doubled_once(user: Any, used: Any, order: Any) -> bool:
    """Before each node as many of its edges were taken off as it has users, none of them counted twice."""
    return all(seen >= users for seen, _, users in visits(user, used, order))


def visits(user: Any, used: Any, order: Any) -> Iterator[tuple[int, int, int]]:
    """Per node in its turn: its edges from users that were visited, all its edges, its users."""
    if not all_nodes(user, used, order):
        yield 0, 1, 1
        return
    users, seen = neighbours(used, user, len(order)), set()
    for node in order.tolist():
        yield sum(u in seen for u in users[node]), len(users[node]), len(set(users[node]))
        seen.add(node)


def post_order(user: Any, used: Any, order: Any, begin: list[int]) -> None:
    """The nodes as a search leaves them."""
    inputs, seen, found = neighbours(user, used, len(order)), set(), []

    def visit(node: int) -> None:
        if node not in seen:
            seen.add(node)
            for i in inputs[node]:
                visit(i)
            found.append(node)

    for node in begin:
        visit(node)
    order[...] = found


@wrong(REVERSED, "sign", backwards)
def forwards(user: Any, used: Any, order: Any) -> None:
    oracle(used, user, order)


@wrong(REVERSED, "sign", backwards)
def post_order_of_all(user: Any, used: Any, order: Any) -> None:
    post_order(user, used, order, list(range(len(order))))


@wrong(REVERSED, "sign", backwards)
def post_order_of_losses(user: Any, used: Any, order: Any) -> None:
    post_order(user, used, order, [i for i in range(len(order)) if not (used == i).any()])


@wrong(REVERSED, "sign", backwards)
def exchanged(user: Any, used: Any, order: Any) -> None:
    depth = np.zeros(len(order), np.int64)  # the longest way from a loss
    for _ in order:
        np.maximum.at(depth, used, depth[user] + 1)
    order[...] = np.argsort(-depth, kind="stable")


@wrong(DOUBLED, "formula", doubled_once)
def users_counted_once(user: Any, used: Any, order: Any) -> None:
    n = len(order)
    inputs, waiting = neighbours(user, used, n), [len(set(found)) for found in neighbours(used, user, n)]
    ready, place = [i for i in range(n) if not waiting[i]], 0
    while ready:
        order[place] = node = ready.pop()
        place += 1
        for i in inputs[node]:
            waiting[i] -= 1
            if not waiting[i]:
                ready.append(i)


@wrong("the numbers of the nodes, falling: they are numbered as it happens, not by birth", "formula")
def falling(user: Any, used: Any, order: Any) -> None:
    order[...] = np.arange(len(order))[::-1]


@wrong("the numbers of the nodes, rising: they are numbered as it happens", "formula")
def rising(user: Any, used: Any, order: Any) -> None:
    order[...] = np.arange(len(order))


@wrong("by how often a node is used: that says nothing about who used it", "formula")
def by_uses(user: Any, used: Any, order: Any) -> None:
    order[...] = np.argsort(np.bincount(used, minlength=len(order)), kind="stable")


@wrong(BREADTH, "formula", by_shortest_way)
def breadth_first(user: Any, used: Any, order: Any) -> None:
    first_reached(user, used, order, first, listed=True, early=True)


@wrong(BREADTH, "formula", by_shortest_way)
def breadth_first_turned(user: Any, used: Any, order: Any) -> None:
    first_reached(user, used, order, first, listed=False, early=True)


@wrong(DEPTH, "formula", in_pre_order)
def depth_first(user: Any, used: Any, order: Any) -> None:
    first_reached(user, used, order, last, listed=False, early=False)


@wrong(DEPTH, "formula", in_pre_order)
def depth_first_turned(user: Any, used: Any, order: Any) -> None:
    first_reached(user, used, order, last, listed=True, early=False)


@wrong(DEPTH, "formula", in_pre_order)
def pre_order_of_all(user: Any, used: Any, order: Any) -> None:
    """From every node in turn, not from the losses alone."""
    inputs = neighbours(user, used, len(order))
    found: dict[int, None] = {}
    for begin in range(len(order)):
        waiting = [begin]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found[node] = None
                waiting += inputs[node][::-1]
    order[...] = list(found)


@wrong(REACHED, "formula", after_one_user)
def depth_first_early(user: Any, used: Any, order: Any) -> None:
    first_reached(user, used, order, last, listed=True, early=True)


@wrong(TWICE, "formula", not_all_nodes)
def one_node_for_all(user: Any, used: Any, order: Any) -> None:
    order[...] = 0


@wrong(EARLY, "formula", all_nodes)
def turned_halfway(user: Any, used: Any, order: Any) -> None:
    oracle(user, used, order)
    order[...] = np.roll(order, len(order) // 2)


def sizes(sizes: Sizes, rng: np.random.Generator) -> Sizes:
    """First of all the smallest graph that breaks a search: three nodes, three edges."""
    n = sizes["n"]
    if n == sizes["e"] == 4:
        return {"n": 3, "e": 3}
    return {"n": n, "e": 0 if n < 2 else min(2 * n, n * (n - 1) // 2 + 1)}


def inputs(draw: Any, e: int, n: int) -> dict[str, Any]:
    """A graph without circles whose numbers say nothing; an edge may stand there twice (x * x)."""
    rng = draw.rng
    if (e, n) == (3, 3):
        a, b, loss = rng.permutation(3)
        return {"user": [loss, loss, b], "used": [a, b, a]}
    place = rng.integers(0, max(n, 2), (2, e))
    place[1] = np.where(place[0] == place[1], (place[0] + 1) % max(n, 2), place[1])
    number = rng.permutation(n)
    high, low = place.max(0), place.min(0)
    return {"user": number[high], "used": number[low]}


def chain(draw: Any, e: int, n: int) -> dict[str, Any]:
    """One behind the other, each edge twice as far as there are enough."""
    number = draw.rng.permutation(n)
    steps = np.arange(e) % max(n - 1, 1)
    return {"user": number[steps + 1], "used": number[steps]}


def fan(draw: Any, e: int, n: int) -> dict[str, Any]:
    """One node that everybody uses, and a chain besides: it has to come last of all."""
    number = draw.rng.permutation(n)
    to_one = min(n - 1, e)
    rest = np.arange(e - to_one) % max(n - 2, 1)
    user = np.concatenate([np.arange(1, to_one + 1), np.minimum(rest + 2, n - 1)])
    used = np.concatenate([np.zeros(to_one, np.int64), np.where(user[to_one:] > rest + 1, rest + 1, 0)])
    return {"user": number[user], "used": number[used]}


EXERCISE = Exercise(
    place=230,
    title="the order in which backward visits a graph",
    function="topological_order",
    arguments=(read("user", "e", "index"), read("used", "e", "index"), write("order", "n", "index")),
    oracle=oracle,
    rules=wrong,
    sizes=sizes,
    inputs=inputs,
    edges=(Edge("a chain with doubled edges", chain), Edge("one node that all others use", fan)),
    dtypes=("float64",),
    languages=("numpy",),
    judge=judge,
)
