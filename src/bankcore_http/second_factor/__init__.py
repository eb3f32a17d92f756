"""Second factors over HTTP.

In: passwords and codes. Out: what a device takes over, and recovery codes, each shown once.
Read `blueprint`.
"""
