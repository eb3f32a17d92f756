"""A capability adds a command of its own, and nothing in the ledger has to know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.changes import Change, Post, Reach
from bankcore.ledger.command import Command
from bankcore.ledger.events import CommandRejected
from bankcore.ledger.outcomes import Posted
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.ledger.transactions import NO_METADATA, Posting
from bankcore.money import Money
from bankcore.origin import Origin
from bankcore.testing import read_books, require_sound_books
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import npr


@dataclass(frozen=True, slots=True)
class PayWithFee(Command):
    """Money goes to somebody, and a fee to us."""

    kind: ClassVar[str] = "pay_with_fee"
    reference: ClassVar[None] = None
    metadata: ClassVar = NO_METADATA
    effective_at: ClassVar[None] = None
    payer: AccountId
    payee: AccountId
    fees: AccountId
    amount: Money

    def content(self) -> str:
        return f'"{self.payer}","{self.payee}",{self.amount.minor}'

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:
        return (self.payer, self.payee, self.fees)

    def plan(self, tenant_id: TenantId) -> Change:
        fee = npr("1")
        lines = (
            Posting(self.payer, -(self.amount + fee)),
            Posting(self.payee, self.amount),
            Posting(self.fees, fee),
        )
        return Post("payment", lines, (Reach.OWN, Reach.ANYBODY, Reach.OURS), self)


def fees_of(world: LedgerWorld) -> AccountId:
    return world.accounts.open(currency="NPR", owner_id="bank", floor=None, kind=AccountKind.FEE).id


def test_it_is_posted_remembered_and_given_again(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    world.ledger.deposit(alice, npr("10"))
    pay = PayWithFee(alice, bob, fees_of(world), npr("4"), idempotency_key="fee-1")

    first, again = (world.ledger.execute_one(pay, origin=Origin(owner_id="alice")) for _ in range(2))

    assert isinstance(first, Posted)
    assert again == Posted(first.transaction, replayed=True)
    assert world.queries.get_transaction(first.transaction.id).transaction.kind == "payment"
    assert world.accounts.balance(alice).balance == npr("5")
    require_sound_books(read_books(world.queries, ["alice", "bob", "bank"]))


def test_it_is_refused_by_the_rules_of_every_movement(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    fees = fees_of(world)
    world.ledger.deposit(alice, npr("4"))
    pay = PayWithFee(alice, bob, fees, npr("4"))

    short, hidden = (world.ledger.execute_one(pay, origin=Origin(owner_id=owner)) for owner in ("alice", "bob"))

    assert isinstance(short, Rejected)
    assert isinstance(short.reason, InsufficientFundsError)
    assert short.reason.needed == npr("5")
    assert hidden == Rejected(NotFoundError(resource="account", identifier=str(alice)))
    refused = [event for event in world.events() if isinstance(event, CommandRejected)]
    assert [event.kind for event in refused] == ["pay_with_fee", "pay_with_fee"]
    assert world.accounts.balance(alice).balance == npr("4")
