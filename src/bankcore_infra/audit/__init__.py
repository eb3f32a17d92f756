"""The audit log in five rooms. Each imports only those before it: laws, recording, sealing, reading, verifying.

In: what happens in the bank. Out: evidence. `standalone_verifier.py` builds the file that auditors take along.
Read `recording`, `sealing`, `reading`, `laws`, `verifying` in this order.
"""
