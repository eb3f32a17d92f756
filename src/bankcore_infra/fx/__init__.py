"""FX on PostgreSQL, with rates out of a file or from a server.

In: quotes to keep, a source of rates that is set up. Out: their rows and records, rates of this moment.
Read `store`, `locks`, `unit`, then `rates_file`, `rates_http`, `capability`.
"""
