"""A request that is sent twice is carried out once.

In: a key and a fingerprint. Out: the first answer again, or the right to decide.
Read `keys`, `ports`, `answers` in this order; `refusals` says how a refusal is kept.
"""
