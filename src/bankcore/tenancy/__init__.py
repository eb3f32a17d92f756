"""Tenants: the banks in one installation.

In: a slug, and what is set for a tenant. Out: the tenant of that name, and its settings.
Read `tenants`, `settings`, `change_setting` in this order.
"""
