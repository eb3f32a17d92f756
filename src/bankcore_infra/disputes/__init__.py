"""Disputes in PostgreSQL, and the loop that asks providers how they stand.

In: what the use cases of `bankcore.disputes` ask. Out: rows.
Read `store`, `unit`, `following`.
"""
