"""What was recorded is sealed: leaves of a Merkle log, checkpoints signed about once a second, notes published outside.

In: positions and bodies. Out: checkpoints, and a refusal to sign where that would hide something.
Read `sealer`, `sealed_log`, `eras`, `publication`.
"""
