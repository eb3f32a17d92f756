"""Webhooks on PostgreSQL: the consumer that owes, and the sender that delivers.

In: events. Out: rows of deliveries, signed requests.
Read `processor`, `unit`, `deliveries`, `sender`, `places`, `pruning` in this order.
"""
