"""Disputes over HTTP: merchants see theirs, operators those of everybody.

In: requests. Out: disputes.
Read `blueprint`, `shapes`.
"""
