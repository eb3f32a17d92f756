"""Payouts: one account pays very many others, such as all wages of a month, in chunks that survive any crash.

In: rows of a file or a request. Out: jobs, their items, and one transaction of the ledger for each item.
Read `rows`, `jobs`, `start`, `pay`, `steer`.
"""
