"""The service that most teams would write: an ORM, row locks, a key, an audit row, an outbox row, one transaction.

Nothing in it is slow on purpose. It has no hash chain, no row level security, no batches, and no record of refusals.
"""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from bankcore_infra.identifiers import RandomIdentifiers
from bench.baseline.entities import Account, AuditRecord, Entity, Entry, IdempotencyKey, OutboxMessage, Transaction


class RefusedError(Exception):
    """The transfer cannot be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest:
    """What a caller asks for."""

    actor_id: str
    source_id: UUID
    target_id: UUID
    amount: Decimal
    currency: str
    key: str

    def hash(self) -> str:
        """The same for the same request."""
        return sha256(f"{self.source_id}|{self.target_id}|{self.amount}|{self.currency}".encode()).hexdigest()


class TransferService:
    """Transfers between accounts."""

    def __init__(self, engine: Engine) -> None:
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        self._new_id = RandomIdentifiers().new_id

    def transfer(self, request: TransferRequest) -> dict[str, str]:
        """Move the money, once for each key. Raises: RefusedError."""
        with self._sessions.begin() as session:
            known = session.get(IdempotencyKey, request.key)
            if known is not None:
                if known.request_hash != request.hash():
                    raise RefusedError("the key was used for another request")
                return known.response
            source, target = self._lock(session, request)
            if source.balance < request.amount:
                raise RefusedError("insufficient funds")
            transaction = self._post(session, request, source, target)
            response = {"id": str(transaction.id), "amount": str(request.amount), "balance": str(source.balance)}
            self._record(session, request, transaction, response)
            return response

    def _lock(self, session: Session, request: TransferRequest) -> tuple[Account, Account]:
        """Both accounts, locked in the order of their ids, so that two transfers never wait for each other."""
        wanted = select(Account).where(Account.id.in_([request.source_id, request.target_id]))
        accounts = {account.id: account for account in session.scalars(wanted.order_by(Account.id).with_for_update())}
        try:
            source, target = accounts[request.source_id], accounts[request.target_id]
        except KeyError as error:
            raise RefusedError(f"no account {error}") from None
        if source is target or {source.currency, target.currency} != {request.currency}:
            raise RefusedError("the accounts do not fit the request")
        return source, target

    def _post(self, session: Session, request: TransferRequest, source: Account, target: Account) -> Transaction:
        transaction = Transaction(
            id=self._new_id(), kind="transfer", amount=request.amount, currency=request.currency, entries=[]
        )
        for account, amount in ((source, -request.amount), (target, request.amount)):
            before, account.balance = account.balance, account.balance + amount
            transaction.entries.append(
                Entry(
                    id=self._new_id(),
                    account_id=account.id,
                    amount=amount,
                    balance_before=before,
                    balance_after=account.balance,
                )
            )
        session.add(transaction)
        return transaction

    def _record(
        self, session: Session, request: TransferRequest, transaction: Transaction, response: dict[str, str]
    ) -> None:
        details = {
            "source": str(request.source_id),
            "target": str(request.target_id),
            "amount": str(request.amount),
            "currency": request.currency,
        }
        session.add_all(
            [
                IdempotencyKey(key=request.key, request_hash=request.hash(), response=response),
                AuditRecord(
                    id=self._new_id(),
                    action="transfer.posted",
                    actor_id=request.actor_id,
                    subject_id=transaction.id,
                    details=details,
                ),
                OutboxMessage(id=self._new_id(), topic="transfer.posted", payload={"transaction": str(transaction.id)}),
            ]
        )


def make_baseline(engine: Engine, accounts: int, *, owner_id: str = "holder") -> list[UUID]:
    """Make the tables and so many accounts with money on each, and return their ids."""
    Entity.metadata.create_all(engine)
    new_id = RandomIdentifiers().new_id
    rows = [
        {"id": new_id(), "owner_id": owner_id, "currency": "USD", "balance": Decimal(1_000_000)}
        for _ in range(accounts)
    ]
    with Session(engine) as session, session.begin():
        session.bulk_insert_mappings(Account.__mapper__, rows)
    return [account_id for row in rows if isinstance(account_id := row["id"], UUID)]
