"""StartPayout: checks every row, sets the sum aside, and leaves the rest to the workers."""

import json
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from hashlib import sha256

from bankcore.arguments import require_id
from bankcore.errors import BankcoreError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.identifiers import AccountId, HoldId, IdentifierSource, TenantId
from bankcore.ledger.amount_checks import AmountCheck, any_amount
from bankcore.ledger.texts import NAME_LENGTH_MAX
from bankcore.money import Money
from bankcore.origin import LIBRARY, Origin
from bankcore.payouts.actions import PAYOUT_STARTED
from bankcore.payouts.answers import decode_job, encode_job
from bankcore.payouts.events import PayoutChanged
from bankcore.payouts.jobs import PayoutItem, PayoutJob, PayoutJobId, Tally
from bankcore.payouts.ports import PayoutUnit, PayoutUnits
from bankcore.payouts.rows import Payee, PayoutRow, items_of, named_accounts, require_rows
from bankcore.payouts.set_aside import set_aside
from bankcore.texts import require_text


@dataclass(frozen=True, slots=True)
class StartPayout:
    """Pay all these rows from that account."""

    account_id: AccountId
    rows: Sequence[PayoutRow]
    _: KW_ONLY
    name: str | None = None
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse unusable text, an invalid key, and what is no list of at most fifty thousand rows."""
        require_id(self.account_id, "/accountId")
        require_rows(self.rows)
        if self.name is not None:
            require_text(self.name, "/name", length_max=NAME_LENGTH_MAX)
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        asked = ["start_payout", str(self.account_id), self.name, self.rows]
        return sha256(json.dumps(asked, separators=(",", ":")).encode()).digest()


@dataclass(frozen=True, slots=True)
class StartPayouts:
    """Starts jobs of one tenant."""

    tenant_id: TenantId
    units: PayoutUnits
    ids: IdentifierSource

    def __call__(
        self, command: StartPayout, *, origin: Origin = LIBRARY, check_sum: AmountCheck = any_amount
    ) -> Accepted[PayoutJob]:
        """Start the job, whole or not at all. A caller that repeats key and request gets the first answer again.

        `check_sum` is given the sum of all rows, which is known only with the account; whatever it raises is raised,
        and nothing was started.

        Raises:
            InvalidRowsError: some rows are wrong; all of them are named, nothing was started, and the key is not used.
            InsufficientFundsError: the whole sum cannot be set aside.
            RejectedError: the paying account is frozen or closed.
            NotFoundError: there is no such paying account, or it is somebody else's.
            AmountOutOfRangeError: all rows together are more than an amount can be.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with the key is still running.
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: send it again with the same key.
        """
        key = key_of(origin, command.idempotency_key)
        job_id = PayoutJobId(self.ids.new_id())
        return answer_once(
            self.units,
            key,
            command.fingerprint(),
            lambda unit: _Starting(self.tenant_id, job_id, unit, command, origin, check_sum),
        )


@dataclass(frozen=True, slots=True)
class _Starting(KeyedTask[PayoutJob]):
    tenant_id: TenantId
    job_id: PayoutJobId
    unit: PayoutUnit
    command: StartPayout
    origin: Origin
    check_sum: AmountCheck

    def decide(self) -> PayoutJob | Rejected:
        unit, command = self.unit, self.command
        payer = unit.find_payer(command.account_id)
        if payer is None or self.origin.owner_id not in {None, payer.owner_id}:
            return Rejected(NotFoundError(resource="account", identifier=str(command.account_id)))
        items = items_of(command.rows, payer, unit.find_payees(named_accounts(command.rows)))
        total = Tally.of(items)
        total_money = Money(total.minor, payer.currency)
        self.check_sum([total_money])
        hold_id = set_aside(unit.ledger, payer.account_id, total_money, self.origin)
        return hold_id if isinstance(hold_id, Rejected) else self._start(payer, items, total, hold_id)

    def _start(self, payer: Payee, items: list[PayoutItem], total: Tally, hold_id: HoldId) -> PayoutJob:
        unit = self.unit
        job = PayoutJob(
            tenant_id=self.tenant_id,
            id=self.job_id,
            account_id=payer.account_id,
            owner_id=payer.owner_id,
            currency=payer.currency,
            name=self.command.name,
            created_at=unit.opened_at,
            total=total,
            hold_id=hold_id,
        )
        unit.add_job(job, items)
        unit.publish([PayoutChanged(unit.new_stamp(self.origin), PAYOUT_STARTED, job)])
        return job

    def refused(self, reason: BankcoreError) -> CommandRefused:
        return CommandRefused(self.unit.new_stamp(self.origin), PAYOUT_STARTED, None, reason)

    def encode(self, value: PayoutJob) -> bytes:
        return encode_job(value)

    def decode(self, encoded: bytes) -> PayoutJob:
        return decode_job(encoded, self.unit)
