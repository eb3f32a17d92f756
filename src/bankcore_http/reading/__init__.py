"""Takes a request apart: headers, a strict body or query, and the shape it is read into.

Enters: a Flask request. Leaves: frozen shapes, keys and positions, or an `InvalidRequestError` with JSON pointers.
Read `shapes.py` first, then `fields.py` and `pagination.py`.
"""
