"""Notifications on PostgreSQL, the consumer that records them, and mail.

In: events. Out: rows of deliveries, mail.
Read `processor`, `store`, `sender`, `smtp`, `pruning` in this order.
"""
