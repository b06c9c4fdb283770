"""The compiled modules of the Cython rung, one per stem, from src/cython/<stem>.pyx.

Nothing is imported here: tinynn.backends.cython_rung loads a module when its first kernel is called.
"""
