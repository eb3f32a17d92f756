"""The bank's paths under other names, for services that speak of wallets, quotes, payroll and admin tokens.

In: requests in that notation, from services with a token. Out: answers in that notation, without the envelope.
Read `access`, `notation`, `blueprints`, then `wallets`, `transfers`, `books`, `payroll`, `admin`.
"""
