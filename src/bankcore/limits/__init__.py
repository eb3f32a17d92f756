"""Limits: staff says how much may leave an account, or each customer's account; the ledger keeps to it.

In: policies. Out: what is used of each limit, what is left, and when it begins anew.
Read `policies`, `set_limits`, `service` in this order; how they bind is in the ledger.
"""
