"""Recomputes an account's chain entry by entry, to show that nothing was changed."""

from collections.abc import Iterator
from typing import Final

from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.transactions import Entry
from bankcore.ledger.verification import verify_account
from bankcore_http.ledger.shapes.books import ChainShape

WINDOW: Final = 500
"""How many entries are read at a time, so that memory does not grow with the account."""


def verify_chain(queries: LedgerQueries, account_id: AccountId, *, owner_id: str | None) -> ChainShape:
    """Whether the entries lead to the account's balance and head; if not, the first wrong one.

    The account is read once: its version fixes the entries, while others go on posting.

    Raises:
        NotFoundError: no such account, or not of that owner.
    """
    account = queries.get_account(account_id, owner_id=owner_id)
    shown: ChainShape = {
        "accountId": str(account.id),
        "valid": True,
        "entries": account.version,
        "headHash": account.head_hash.hex(),
    }
    for finding in verify_account(account, _entries(queries, account)):
        tampered_at = finding.sequence or max(account.version, 1)
        return {**shown, "valid": False, "tamperedAt": tampered_at, "problem": finding.problem}
    return shown


def _entries(queries: LedgerQueries, account: Account) -> Iterator[Entry]:
    for start in range(0, account.version, WINDOW):
        end = min(start + WINDOW, account.version)
        window = queries.list_entries(account.id, before_sequence=end + 1, limit=end - start)
        # If an entry is missing, the window reaches back too far.
        yield from (entry for entry in reversed(window) if entry.sequence > start)
