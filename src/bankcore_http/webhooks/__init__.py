"""Webhooks over HTTP: which servers are told of events, and what became of each message.

In: addresses and names of events. Out: endpoints, secrets that are shown once, deliveries.
Read `blueprint`.
"""
