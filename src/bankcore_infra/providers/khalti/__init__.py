"""Khalti (https://docs.khalti.com/khalti-epayment): a page of its own, in paisa. It signs nothing.

In: orders, answers and webhooks of Khalti. Out: requests, and what they mean to us.
Read `dialect`.
"""
