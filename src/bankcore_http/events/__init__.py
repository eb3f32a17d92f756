"""The event feed over HTTP.

In: a cursor. Out: what changed since.
Read `blueprint`.
"""
