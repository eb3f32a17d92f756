"""Fraud on PostgreSQL, and the consumer that has each movement examined.

In: events of posted transactions. Out: cases, frozen accounts, records.
Read `processor`, `unit`, `activities`, `cases` in this order.
"""
