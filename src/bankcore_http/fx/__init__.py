"""Quotes of exchange rates over HTTP for holders, and the bank's positions for operators.

In: an amount and a currency. Out: quotes, a report.
Read `blueprint`, `shapes`.
"""
