"""What the ledger takes and shows over HTTP, each shape declared once.

In: amounts as decimal text. Out: the members of accounts and transactions, and the OpenAPI document's account of them.
Read `accounts`, then `transactions`.
"""
