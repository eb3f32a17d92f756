"""Compares the sealed log with the books: writes an export for auditors, or verifies it while it is made.

In: one snapshot of a tenant's log and tables. Out: lines that `laws` verify, or their findings.
Read `export`, `table_rows`, `log_verification`.
"""
