"""Payouts on PostgreSQL, and the loop in which workers pay.

In: jobs. Out: rows of jobs and items, with the ledger's in one transaction.
Read `unit`, `store`, `locks`, `worker` in this order.
"""
