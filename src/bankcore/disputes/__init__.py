"""Disputes: a payer's bank takes money of a payment back, and the merchant answers or loses it.

In: what providers tell and answer. Out: disputes, with a transaction for what was taken and one for what came back.
Read `disputes`, `money`, `settle`, `follow` in this order.
"""
