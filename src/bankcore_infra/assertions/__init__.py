"""Keeps what other banks state, and compares it with the books.

In: assertions of the core. Out: rows, records, and what does not agree.
Read `store`, `records`.
"""
