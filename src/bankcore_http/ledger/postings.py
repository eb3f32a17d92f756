"""Gives commands that move money, open accounts or change them to the ledger, and answers them."""

from collections.abc import Callable
from uuid import UUID

from flask import Response

from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Transfer
from bankcore.ledger.outcomes import Changed, Held, Opened, Posted
from bankcore.ledger.queries import TransactionView
from bankcore.ledger.quoted_transfers import QuotedTransfers
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Transaction
from bankcore.origin import Origin
from bankcore_http.account_shape import present_account
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.failures import refusal_response
from bankcore_http.answering.replays import replay_headers
from bankcore_http.ledger.receipts.promises import ReceiptHeaders, without_receipt
from bankcore_http.ledger.shapes.accounts import present_account_status
from bankcore_http.ledger.shapes.holds import present_hold
from bankcore_http.ledger.shapes.transactions import TransactionShape, present_transaction


def carry_out(
    ledger: LedgerService,
    command: Command,
    origin: Origin,
    *own_account_ids: UUID,
    receipt_headers: ReceiptHeaders = without_receipt,
) -> Answer | Response:
    """Give the command to the ledger, and show the outcome to the owner of those accounts.

    A refusal is answered here and not raised, because it can be a replay too.
    """
    outcome = ledger.execute_one(command, origin=origin)
    headers = replay_headers(replayed=outcome.replayed)
    match outcome:
        case Posted(transaction):
            return Answer(_present(transaction, own_account_ids), headers={**headers, **receipt_headers(transaction)})
        case Opened(account):
            return Answer(present_account(account), headers=headers)
        case Changed(account_id, status):
            return Answer(present_account_status(account_id, status), headers=headers)
        case Held(hold):
            return Answer(present_hold(hold), headers=headers)
        case Rejected(reason):
            return refusal_response(reason, headers)


def carry_out_transfer(
    ledger: LedgerService,
    quoted: Callable[[], QuotedTransfers],
    transfer: Transfer,
    quote_id: UUID | None,
    origin: Origin,
    *own_account_ids: UUID,
    receipt_headers: ReceiptHeaders = without_receipt,
) -> Answer | Response:
    """Move the money as `carry_out` does, or at the rate of a quote, whose refusals are raised."""
    if quote_id is None:
        return carry_out(ledger, transfer, origin, *own_account_ids, receipt_headers=receipt_headers)
    moved = quoted()(transfer, quote_id, origin=origin)
    headers = {**replay_headers(replayed=moved.replayed), **receipt_headers(moved.value)}
    return Answer(_present(moved.value, own_account_ids), headers=headers)


def _present(transaction: Transaction, own_account_ids: tuple[UUID, ...]) -> TransactionShape:
    own = frozenset(AccountId(account_id) for account_id in own_account_ids)
    return present_transaction(TransactionView(transaction=transaction, own_account_ids=own))
