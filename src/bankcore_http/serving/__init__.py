"""Runs the application: one Flask application of all blueprints, and the threads that answer for it.

Enters: blueprints; requests over ASGI. Leaves: answers, and a line of each request.
Read `app.py` and `request_boundary.py` first, then `threads.py`.
"""
