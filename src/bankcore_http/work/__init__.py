"""Dead letters over HTTP, for operators.

In: the id of one. Out: the list, and that it is tried again.
Read `blueprint`.
"""
