"""ResolveDispute: a person who looked at a dispute says that nothing more is to be done, and why."""

from dataclasses import KW_ONLY, dataclass, field
from hashlib import sha256
from uuid import UUID

from bankcore.actions import Subject
from bankcore.arguments import require_id
from bankcore.disputes import actions
from bankcore.disputes.disputes import PaymentDispute, PaymentDisputeId
from bankcore.disputes.events import DisputeMoved
from bankcore.disputes.ports import DisputeUnit, DisputeUnits
from bankcore.errors import BankcoreError, InvalidStateError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.origin import LIBRARY, Origin
from bankcore.payments.events import PersonsWord
from bankcore.refunds.moving import there


@dataclass(frozen=True, slots=True)
class ResolveDispute:
    """Nothing more is to be done about it, for that reason."""

    dispute_id: PaymentDisputeId
    _: KW_ONLY
    reason: str
    idempotency_key: str | None = None
    word: PersonsWord = field(init=False)

    def __post_init__(self) -> None:
        """Refuse unusable text, and an invalid key."""
        require_id(self.dispute_id, "/disputeId")
        object.__setattr__(self, "word", PersonsWord(self.reason))
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        return sha256("\0".join(("resolve_dispute", str(self.dispute_id), self.reason)).encode()).digest()


@dataclass(frozen=True, slots=True)
class ResolveDisputes:
    """Ends the reviews of disputes of one tenant."""

    units: DisputeUnits

    def __call__(self, command: ResolveDispute, *, origin: Origin = LIBRARY) -> Accepted[PaymentDispute]:
        """End the review of a dispute whose provider is asked no more. No money moves by it, and its status stays.

        Raises:
            NotFoundError: there is no such dispute.
            InvalidStateError: it needs no review, or its provider is still asked, so that each answer would ask for it.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        key = key_of(origin, command.idempotency_key)
        return answer_once(
            self.units, key, command.fingerprint(), lambda unit: _ResolvingDispute(unit, command, origin)
        )


@dataclass(frozen=True, slots=True)
class _ResolvingDispute(KeyedTask[PaymentDispute]):
    unit: DisputeUnit
    command: ResolveDispute
    origin: Origin

    def decide(self) -> PaymentDispute | Rejected:
        found = self.unit.find_dispute(self.command.dispute_id)
        if found is None:
            return Rejected(NotFoundError(resource="dispute", identifier=str(self.command.dispute_id)))
        before = there(self.unit.lock_dispute(found.config_id, found.provider_id), f"dispute {found.id}")
        if before.review_since is None or before.due_at is not None:
            return Rejected(InvalidStateError(resource="dispute", identifier=str(before.id), state=before.status))
        after = before.doubted(None, self.unit.opened_at)
        self.unit.update_dispute(after)
        stamp = self.unit.new_stamp(self.origin)
        moved = DisputeMoved(stamp, actions.DISPUTE_RESOLVED, after, before.status, self.command.word)
        self.unit.publish([moved])
        return after

    def refused(self, reason: BankcoreError) -> CommandRefused:
        subject = Subject("dispute", self.command.dispute_id)
        return CommandRefused(self.unit.new_stamp(self.origin), actions.DISPUTE_RESOLVED, subject, reason)

    def encode(self, value: PaymentDispute) -> bytes:
        return value.id.bytes

    def decode(self, encoded: bytes) -> PaymentDispute:
        return there(self.unit.find_dispute(PaymentDisputeId(UUID(bytes=encoded))), "a dispute that is remembered")
