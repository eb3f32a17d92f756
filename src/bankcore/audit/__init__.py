"""The audit log as auditors see it: questions, checkpoints, proofs and receipts.

In: filters, positions, transactions. Out: records, signed notes, Merkle proofs.
Read `queries`, `merkle`, `checkpoints`, `receipts`, `attempts` in this order.
"""
