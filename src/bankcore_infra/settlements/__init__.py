"""Settlement files beside the payments of PostgreSQL.

In: references and ids of a provider. Out: the payments that they name, as the books have them.
Read `queries`.
"""
