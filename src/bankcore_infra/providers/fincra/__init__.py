"""Fincra (https://docs.fincra.com): a page of its own, in major units.

In: orders, answers and webhooks of Fincra. Out: requests, and what they mean to us.
Read `dialect`, `answers`.
"""
