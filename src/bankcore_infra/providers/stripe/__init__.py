"""Stripe (https://docs.stripe.com/api): a page of its own, or a card that it knows, in minor units.

In: orders, answers and webhooks of Stripe. Out: requests, and what they mean to us.
Read `dialect`, `answers`, `webhooks`.
"""
