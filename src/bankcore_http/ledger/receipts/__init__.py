"""The receipt of a transaction as JSON, text or a page, and the signed promise beside it.

In: a transaction and the wish of a client. Out: a document, a header.
Read `issue`, `forms`, `promises` in this order.
"""
