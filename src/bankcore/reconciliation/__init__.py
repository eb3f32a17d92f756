"""The books compared with themselves.

In: an operator's request. Out: runs, and what did not fit.
Read `reconciliations`, then `request`.
"""
