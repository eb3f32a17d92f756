"""Holds: money set aside for somebody, and captured, given back or let go later.

In: commands about holds, through the ledger. Out: holds, transactions of captures, events of each phase.
Read `commands`, `service`, `queries`; the rules are the ledger's own (`ledger/hold_rules.py`), as they guard balances.
"""
