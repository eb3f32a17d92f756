"""Fraud cases over HTTP, for operators.

In: a verdict and a note. Out: cases.
Read `blueprint`.
"""
