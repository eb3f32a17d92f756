"""The books on PostgreSQL, and commands of several callers in one commit.

In: commands. Out: rows of transactions, entries and accounts.
Read `sql_ledger`, `unit`, `locks`, `queries`, `history` in this order.
"""
