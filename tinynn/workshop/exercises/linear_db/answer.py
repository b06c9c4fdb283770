"""linear-db: db += the sum of dy over the batch."""


def linear_db(dy, db):
    """dy (m, n): add the bias gradient to db (n,)."""
    db += dy.sum(0)
