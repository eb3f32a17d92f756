"""Refunds in PostgreSQL, and the loop that asks providers what became of them.

In: what the use cases of `bankcore.refunds` ask. Out: rows.
Read `store`, `unit`, `following`.
"""
