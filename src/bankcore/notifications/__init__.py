"""What users are told, on which channel, and the state of each delivery.

In: notices of events, preferences. Out: deliveries and their states.
Read `notices`, `templates`, `preferences`, `record`, `send`, `service` in this order.
"""
