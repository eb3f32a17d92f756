"""Keys and their answers in PostgreSQL.

In: keys. Out: claims and stored answers.
Read `keys`, then `reaper`.
"""
