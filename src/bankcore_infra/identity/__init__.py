"""Users, sessions, hashes and tokens on PostgreSQL, argon2 and PyJWT.

In: what the use cases of `bankcore.identity` ask. Out: rows, hashes, signed tokens.
Read `wiring`, `unit`, `users`, `sessions`, `access_tokens` in this order.
"""
