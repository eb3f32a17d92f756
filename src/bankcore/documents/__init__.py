"""Statements and receipts: what an account or a transaction is told as, in forms for people, spreadsheets and banks.

In: the books, through their queries. Out: lines, rows, XML, and a port that prints pages.
Read `statements`, `receipts`, `statement_csv`, `camt053`, `camt053_reader`, `printing`.
"""
