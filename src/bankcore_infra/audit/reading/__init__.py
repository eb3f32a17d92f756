"""Auditors read: records by filters, checkpoints and proofs, and receipts for what was just posted.

In: questions of somebody with the role for them. Out: records and proofs; each reading of the log is recorded too.
Read `queries`, `sealed_queries`, `receipts`.
"""
