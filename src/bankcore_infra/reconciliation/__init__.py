"""Compares balances with entries, from where the last run came to.

In: entries since then. Out: runs and drifts; nothing is repaired.
Read `comparison`, then `reconciliations`.
"""
