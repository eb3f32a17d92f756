"""Fraud: what looks wrong about a movement, the case of it, and what people decide.

In: movements of one account. Out: a score, a case, a frozen account.
Read `movements`, `activity`, `rules`, `examine`, then `review` and `change_policy`.
"""
