"""Paystack (https://paystack.com/docs/api): a page of its own, or a card that it knows, in minor units.

In: orders, answers and webhooks of Paystack. Out: requests, and what they mean to us.
Read `dialect`, `requests`, `answers`, `webhooks`.
"""
