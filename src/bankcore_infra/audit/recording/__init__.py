"""What happens becomes a record: the frame, its canonical bytes, the context beside it, and its position in the log.

In: events of the core, and attempts that came to nothing. Out: rows of the audit log, appended in the unit of work of
what they tell of; bodies read back for all that follows a commit.
Read `records`, `listener`, `positions`.
"""
