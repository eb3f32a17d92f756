"""IME Pay publishes no interface: what is spoken here is our own, and works with the simulator alone.

In: orders, answers and webhooks of IME Pay. Out: requests, and what they mean to us.
Read `dialect`.
"""
