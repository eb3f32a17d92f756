"""What follows a commit: consumers by position, and jobs by the clock.

In: records of the log, times of the day. Out: calls of consumers, cursors, parked events, runs of jobs.
Read `relay`, `broker`, `worker`, `follower`, `pages`, `cursors`, `parked` in this order; then `jobs`.
"""
