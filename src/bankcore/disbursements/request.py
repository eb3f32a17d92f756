"""RequestDisbursements: somebody wants money of an account sent out; it is held, and nothing leaves before approval."""

import json
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from hashlib import sha256
from uuid import UUID

from bankcore.arguments import require_id
from bankcore.disbursements import actions
from bankcore.disbursements.disbursements import Disbursement, DisbursementId, MaskedDestination
from bankcore.disbursements.events import DisbursementMoved
from bankcore.disbursements.keyed import DisbursementTask
from bankcore.disbursements.ports import DisbursementUnits
from bankcore.disbursements.postings import set_aside
from bankcore.disbursements.refusals import NoPayoutProviderError
from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Accepted, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.texts import REFERENCE_LENGTH_MAX
from bankcore.ledger.transactions import require_amount
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import Origin
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.ports import Providers, UsableProvider
from bankcore.providers.payouts import PayoutDestination
from bankcore.texts import require_text


@dataclass(frozen=True, slots=True)
class RequestDisbursement:
    """Send this amount of that account to an account outside; `description` is for the payee.

    `provider` is the name of one of our configurations, for who wants that one and no other.
    """

    account_id: AccountId
    amount: Money
    _: KW_ONLY
    destination: PayoutDestination
    description: str
    provider: str | None = None
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive, unusable text, and an invalid key."""
        require_id(self.account_id, "/accountId")
        require_amount(self.amount)
        require_text(self.description, "/description", length_max=REFERENCE_LENGTH_MAX)
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        to, money = self.destination, (self.amount.minor, self.amount.currency.code)
        said = (to.bank_code, to.account_number, to.payee, self.description, self.provider)
        return sha256(json.dumps(["request_disbursement", str(self.account_id), *money, *said]).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDisbursements:
    """Takes requests of one tenant."""

    units: DisbursementUnits
    accounts: LedgerQueries
    providers: Providers
    open_accounts: OpenProviderAccounts
    new_id: Callable[[], UUID]

    def __call__(self, command: RequestDisbursement, *, origin: Origin) -> Accepted[Disbursement]:
        """Hold the money, and wait for another person to approve.

        Raises:
            NotFoundError: there is no such account, or it is somebody else's.
            CurrencyMismatchError: the account is of another currency.
            NoPayoutProviderError: none of our accounts at providers sends it out.
            RejectedError: the ledger does not hold it (InsufficientFundsError, AccountFrozenError, ...).
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        account = self._find_account(command.account_id, origin)
        fitting = _fitting(self.providers.list_usable(), command)[:1]
        for each in fitting:
            self.open_accounts(each.config, command.amount.currency)
        return answer_once(
            self.units,
            key_of(origin, command.idempotency_key),
            command.fingerprint(),
            lambda unit: _RequestingDisbursement(
                unit, actions.DISBURSEMENT_REQUESTED, origin, command, account, fitting, self.new_id
            ),
        )

    def _find_account(self, account_id: AccountId, origin: Origin) -> Account | None:
        try:
            return self.accounts.get_account(account_id, owner_id=origin.owner_id)
        except NotFoundError:
            return None


@dataclass(frozen=True, slots=True)
class _RequestingDisbursement(DisbursementTask):
    command: RequestDisbursement
    account: Account | None
    fitting: Sequence[UsableProvider]
    new_id: Callable[[], UUID]

    def decide(self) -> Disbursement | Rejected:
        command, account, currency = self.command, self.account, self.command.amount.currency
        if account is None:
            return Rejected(NotFoundError(resource="account", identifier=str(command.account_id)))
        if account.currency != currency:
            return Rejected(CurrencyMismatchError(expected=account.currency.code, actual=currency.code))
        if not self.fitting:
            return Rejected(NoPayoutProviderError(currency=currency.code, provider=command.provider))
        hold_id = set_aside(self.unit.ledger, account.id, command.amount, self.origin)
        if isinstance(hold_id, Rejected):
            return hold_id
        disbursement = Disbursement(
            id=DisbursementId(self.new_id()),
            account_id=account.id,
            owner_id=account.owner_id,
            amount=command.amount,
            description=command.description,
            destination=MaskedDestination.of(command.destination),
            config_id=self.fitting[0].config.id,
            hold_id=hold_id,
            requested_by=self.origin.actor_id,
            requested_at=self.unit.opened_at,
            version=1,
        )
        self.unit.add_disbursement(disbursement, command.destination)
        self.unit.publish([DisbursementMoved(self.unit.new_stamp(self.origin), self.action, disbursement, None)])
        return disbursement


def _fitting(usable: Sequence[UsableProvider], command: RequestDisbursement) -> list[UsableProvider]:
    """Those that send it out, in their order."""
    code = command.amount.currency.code
    return [
        each
        for each in usable
        if code in each.provider.facts.payout_currencies and command.provider in {None, each.config.name}
    ]
