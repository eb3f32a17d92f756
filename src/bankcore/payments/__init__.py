"""Payments: money that a payer gives to one of our accounts through a provider.

In: orders of merchants, answers and webhooks of providers. Out: payments, each with one transaction of the ledger.
Read `attempts`, `payments`, `findings`, `create`, `settle`, `ask` in this order.
"""
