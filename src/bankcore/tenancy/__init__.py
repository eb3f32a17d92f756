"""Tenants: the banks in one installation.

In: a slug. Out: the tenant of that name.
Read `tenants`.
"""
