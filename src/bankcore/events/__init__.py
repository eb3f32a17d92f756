"""What happened, and the feed of it.

In: a position in the log. Out: events in the order of their commits.
Read `stamps` for what every event tells, then `feed`.
"""
