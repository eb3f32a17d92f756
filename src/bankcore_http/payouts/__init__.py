"""Payouts over HTTP for holders: started, watched, steered.

In: an account and items. Out: jobs and items.
Read `blueprint`, `jobs`, `shapes`.
"""
