"""The sealed log is compared with the books: an export is written for auditors, or verified as it is made.

In: one snapshot of a tenant's log and tables. Out: lines that `laws` verify, or their findings.
Read `export`, `table_rows`, `log_verification`.
"""
