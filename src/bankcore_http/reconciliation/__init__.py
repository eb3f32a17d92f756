"""Reconciliations over HTTP, for operators.

In: requests of operators. Out: runs, and what did not fit.
Read `blueprint`.
"""
