"""Record: an operator puts down what another bank states."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from bankcore.arguments import require_a, require_id
from bankcore.assertions.actions import BALANCE_ASSERTED
from bankcore.assertions.assertions import (
    SOURCE_LENGTH_MAX,
    AssertionId,
    AssertionUnit,
    AssertionUnits,
    BalanceAsserted,
    BalanceAssertion,
)
from bankcore.clock import require_instant
from bankcore.errors import BankcoreError, InvalidRequestError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import AccountId
from bankcore.money import Currency, CurrencyMismatchError, Money
from bankcore.origin import Origin
from bankcore.texts import require_text

_MONEY: Final = 'a balance is written Money.of("100.50", "NPR")'
Assertions = tuple[BalanceAssertion, ...]


@dataclass(frozen=True, slots=True)
class StatedBalance:
    """What is stated: so much by that instant."""

    as_of: datetime
    balance: Money

    def __post_init__(self) -> None:
        """Refuse what is no instant or no money; InvalidRequestError."""
        object.__setattr__(self, "as_of", require_instant(self.as_of, "/asOf"))
        require_a(Money, self.balance, "/balance", _MONEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertBalances:
    """Balances of one account that a source states, such as `statement 2026-01 of the settlement bank`."""

    account_id: AccountId
    stated: tuple[StatedBalance, ...]
    source: str
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse a source that cannot be read, and a command that states nothing; InvalidRequestError."""
        require_id(self.account_id, "/accountId")
        require_text(self.source, "/source", length_max=SOURCE_LENGTH_MAX)
        if not self.stated:
            raise InvalidRequestError(pointer="/stated", detail="at least one balance is stated")

    @property
    def fingerprint(self) -> bytes:
        """Equal for commands that say the same."""
        stated = [(each.as_of.isoformat(), each.balance.minor, each.balance.currency.code) for each in self.stated]
        return sha256(json.dumps(["balance.assert", self.account_id.hex, stated, self.source]).encode()).digest()


@dataclass(frozen=True, slots=True)
class RecordAssertions:
    """Puts down what is stated of one tenant's accounts; the books stay as they are, whatever is said of them."""

    units: AssertionUnits

    def __call__(self, command: AssertBalances, *, origin: Origin) -> Accepted[Assertions]:
        """Keep the statements.

        Raises:
            InvalidRequestError: one is of an instant that has not come yet.
            NotFoundError: there is no such account.
            CurrencyMismatchError: it is in another currency.
            IdempotencyKeyReusedError, IdempotencyInProgressError, UnavailableError, OutcomeUnknownError: as
                `answer_once`.
        """
        key = key_of(origin, command.idempotency_key)
        return answer_once(self.units, key, command.fingerprint, lambda unit: _Recording(unit, command, origin))


@dataclass(frozen=True, slots=True)
class _Recording(KeyedTask[Assertions]):
    unit: AssertionUnit
    command: AssertBalances
    origin: Origin

    def decide(self) -> Assertions | Rejected:
        account = self.unit.find_account(self.command.account_id)
        if account is None:
            raise NotFoundError(resource="account", identifier=str(self.command.account_id))
        for each in self.command.stated:
            if each.balance.currency != account.currency:
                return Rejected(
                    CurrencyMismatchError(expected=account.currency.code, actual=each.balance.currency.code)
                )
            if each.as_of > self.unit.opened_at:
                raise InvalidRequestError(pointer="/asOf", detail="a past instant")
        return tuple(self._recorded())

    def _recorded(self) -> Iterator[BalanceAssertion]:
        for each in self.command.stated:
            stamp = self.unit.new_stamp(self.origin)
            assertion = BalanceAssertion(
                id=AssertionId(stamp.id),
                account_id=self.command.account_id,
                as_of=each.as_of,
                stated=each.balance,
                source=self.command.source,
                recorded_at=stamp.occurred_at,
            )
            self.unit.add_assertion(assertion)
            self.unit.publish([BalanceAsserted(stamp, assertion)])
            yield assertion

    def refused(self, reason: BankcoreError) -> CommandRefused:
        return CommandRefused(self.unit.new_stamp(self.origin), BALANCE_ASSERTED, None, reason)

    def encode(self, value: Assertions) -> bytes:
        facts = [
            [
                each.id.hex,
                each.as_of.isoformat(),
                each.stated.minor,
                each.stated.currency.code,
                each.recorded_at.isoformat(),
            ]
            for each in value
        ]
        return json.dumps(facts).encode()

    def decode(self, encoded: bytes) -> Assertions:
        return tuple(
            BalanceAssertion(
                id=AssertionId(UUID(hex=identifier)),
                account_id=self.command.account_id,
                as_of=datetime.fromisoformat(as_of),
                stated=Money(minor, Currency.of(currency)),
                source=self.command.source,
                recorded_at=datetime.fromisoformat(recorded_at),
            )
            for identifier, as_of, minor, currency, recorded_at in json.loads(encoded)
        )
