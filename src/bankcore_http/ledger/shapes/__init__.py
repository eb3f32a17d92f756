"""What the routes of the ledger take and show, by what they are about."""
