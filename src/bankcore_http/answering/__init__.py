"""Makes what goes back: the envelope of every answer, and the answer to every failure.

Enters: what a view returned or raised. Leaves: a Flask response in compact JSON.
Read `envelope.py` first, then `failures.py`; `members.py` has the types that answers are declared with.
"""
