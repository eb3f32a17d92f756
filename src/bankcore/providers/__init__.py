"""Payment providers: whoever takes money from a payer for us, or sends ours out, all of them asked in one way.

In: orders, and what providers send us. Out: answers, of which "unknown" is one that nobody guesses away, and states.
Read `orders`, `answers`, `states`, `payouts`, `ports`.
"""
