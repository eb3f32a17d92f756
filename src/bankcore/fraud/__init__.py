"""Fraud: rules that score movements, cases of suspicious ones, and decisions of people.

In: movements of one account. Out: a score, a case, a frozen account.
Read `movements`, `activity`, `rules`, `examine`, then `review` and `change_policy`.
"""
