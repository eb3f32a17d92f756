"""Settlement files: what a payment provider says that it owes, line by line, compared with the payments in the books.

In: the CSV file of a provider. Out: what both sides have, what differs, and what only one of them has.
Read `lines`, `columns`, `reader`, `comparing`, `compare`.
"""
