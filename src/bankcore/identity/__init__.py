"""Users and their sessions; each use case is a module.

In: addresses, passwords, tokens. Out: principals and pairs of tokens.
Read `users`, `sessions`, then `register`, `login`, `refresh`, `logout`, `authenticate`.
"""
