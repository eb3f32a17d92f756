"""Payments in PostgreSQL, and the loop that asks providers what became of orders.

In: what the use cases of `bankcore.payments` ask. Out: rows.
Read `store`, `unit`, `configurations`, `configured`, `worker`.
"""
