"""The event feed out of the audit log.

In: a position. Out: events that changed something.
Read `feed`.
"""
