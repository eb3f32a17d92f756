"""Refunds: what a payer paid is given back through the provider that took it, in whole or in part.

In: orders of merchants, answers and webhooks of providers. Out: refunds, each that succeeded with one transaction.
Read `refunds`, `findings`, `create`, `settle`, `ask` in this order.
"""
