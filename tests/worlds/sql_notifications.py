"""A tenant with users, its notifications on a real database, and the consumer that records them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from bankcore.identifiers import AccountId
from bankcore.identity.register import Registered
from bankcore.ledger.accounts import AccountKind
from bankcore.money import Money
from bankcore.notifications.channels import Channel, ChannelName
from bankcore.notifications.service import NotificationService
from bankcore_infra.audit.recording.record_bodies import Body, effects_of, find_body
from bankcore_infra.consumers import ConsumedEvent
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identity.resets import RESET_PURPOSE, KeyedResetSecrets
from bankcore_infra.notifications.processor import NotificationProcessor
from bankcore_infra.notifications.sender import NotificationSender
from bankcore_infra.notifications.smtp import SmtpChannel
from bankcore_infra.notifications.smtp_route import SmtpRoute
from bankcore_infra.notifications.wiring import notification_service, sender_over
from tests.worlds.identity import IdentityWorld
from tests.worlds.sql_bank import SqlBank

EMAIL: Final = frozenset({ChannelName.EMAIL})


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationWorld:
    """Users who get mail."""

    bank: SqlBank
    identity: IdentityWorld
    transactions: OwnTransactions
    processor: NotificationProcessor
    service: NotificationService

    @classmethod
    def of(cls, bank: SqlBank, keys_folder: Path) -> Self:
        """For that bank, with e-mail configured."""
        transactions = OwnTransactions(bank.database, bank.tenant_id)
        return cls(
            bank=bank,
            identity=IdentityWorld.of(bank, keys_folder),
            transactions=transactions,
            processor=NotificationProcessor(bank.unit, configured=EMAIL),
            service=notification_service(transactions, bank.unit),
        )

    def register(self, name: str) -> Registered:
        """A user of that name, with an account in rupees."""
        return self.identity.register(f"{name}@example.com")

    def deposit(self, user: Registered, amount: str) -> None:
        """Money for that user."""
        self.bank.ledger.deposit(user.account.id, Money.of(amount, "NPR"))

    def events(self, *actions: str) -> list[ConsumedEvent]:
        """What is in the audit log, as consumers get it: a transaction once for each customer account in it."""
        rows = self.bank.scratch.rows(
            "SELECT id, action, at, body FROM bankcore.audit_log WHERE action = ANY(%s) ORDER BY xid, id",
            list(actions or self.processor.actions),
        )
        found: list[ConsumedEvent] = []
        for event_id, action, at, encoded in rows:
            body = find_body(self.bank.tenant_id, event_id, encoded)  # type: ignore[arg-type] # a row
            assert body is not None
            for account_id, sequence in self._met(body):
                found.append(
                    ConsumedEvent(
                        id=event_id,  # type: ignore[arg-type] # a UUID
                        tenant_id=self.bank.tenant_id,
                        action=str(action),
                        account_id=account_id,
                        sequence=sequence,
                        occurred_at=at,  # type: ignore[arg-type] # an instant
                        body=body,
                        effects=effects_of(body),
                    )
                )
        return found

    def consume(self, *actions: str) -> None:
        """Record who is told what of these events, or of all."""
        for event in self.events(*actions):
            self.consume_one(event)

    def consume_one(self, event: ConsumedEvent) -> None:
        """Consume it in a transaction of its own."""
        self.transactions.run(lambda connection: self.processor.consume(connection, [event]))

    def sender(self, way: SmtpRoute | Channel, **timeouts: float) -> NotificationSender:
        """Somebody who sends over that channel, or to that server."""
        channel = SmtpChannel(way, **timeouts) if isinstance(way, SmtpRoute) else way  # type: ignore[arg-type]
        secrets = KeyedResetSecrets(self.identity.parts.keys.keyed_hash(RESET_PURPOSE))
        return sender_over(self.bank.database, self.bank.unit, {ChannelName.EMAIL: channel}, secrets)

    def wait(self, duration: timedelta) -> None:
        """Let pauses and leases go by."""
        self.bank.scratch.execute("UPDATE bankcore.notifications SET next_at = next_at - %s::interval", duration)

    def rows(self) -> Sequence[tuple[object, ...]]:
        """Template, status, attempt and last error of every delivery."""
        return self.bank.scratch.rows(
            "SELECT template, status, attempt, last_error FROM bankcore.notifications ORDER BY id"
        )

    def _met(self, body: Body) -> list[tuple[AccountId | None, int | None]]:
        last = {effect.account_id: effect.sequence for effect in effects_of(body)}
        met = [(known, sequence) for known, sequence in last.items() if self._is_customer(known)]
        return [*met] or [(None, None)]

    def _is_customer(self, account_id: AccountId) -> bool:
        kind = self.bank.scratch.scalar("SELECT kind FROM bankcore.accounts WHERE id = %s", account_id)
        return kind == AccountKind.CUSTOMER
