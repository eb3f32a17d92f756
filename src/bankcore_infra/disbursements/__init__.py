"""Disbursements in PostgreSQL, and the loop that sends them and asks for them.

In: what the use cases of `bankcore.disbursements` ask. Out: rows; where the money goes is in the store of secrets.
Read `store`, `unit`, `following`.
"""
