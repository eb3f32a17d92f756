"""Disbursements: money of one account leaves the bank to an account outside, through a provider, once approved.

In: what somebody wants, what somebody else decides, what the provider says. Out: disbursements, their movements.
Read `disbursements`, `request`, `decide`, `follow`, `settle`, `service`.
"""
