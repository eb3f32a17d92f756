"""Compares balances with entries, from where the last run stopped.

In: entries since then. Out: runs and drifts; nothing is repaired.
Read `comparison`, then `reconciliations`.
"""
