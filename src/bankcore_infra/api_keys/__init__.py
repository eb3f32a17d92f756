"""API keys in PostgreSQL, by keyed digests of their texts.

In: what the use cases of `bankcore.api_keys` ask. Out: rows.
Read `store`, `uses`, `secrets_of_keys`.
"""
