"""Secrets at rest: what encrypts the keys of secrets, and where a secret belongs.

In: data keys and places. Out: wrapped keys.
Read `key_encryption`.
"""
