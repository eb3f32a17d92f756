"""Batches: many commands under one key, answered together.

In: commands, through the ledger. Out: an outcome for each of them, the same ones again for the same key.
Read `post_batch`, then `ports`.
"""
