"""topological-order: a node is ready when all of its users have been visited."""


def topological_order(user, used, order):
    """Edge i says that node user[i] was computed from used[i]: put all nodes into order, users first."""
    n = len(order)
    inputs = [[] for _ in range(n)]
    waiting = [0] * n  # for so many users
    for a, b in zip(user, used, strict=True):
        inputs[a].append(b)
        waiting[b] += 1
    ready = [i for i in range(n) if waiting[i] == 0]
    for place in range(n):
        node = ready.pop()
        order[place] = node
        for i in inputs[node]:
            waiting[i] -= 1
            if waiting[i] == 0:
                ready.append(i)
