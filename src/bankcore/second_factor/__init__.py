"""The second factor of a user: begun, confirmed, removed by its user, or reset by an admin.

In: passwords and codes. Out: what a device takes over, and recovery codes, each shown once.
Read `begin`, `coded`, then `reset`.
"""
