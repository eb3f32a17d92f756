"""Registering, logging in and out over HTTP.

In: credentials and tokens. Out: users and tokens.
Read `blueprint`.
"""
