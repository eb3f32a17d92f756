"""The books: nothing else moves money.

In: commands with their origin. Out: transactions with entries, events, outcomes.
Read `service`, `batch`, `command`, `changes`, `balance_validator`, `transaction_recorder`, `chain` in this order.
"""
