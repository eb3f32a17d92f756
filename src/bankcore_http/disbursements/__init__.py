"""Disbursements over HTTP: money of an account leaves for one outside, once another person approved.

In: requests and decisions. Out: disbursements, and of where they go what may be shown.
Read `blueprint`, `shapes`.
"""
