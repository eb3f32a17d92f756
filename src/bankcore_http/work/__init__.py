"""Dead letters over HTTP, for operators.

In: the id of one. Out: the list, or its new try.
Read `blueprint`.
"""
