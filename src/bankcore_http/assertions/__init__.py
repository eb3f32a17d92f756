"""What other banks state of our accounts, over HTTP.

In: stated balances, statements as text. Out: assertions, and what does not go together.
Read `blueprint`, `shapes`.
"""
