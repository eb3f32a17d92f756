"""The answer to a registration as bytes, to be kept with its key: the user by id, the account as it was opened."""

from typing import Final
from uuid import UUID

from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import UserId
from bankcore.identity.users import User
from bankcore.ledger.accounts import Account
from bankcore.ledger.outcome_codec import decode_outcome, encode_outcome
from bankcore.ledger.outcomes import Opened

_ID_LENGTH: Final = 16


def encode_registration(user: User, account: Account) -> bytes:
    """The id's 16 bytes, then the account in the ledger's own form."""
    return user.id.bytes + encode_outcome(Opened(account))


def decode_registration(encoded: bytes) -> tuple[UserId, Account]:
    """The user's id, and the account as it was opened."""
    outcome = decode_outcome(encoded[_ID_LENGTH:])
    if not isinstance(outcome, Opened):
        raise LedgerInvariantError("a registration that opened no account is remembered")
    return UserId(UUID(bytes=encoded[:_ID_LENGTH])), outcome.account
