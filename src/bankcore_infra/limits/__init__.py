"""Limits on PostgreSQL: who sets them, and how they are read; the ledger's unit of work keeps them.

In: policies. Out: rows, records, what is used.
Read `store`, `records`, `capability` in this order; what the ledger reads and writes is in `ledger/limits.py`.
"""
