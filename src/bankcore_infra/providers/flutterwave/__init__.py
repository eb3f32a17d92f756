"""Flutterwave, version 3 (https://developer.flutterwave.com/v3.0): a page of its own, in major units.

In: orders, answers and webhooks of Flutterwave. Out: requests, and what they mean to us.
Read `dialect`, `answers`.
"""
