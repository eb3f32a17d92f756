"""The ledger over HTTP: accounts, transactions, statements, receipts, and whether the books are right.

Enters: bodies and queries as shapes. Leaves: commands to `LedgerService`, and answers of what came back.
Read `transactions.py` first, then `postings.py` and `shapes`.
"""
