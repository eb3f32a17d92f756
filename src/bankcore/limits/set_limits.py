"""SetLimits: staff gives an account, or all customers of the tenant, another policy."""

import json
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from hashlib import sha256

from bankcore.actions import Subject
from bankcore.arguments import require_a, require_optional_id
from bankcore.errors import BankcoreError, ForbiddenError, InvalidStateError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.limits import Limit, LimitPolicy, checked_policy
from bankcore.ledger.stored_limits import policy_document, policy_of
from bankcore.ledger.texts import REFERENCE_LENGTH_MAX
from bankcore.limits.actions import LIMITS_CHANGED
from bankcore.limits.policies import LimitsChanged, LimitUnit, LimitUnits
from bankcore.money import CurrencyMismatchError
from bankcore.origin import Origin
from bankcore.texts import require_text


@dataclass(frozen=True, slots=True)
class ChangeLimits:
    """The whole policy of the account, or of all customers if none is named; no limits take all of them away."""

    account_id: AccountId | None
    limits: Sequence[Limit]
    _: KW_ONLY
    reason: str | None = None
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse what are no limits, and unusable text; InvalidRequestError."""
        require_optional_id(self.account_id, "/accountId")
        object.__setattr__(self, "limits", checked_policy(self.limits))
        if self.reason is not None:
            require_text(self.reason, "/reason", length_max=REFERENCE_LENGTH_MAX)

    @property
    def policy(self) -> LimitPolicy:
        """The limits."""
        return tuple(self.limits)

    @property
    def fingerprint(self) -> bytes:
        """Equal for commands that say the same."""
        account_id = None if self.account_id is None else self.account_id.hex
        asked = ["limits.change", account_id, policy_document(self.policy), self.reason]
        return sha256(json.dumps(asked, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class SetLimits:
    """Sets limits of one tenant; they bind with the next posting."""

    units: LimitUnits

    def __call__(self, command: ChangeLimits, *, origin: Origin) -> Accepted[LimitPolicy]:
        """Set the policy in the place of the one before.

        Raises:
            NotFoundError: no such account.
            InvalidStateError: the account is not a customer's.
            CurrencyMismatchError: a limit is in another currency than the account.
            ForbiddenError: a holder sets no limits.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with the key is still running.
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: send it again with the same key.
        """
        require_a(ChangeLimits, command, "/command", "what changes limits is ChangeLimits")
        require_a(Origin, origin, "/origin", "who asks is an Origin")
        key = key_of(origin, command.idempotency_key)
        return answer_once(self.units, key, command.fingerprint, lambda unit: _PolicyChange(unit, command, origin))


@dataclass(frozen=True, slots=True)
class _PolicyChange(KeyedTask[LimitPolicy]):
    unit: LimitUnit
    command: ChangeLimits
    origin: Origin

    def decide(self) -> LimitPolicy | Rejected:
        command = self.command
        if (refusal := self._refusal()) is not None:
            return Rejected(refusal)
        version = self.unit.store_policy(command.account_id, command.policy)
        stamp = self.unit.new_stamp(self.origin)
        changed = LimitsChanged(stamp, command.account_id, version, command.policy, command.reason)
        self.unit.publish([changed])
        return command.policy

    def _refusal(self) -> BankcoreError | None:
        account_id = self.command.account_id
        if self.origin.owner_id is not None:
            return ForbiddenError()
        if account_id is None:
            return None
        account = self.unit.find_account(account_id)
        if account is None:
            return NotFoundError(resource="account", identifier=str(account_id))
        # Nobody is stopped by what leaves an account of ours: all would be.
        if account.kind is not AccountKind.CUSTOMER:
            return InvalidStateError(resource="account", identifier=str(account_id), state=account.kind)
        for limit in self.command.limits:
            if limit.amount is not None and limit.amount.currency != account.currency:
                return CurrencyMismatchError(expected=account.currency.code, actual=limit.amount.currency.code)
        return None

    def refused(self, reason: BankcoreError) -> CommandRefused:
        account_id = self.command.account_id
        subject = None if account_id is None else Subject("account", account_id)
        return CommandRefused(self.unit.new_stamp(self.origin), LIMITS_CHANGED, subject, reason)

    def encode(self, value: LimitPolicy) -> bytes:
        return json.dumps({"limits": policy_document(value)}).encode()

    def decode(self, encoded: bytes) -> LimitPolicy:
        return policy_of(json.loads(encoded)["limits"])
