"""Batches on PostgreSQL: a unit of work with the ledger in it. Nothing of its own is stored.

In: batches of commands. Out: what the ledger records, and refusals of keys.
Read `unit`.
"""
