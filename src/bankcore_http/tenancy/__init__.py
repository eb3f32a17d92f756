"""Tenants for the operator of the installation, behind a token of the settings.

In: requests with that token. Out: tenants, and what is set for each.
Read `access`, `shapes`, `blueprint` in this order.
"""
