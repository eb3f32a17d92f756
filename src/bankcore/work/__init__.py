"""What operators see of events that a consumer failed on.

In: the id of a dead letter. Out: the event is tried again, and the log says by whom.
Read `dead_letters`, then `redrive`.
"""
