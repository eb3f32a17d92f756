"""What a user was told, and the choice of channels, over HTTP.

In: preferences. Out: deliveries.
Read `blueprint`.
"""
