"""Payments over HTTP: merchants take money from payers, and administrators say through whom.

In: requests. Out: payments and configurations of providers, never a credential.
Read `blueprint`, `shapes`, `review`, `configurations`.
"""
