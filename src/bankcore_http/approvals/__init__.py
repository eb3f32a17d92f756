"""Approvals over HTTP: one person asks for a movement, another one approves or rejects it.

In: requests. Out: approvals, each approved one with the transaction that it became.
Read `blueprint`, `shapes`.
"""
