"""Holds on PostgreSQL, as they are read; the ledger's unit of work writes them (`ledger/named.py`).

In: questions of holders and staff. Out: holds as of one moment.
Read `queries`, `capability` in this order.
"""
