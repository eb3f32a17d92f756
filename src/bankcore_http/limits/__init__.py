"""Limits over HTTP: staff sets them, holders see what is left.

In: policies. Out: limits with what is used and left of each.
Read `blueprint`, `shapes`.
"""
