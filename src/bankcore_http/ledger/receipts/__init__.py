"""Receipts of transactions: for people as JSON or as a page, and the bank's signed promise of its record."""
