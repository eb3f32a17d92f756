"""Figures for monitoring.

In: requests, rows. Out: the text that Prometheus reads.
Read `requests`, `bank`, `readings` in this order.
"""
