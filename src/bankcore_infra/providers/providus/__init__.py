"""Providus Bank (https://developer.providusbank.com): an account for each order, to which the payer sends money.

In: orders, answers and webhooks of Providus. Out: requests, and what they mean to us.
Read `dialect`.
"""
