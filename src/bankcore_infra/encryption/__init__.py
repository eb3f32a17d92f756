"""Secrets at rest: each encrypted with a data key of its own, which a key-encryption key wraps.

In: secrets and their places. Out: rows that nobody can read without the keys.
Read `envelope`, `local_keys`, `aws_kms`, `secret_store`, `rotation` in this order.
"""
