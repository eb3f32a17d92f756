"""Accounts and transactions over HTTP.

In: amounts as decimal text. Out: transactions, balances, statements, receipts.
Read `accounts`, `transactions`, `postings`, `history`, `statement_forms` in this order.
"""
