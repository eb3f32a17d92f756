"""The directory of tenants in PostgreSQL.

In: a slug. Out: the tenant.
Read `directory`.
"""
