"""The laws by which an export is verified, with the standard library alone; `program` reads an export file by them.

In: the lines of an export, checkpoints from outside, public keys. Out: findings. The bank verifies itself by the same
laws (`verifying`), and `standalone_verifier.py` makes one file of them for auditors.
Read `verification`, `record_lines`, `frames`, `books`, `chains`, `tables` in this order.
"""
