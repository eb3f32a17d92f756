"""Tenants in PostgreSQL: their directory, whether they are suspended, and what is set for one of them.

In: a slug, settings. Out: the tenant, rows, records.
Read `directory`, `status`, `store`, `records`, `capability` in this order.
"""
