"""Prints documents as PDF, and knows whose accounts they are of.

In: statements and receipts of the core. Out: bytes.
Read `printer`, `statement_pages`, `sheet`, `typesetting`, `directions` in this order.
"""
