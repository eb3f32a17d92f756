"""The audit log over HTTP, for auditors.

In: filters and ids. Out: records, exports, checkpoints, proofs.
Read `blueprint`, `sealed`, `export`; `denials` records who was turned away.
"""
