"""API keys over HTTP, for administrators.

In: names, scopes and networks. Out: keys, each shown once.
Read `blueprint`.
"""
