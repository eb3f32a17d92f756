"""Statements and receipts: what an account or a transaction is told as, in forms for people and for spreadsheets.

In: the books, through their queries. Out: lines, rows, and a port that prints pages.
Read `statements`, `receipts`, `statement_csv`, `printing`.
"""
