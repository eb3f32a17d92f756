"""FX: quotes of exchange rates, transfers that use them, and what the bank holds of each currency.

In: amounts of one currency, rates of a source outside. Out: quotes, transactions of four entries, a report.
Read `rates`, `quotes`, `give_quote`, `use_quote`, then `value_positions`.
"""
