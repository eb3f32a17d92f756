"""Webhooks out: endpoints of a tenant that are told of events, and what is owed to each.

In: events, addresses. Out: signed messages, and what became of each.
Read `endpoints`, `messages`, `signatures`, `deliveries`, `settle`, `service` in this order.
"""
