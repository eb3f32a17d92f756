"""The receipt of a transaction as JSON, HTML or PDF, and the signed promise beside it.

In: a transaction and the wish of a client. Out: a document, a header.
Read `forms`, `page`, `promises` in this order.
"""
