"""API keys: what services have instead of a session.

In: names, scopes and addresses; texts of keys. Out: keys, and principals of services.
Read `keys`, `key_text`, `manage`, `authenticate` in this order.
"""
