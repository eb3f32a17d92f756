"""Approvals: a movement of money that one person wants and another has to approve before anything moves.

In: what somebody wants, and what somebody else decides. Out: approvals, each approved one with its transaction.
Read `approvals`, `request`, `decide`, `service`.
"""
