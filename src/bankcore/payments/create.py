"""CreatePayment: takes an order, sends it to a provider, and to the next one only after a definite no."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from bankcore.arguments import require_id
from bankcore.errors import (
    BankcoreError,
    LedgerInvariantError,
    NotFoundError,
    OutcomeUnknownError,
    Unavailability,
    UnavailableError,
)
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.texts import REFERENCE_LENGTH_MAX, checked_metadata
from bankcore.ledger.transactions import NO_METADATA, require_amount
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import LIBRARY, Origin
from bankcore.payments import actions
from bankcore.payments.captures import CaptureMethod
from bankcore.payments.circuits import Circuits
from bankcore.payments.configurations import ProviderConfig
from bankcore.payments.findings import finding_of_answer
from bankcore.payments.moving import add_sent
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.payments import ASKED_AFTER, PAYMENT_LIFETIME, Payment, PaymentId
from bankcore.payments.ports import OrderProviders, PaymentUnit, PaymentUnits, UsableProvider
from bankcore.payments.refusals import NoProviderError, ProvidersUnavailableError
from bankcore.payments.settling import Settlement, SettlePayment, new_attempt
from bankcore.payments.spreading import spread
from bankcore.providers.answers import ChargeAnswer
from bankcore.providers.orders import ChargeOrder, Payer
from bankcore.texts import require_text

ATTEMPTS_MAX: Final = 3
LIFETIME_MAX: Final = timedelta(days=30)
# How often a route is chosen anew because somebody changes configurations at that moment.
_TRIES_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class CreatePayment:
    """Take this amount from a payer for that account. What is said of the payer goes to the provider, and is not kept.

    `provider` is the name of one of our configurations, for who wants that one and no other.
    """

    account_id: AccountId
    amount: Money
    _: KW_ONLY
    description: str
    payer: Payer
    return_url: str
    provider: str | None = None
    method: str | None = None
    reference: str | None = None
    metadata: Mapping[str, str] = field(default_factory=lambda: NO_METADATA)
    lifetime: timedelta = PAYMENT_LIFETIME
    capture_method: CaptureMethod = CaptureMethod.AUTOMATIC
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive, unusable text, and an invalid key."""
        require_id(self.account_id, "/accountId")
        require_amount(self.amount)
        require_text(self.description, "/description", length_max=REFERENCE_LENGTH_MAX)
        if self.reference is not None:
            require_text(self.reference, "/reference", length_max=REFERENCE_LENGTH_MAX)
        object.__setattr__(self, "metadata", checked_metadata(self.metadata))
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        payer = (self.payer.email, self.payer.name, self.payer.phone)
        said = (self.description, self.return_url, self.provider, self.method, self.reference)
        money = (self.amount.minor, self.amount.currency.code)
        asked = ["create_payment", str(self.account_id), *money, *payer, *said, sorted(self.metadata.items())]
        asked.append(str(self.lifetime))
        if self.capture_method is not CaptureMethod.AUTOMATIC:
            # The others keep the name that they had before there was a choice.
            asked.append(self.capture_method)
        return sha256(json.dumps(asked).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePayments:
    """Creates payments of one tenant."""

    units: PaymentUnits
    providers: OrderProviders
    settle: SettlePayment
    circuits: Circuits
    open_accounts: OpenProviderAccounts
    new_id: Callable[[], UUID]

    def __call__(self, command: CreatePayment, *, origin: Origin = LIBRARY) -> Accepted[Payment]:
        """Create the payment and send it. A caller that repeats key and request gets the same payment as it is now.

        The order is committed before it is sent, so whatever happens on the way is found out by asking the provider;
        nothing is sent twice.

        Raises:
            NotFoundError: there is no such account, or it is somebody else's.
            CurrencyMismatchError: the account is of another currency.
            NoProviderError: none of our accounts at providers takes it.
            ProvidersUnavailableError: those that take it fail at present; nothing was recorded, and nothing sent.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with the key is still running.
            UnavailableError: nothing was recorded, and nothing sent.
            OutcomeUnknownError: nothing was sent; send it again with the same key.
        """
        payment_id = PaymentId(self.new_id())
        ready = self.providers.list_ready()
        for _ in range(_TRIES_MAX):
            route = self._choose_route(command, payment_id, ready)
            try:
                answer = self._create(command, origin, payment_id, route)
            except _OutdatedRouteError as error:
                ready = self.providers.make_ready(error.enabled)
                continue
            # Whoever finds a payment of before sends nothing: it was sent, or its provider will be asked.
            if answer.value.id != payment_id:
                return Accepted(answer.value, replayed=True)
            return Accepted(self._send(answer.value, command, route.usable))
        raise UnavailableError(reason=Unavailability.CONTENTION)

    def _choose_route(self, command: CreatePayment, payment_id: PaymentId, ready: Sequence[UsableProvider]) -> "_Route":
        """Where the order goes, if the configurations are as these are; all that may have to wait is done here, while
        no transaction is open.
        """
        fitting = spread(_fitting(ready, command), payment_id)
        usable = [each for each in fitting if not self.circuits.is_open(each.config.id)][:ATTEMPTS_MAX]
        for each in usable[:1]:
            self.open_accounts(each.config, command.amount.currency)
        return _Route(ready, fitting, usable)

    def _create(
        self, command: CreatePayment, origin: Origin, payment_id: PaymentId, route: "_Route"
    ) -> Accepted[Payment]:
        def begin(unit: PaymentUnit) -> _NewPayment:
            unit.expect_order(command.account_id)
            return _NewPayment(unit, command, origin, payment_id, route)

        key = key_of(origin, command.idempotency_key)
        return answer_once(self.units, key, command.fingerprint(), begin)

    def _send(self, payment: Payment, command: CreatePayment, usable: Sequence[UsableProvider]) -> Payment:
        first, *others = usable
        finding = finding_of_answer(self._ask(first, _order(payment, command, first)))
        try:
            if others and finding.elsewhere is not None:
                self.open_accounts(others[0].config, payment.amount.currency)
            settled = self.settle(Settlement(payment, finding, others[0].config.id if others else None))
        except (UnavailableError, OutcomeUnknownError):
            # It stays as it was sent, and the provider is asked soon.
            return payment
        is_sent_on = settled.attempt.config_id != first.config.id
        return self._send(settled, command, others) if is_sent_on else settled

    def _ask(self, to: UsableProvider, order: ChargeOrder) -> ChargeAnswer:
        return self.circuits.guard(to.config.id, lambda: to.provider.create_payment(order))


class _Route(NamedTuple):
    """The providers that were ready, those of them that take the order, and those of these that work, first choice
    first.
    """

    ready: Sequence[UsableProvider]
    fitting: Sequence[UsableProvider]
    usable: Sequence[UsableProvider]


class _OutdatedRouteError(Exception):
    """The route was chosen among other configurations than are enabled now."""

    def __init__(self, enabled: Sequence[ProviderConfig]) -> None:
        super().__init__()
        self.enabled = enabled


@dataclass(frozen=True, slots=True)
class _NewPayment(KeyedTask[Payment]):
    unit: PaymentUnit
    command: CreatePayment
    origin: Origin
    payment_id: PaymentId
    route: _Route

    def decide(self) -> Payment | Rejected:
        command, route = self.command, self.route
        account, enabled = self.unit.read_basis(command.account_id)
        if account is None or self.origin.owner_id not in {None, account.owner_id}:
            return Rejected(NotFoundError(resource="account", identifier=str(command.account_id)))
        currency = command.amount.currency
        if account.currency != currency:
            return Rejected(CurrencyMismatchError(expected=account.currency.code, actual=currency.code))
        if [each.config for each in route.ready] != list(enabled):
            raise _OutdatedRouteError(enabled)
        if not route.fitting:
            return Rejected(_no_provider(command))
        if not route.usable:
            # It is no refusal: nothing is recorded, so that the same key may be tried again.
            raise ProvidersUnavailableError
        return self._create(account, route.usable[0])

    def _create(self, account: Account, first: UsableProvider) -> Payment:
        unit, command, now = self.unit, self.command, self.unit.opened_at
        payment = Payment(
            id=self.payment_id,
            account_id=account.id,
            owner_id=account.owner_id,
            amount=command.amount,
            description=command.description,
            reference=command.reference,
            metadata=command.metadata,
            created_at=now,
            expires_at=now + command.lifetime,
            capture_method=command.capture_method,
            attempt=new_attempt(unit, first.config.id, 1),
            due_at=now + ASKED_AFTER[0],
        )
        return add_sent(unit, payment, self.origin)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        return CommandRefused(self.unit.new_stamp(self.origin), actions.PAYMENT_CREATED, None, reason)

    def encode(self, value: Payment) -> bytes:
        return value.id.bytes

    def decode(self, encoded: bytes) -> Payment:
        payment = self.unit.find_payment(PaymentId(UUID(bytes=encoded)))
        if payment is None:
            raise LedgerInvariantError("a payment is remembered that is not there")
        return payment


def _fitting(usable: Sequence[UsableProvider], command: CreatePayment) -> list[UsableProvider]:
    """Those that take it, in their order."""
    code = command.amount.currency.code
    return [
        each
        for each in usable
        if code in each.provider.facts.currencies
        and command.provider in {None, each.config.name}
        and (command.capture_method is CaptureMethod.AUTOMATIC or each.provider.facts.has_capture)
    ]


def _no_provider(command: CreatePayment) -> NoProviderError:
    currency, method = command.amount.currency.code, command.capture_method.value
    return NoProviderError(currency=currency, provider=command.provider, capture_method=method)


def _order(payment: Payment, command: CreatePayment, to: UsableProvider) -> ChargeOrder:
    return ChargeOrder(
        reference=payment.attempt.reference,
        amount=payment.amount,
        payer=command.payer,
        description=command.description,
        return_url=command.return_url,
        webhook_url=to.webhook_url,
        metadata=command.metadata,
        method=command.method,
        is_captured_later=payment.capture_method is CaptureMethod.MANUAL,
    )
