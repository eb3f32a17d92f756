"""Refunds over HTTP: merchants and operators give payments back.

In: requests. Out: refunds.
Read `blueprint`, `shapes`.
"""
