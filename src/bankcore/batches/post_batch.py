"""PostBatch: carries many commands out in one unit of work, under one key for all of them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from hashlib import sha256
from typing import ClassVar, Final

from bankcore.arguments import require_a
from bankcore.batches.actions import BATCH_POSTED
from bankcore.batches.ports import BatchUnit, BatchUnits
from bankcore.errors import BankcoreError, InvalidRequestError, RejectedError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import TransactionId
from bankcore.ledger.command import Command
from bankcore.ledger.linking import require_chains
from bankcore.ledger.outcome_codec import decode_outcome, encode_outcome
from bankcore.ledger.outcomes import Changed, Held, Opened, Outcome, Posted
from bankcore.ledger.rejections import BatchRejectedError
from bankcore.ledger.service import LedgerService
from bankcore.origin import LIBRARY, Origin

COMMANDS_MAX: Final = 1_000
Outcomes = Sequence[Outcome]


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class BatchRefusedError(RejectedError):
    """A command of an all-or-nothing batch was refused, for that reason, so nothing of the batch was recorded."""

    code: ClassVar[str] = "batch_refused"
    title: ClassVar[str] = "A command of the atomic batch was refused"
    failed_index: int
    failed_code: str
    failed_because: str


@dataclass(frozen=True, slots=True)
class CommandBatch:
    """Commands in their order, none with a key of its own; with `is_atomic` all of them are carried out, or none."""

    commands: Sequence[Command]
    _: KW_ONLY
    is_atomic: bool = False
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse too many commands, none, keys beside that of the batch, and chains that are torn apart."""
        require_a(Sequence, self.commands, "/items", "commands are a list")
        if not 1 <= len(self.commands) <= COMMANDS_MAX:
            raise InvalidRequestError(pointer="/items", detail=f"a batch has 1 to {COMMANDS_MAX} commands")
        for index, command in enumerate(self.commands):
            require_a(Command, command, f"/items/{index}", "a command is one such as Transfer")
            if command.idempotency_key is not None:
                raise InvalidRequestError(pointer=f"/items/{index}", detail="the key belongs to the whole batch")
        require_chains([command.chain for command in self.commands], "/items")

    def fingerprint(self) -> bytes:
        """SHA-256 of all that the batch asks, in its order."""
        asked = ",".join(map(_terms_of, self.commands))
        return sha256(f'["batch",{json.dumps(self.is_atomic)},{asked}]'.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostBatch:
    """Carries out batches of one tenant."""

    units: BatchUnits
    ledger: LedgerService

    def __call__(self, batch: CommandBatch, *, origin: Origin = LIBRARY) -> Accepted[Outcomes]:
        """The outcome of each command, in order; with the same key the same ones again.

        Raises:
            BatchRefusedError: it is atomic, and one of its commands was refused.
            ConflictError: the key was used for another request, or is in use at this moment.
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: send it again with the same key.
        """
        key = key_of(origin, batch.idempotency_key)
        return answer_once(self.units, key, batch.fingerprint(), lambda unit: _Posting(unit, batch, origin))

    def rehearse(self, batch: CommandBatch, *, origin: Origin = LIBRARY) -> Accepted[Outcomes]:
        """The outcome that each command would have now; nothing is recorded, and the key is not used.

        Raises:
            BatchRefusedError: it is atomic, and one of its commands would be refused.
            UnavailableError: it could not be decided.
        """
        outcomes = self.ledger.execute(batch.commands, atomic=batch.is_atomic, dry_run=True, origin=origin)
        if (refusal := _refusal_of(batch, outcomes)) is not None:
            raise refusal
        return Accepted(outcomes)


@dataclass(frozen=True, slots=True)
class _Posting(KeyedTask[Outcomes]):
    unit: BatchUnit
    batch: CommandBatch
    origin: Origin

    def decide(self) -> Outcomes | Rejected:
        outcomes = self.unit.ledger.execute(self.batch.commands, atomic=self.batch.is_atomic, origin=self.origin)
        refusal = _refusal_of(self.batch, outcomes)
        return outcomes if refusal is None else Rejected(refusal)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        return CommandRefused(self.unit.new_stamp(self.origin), BATCH_POSTED, None, reason)

    def encode(self, value: Outcomes) -> bytes:
        return b'{"batch":[' + b",".join(map(encode_outcome, value)) + b"]}"

    def decode(self, encoded: bytes) -> Outcomes:
        decoded = [decode_outcome(json.dumps(each).encode()) for each in json.loads(encoded)["batch"]]
        return list(self._with_transactions(decoded))

    def _with_transactions(
        self, decoded: Sequence[Opened | Changed | Held | Rejected | TransactionId]
    ) -> Iterator[Outcome]:
        """The outcomes with the transactions that they name; what is remembered was recorded with it."""
        posted = [each for each in decoded if not isinstance(each, Opened | Changed | Held | Rejected)]
        transactions = self.unit.find_transactions(posted)
        for each in decoded:
            if isinstance(each, Opened | Changed | Held | Rejected):
                yield each
            else:
                yield Posted(transactions[each], replayed=True)


def _terms_of(command: Command) -> str:
    linked = "" if command.chain is None else f",{json.dumps({'chain': command.chain})}"
    return f'["{command.kind}",{command.terms()}{linked}]'


def _refusal_of(batch: CommandBatch, outcomes: Outcomes) -> BatchRefusedError | None:
    """Why an atomic batch was refused, if it was: the others were refused because of one."""
    if not batch.is_atomic:
        return None
    reasons = [(index, each.reason) for index, each in enumerate(outcomes) if isinstance(each, Rejected)]
    causes = [found for found in reasons if not isinstance(found[1], BatchRejectedError)]
    if not causes:
        return None
    index, reason = causes[0]
    return BatchRefusedError(failed_index=index, failed_code=reason.code, failed_because=str(reason))
