"""What others say of our accounts: a balance that another bank states, kept as it was said and compared with the books.

In: stated balances, statements of other banks. Out: assertions, and where the books do not agree with them.
Read `assertions`, `record`, `import_statement`, `matching`.
"""
