"""The bank's keys, as files that are made once and that their owner alone can read.

In: a folder. Out: keys that sign access tokens, receipts and checkpoints, a secret for keyed hashes, and public keys.
Read `key_files`, `signing_keys`, and then the one for the purpose.
"""
