"""Second factors on PostgreSQL, the codes of devices, and recovery codes.

In: secrets, steps and digests. Out: rows, codes and addresses for devices.
Read `store`, then `totp` and `recovery_codes`.
"""
