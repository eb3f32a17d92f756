"""Approvals in PostgreSQL.

In: what the use cases of `bankcore.approvals` ask. Out: rows, and one transaction of the ledger for what is approved.
Read `store`, `unit`.
"""
