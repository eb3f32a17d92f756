"""Reconciliations over HTTP, for operators.

In: a wish. Out: runs, and what did not fit.
Read `blueprint`.
"""
