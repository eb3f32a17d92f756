"""Settlement files of providers over HTTP.

In: files as text. Out: how they compare with our payments.
Read `blueprint`, `shapes`.
"""
