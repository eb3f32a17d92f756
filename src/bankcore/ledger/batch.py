"""A batch of commands on its way through one unit of work: claim, lock, decide, record."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from bankcore.idempotency.answers import Answers, Rejected
from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import AccountId, IdentifierSource, TenantId
from bankcore.ledger.account_lock_manager import AccountLockManager
from bankcore.ledger.balance_validator import BalanceValidator
from bankcore.ledger.book import NOTHING_NAMED, Book
from bankcore.ledger.changes import Capture, Change, Post, Reverse
from bankcore.ledger.command import Command
from bankcore.ledger.expectations import unmet_after, unmet_before
from bankcore.ledger.linking import by_chain
from bankcore.ledger.outcome_codec import decode_outcome, encode_outcome
from bankcore.ledger.outcomes import Changed, Held, Opened, Outcome, Posted
from bankcore.ledger.ports import LedgerUnit
from bankcore.ledger.rejections import BatchRejectedError, ChainRejectedError, SourceReusedError
from bankcore.ledger.requests import Request
from bankcore.ledger.transaction_recorder import TransactionRecorder
from bankcore.ledger.transactions import Source, Transaction
from bankcore.origin import Origin

PORTIONS_MAX: Final = 8
"""In how many portions a large batch is written; each portion takes the statements of a transfer."""
PORTION_MIN: Final = 128
"""The fewest commands that are worth statements of their own."""


class BatchRequest(NamedTuple):
    """Commands that are posted in one unit of work, in order; from one caller, or from several."""

    tenant_id: TenantId
    requests: Sequence[Request]
    key_lifetime: timedelta
    is_linked: bool = False
    """Whether some of them have a chain."""


class _Keyed(NamedTuple):
    """A request with its key, and the fingerprint that tells whether the key was used for the same request.

    Without a key the fingerprint is empty.
    """

    request: Request
    key: IdempotencyKey | None
    fingerprint: bytes

    @property
    def chain(self) -> str | None:
        """The name of its chain."""
        return self.request.chain


class Batch:
    """One run of a batch; a repeated unit of work needs a new one.

    The book is the state between the commands: each is decided on the state that the ones before left, so a batch gives
    exactly the outcomes of its commands one after another.
    """

    def __init__(self, request: BatchRequest, unit: LedgerUnit, ids: IdentifierSource) -> None:
        """Prepare one run of the request in that unit of work."""
        self._request = request
        self._unit = unit
        self._validator = BalanceValidator()
        self._locks = AccountLockManager(request.tenant_id)
        keys = [each.key for each in request.requests]
        claimed = sorted({key for key in keys if key is not None})
        if claimed:
            keyed = ((each.command, key) for each, key in zip(request.requests, keys, strict=True))
            unit.expect(claimed, self._locks.expected(keyed))
        # Computed while the database answers.
        self._keyed = [
            _Keyed(each, key, b"" if key is None else each.command.fingerprint())
            for each, key in zip(request.requests, keys, strict=True)
        ]
        self._answers: Answers[Outcome] = Answers(unit.claim_keys(claimed) if claimed else {}, recall=self._recall)
        self._book = self._lock()
        recorded = self._load_recorded()
        self._by_id = {transaction.id: transaction for transaction in recorded}
        self._by_source = {
            transaction.source: transaction for transaction in recorded if transaction.source is not None
        }
        self._recorder = TransactionRecorder(request.tenant_id, self._book, opened_at=unit.opened_at, ids=ids)

    def run(self) -> list[Outcome]:
        """Decide every command by itself and write the results in portions: the database writes one while the next
        is decided.
        """
        outcomes: list[Outcome] = []
        for portion in _portions(self._keyed):
            if self._request.is_linked:
                outcomes += self._answer_linked(portion, len(outcomes))
            else:
                outcomes += [self._answer(each) for each in portion]
            # Accounts are opened all together, so that two batches open the same ones in the same order.
            if not self._recorder.opens_accounts:
                self._write()
        if self._recorder.opens_accounts:
            self._write()
        return outcomes

    def run_atomic(self) -> list[Outcome]:
        """Decide every command until one is refused; then nothing changes, and the refusal alone is remembered."""
        outcomes: list[Outcome] = []
        for index, each in enumerate(self._keyed):
            outcome = self._answer(each)
            if isinstance(outcome, Rejected):
                outcomes = self._reject_all_but(index, outcome)
                break
            outcomes.append(outcome)
        self._write()
        return outcomes

    def _answer_linked(self, portion: Sequence[_Keyed], place: int) -> Iterator[Outcome]:
        """The answers to commands from that place of the batch on, of which some are linked."""
        for members in by_chain(portion, [each.chain for each in portion]):
            if members[0].chain is None:
                yield self._answer(members[0])
            else:
                yield from self._answer_chain(members, place)
            place += len(members)

    def _answer_chain(self, members: Sequence[_Keyed], place: int) -> list[Outcome]:
        """Carry all of them out, or none: with the first refusal, what the others have changed is undone.

        As in an atomic batch, they were not refused by themselves, so their keys are not used up. What an earlier
        request has done already stands, and is told.
        """
        saved = self._recorder.save(self._accounts_of([each.request.command for each in members]))
        given, sources = self._answers.given, len(self._by_source)
        outcomes: list[Outcome] = []
        for index, each in enumerate(members):
            outcomes.append(outcome := self._answer(each))
            if isinstance(outcome, Rejected):
                self._recorder.restore(saved)
                self._answers.forget_since(given, but=outcome)
                while len(self._by_source) > sources:
                    self._by_source.popitem()
                refusal = Rejected(ChainRejectedError(chain=str(each.chain), failed_index=place + index))
                outcomes = [self._find_earlier(other) or refusal for other in members]
                outcomes[index] = outcome
                break
        return outcomes

    def _find_earlier(self, keyed: _Keyed) -> Outcome | None:
        """What the command was answered to an earlier request with its key, or what came of its source."""
        command, key = keyed.request.command, keyed.key
        known = None if key is None else self._answers.find(key, keyed.fingerprint)
        if known is not None:
            return known if known.replayed else None
        earlier = None if command.source is None else self._by_source.get(command.source)
        return None if earlier is None else Posted(earlier, replayed=True)

    def _accounts_of(self, commands: Sequence[Command]) -> Iterable[AccountId] | None:
        """The accounts that these commands may change; None for all, where they name more than accounts."""
        if any(command.named is not NOTHING_NAMED for command in commands):
            return None
        return [account_id for command in commands for account_id in command.touches(self._request.tenant_id)]

    def _lock(self) -> Book:
        undecided = [each.request.command for each in self._keyed if self._answers.is_new(each.key)]
        return self._locks.lock(self._unit, undecided)

    def _load_recorded(self) -> Sequence[Transaction]:
        """The transactions that are to be answered with again, for their key or for their source."""
        asked = ((key, fingerprint) for _request, key, fingerprint in self._keyed)
        decoded = map(decode_outcome, self._answers.remembered(asked))
        replayed = [outcome for outcome in decoded if not isinstance(outcome, Opened | Changed | Held | Rejected)]
        sources = {
            request.command.source
            for request, key, _fingerprint in self._keyed
            if request.command.source is not None and self._answers.is_new(key)
        }
        return self._unit.find_recorded(replayed, sorted(sources)) if replayed or sources else []

    def _answer(self, keyed: _Keyed) -> Outcome:
        """The answer given before under the command's key, or a new decision."""
        request, key, fingerprint = keyed
        if key is None:
            return self._decide(request)
        outcome = self._answers.find(key, fingerprint)
        if outcome is None:
            outcome = self._decide(request)
            self._answers.remember(key, fingerprint, outcome)
        elif isinstance(outcome, Rejected) and not outcome.replayed:
            self._recorder.refuse(
                request.command.kind, request.command.plan(self._request.tenant_id), outcome.reason, request.origin
            )
        return outcome

    def _recall(self, encoded: bytes) -> Outcome:
        outcome = decode_outcome(encoded)
        if isinstance(outcome, Opened | Changed | Held | Rejected):
            return outcome
        return Posted(self._by_id[outcome], replayed=True)

    def _decide(self, request: Request) -> Outcome:
        command, origin, _chain = request
        change = command.plan(self._request.tenant_id)
        source = command.source
        if source is not None and (earlier := self._by_source.get(source)) is not None:
            outcome = _replay_of_source(source, earlier, change, self._book)
        else:
            outcome = self._make_as_expected(command, change, origin) if command.expects else self._make(change, origin)
        if isinstance(outcome, Rejected):
            self._recorder.refuse(command.kind, change, outcome.reason, origin)
        elif source is not None and isinstance(outcome, Posted):
            self._by_source[source] = outcome.transaction
        return outcome

    def _make_as_expected(self, command: Command, change: Change, origin: Origin) -> Outcome:
        """Make the change where everything is as the caller expects, before it and after."""
        refusal = unmet_before(command.expects, self._book, origin)
        if refusal is not None:
            return Rejected(refusal)
        saved = self._recorder.save(self._accounts_of([command]))
        outcome = self._make(change, origin)
        if isinstance(outcome, Rejected) or (refusal := unmet_after(command.expects, self._book)) is None:
            return outcome
        self._recorder.restore(saved)
        return Rejected(refusal)

    def _make(self, change: Change, origin: Origin) -> Outcome:
        refusal = self._validator.find_refusal(change, self._book, origin)
        return self._recorder.record(change, origin) if refusal is None else Rejected(refusal)

    def _reject_all_but(self, failed_index: int, outcome: Rejected) -> list[Outcome]:
        """Undo the batch. No other command was refused by itself, so no other key is used up."""
        self._recorder.discard_changes()
        # The key may also belong to an earlier command of this batch, which is now undone.
        self._answers.forget_all_but(self._keyed[failed_index].key, outcome)
        outcomes: list[Outcome] = [Rejected(BatchRejectedError(failed_index=failed_index))] * len(
            self._request.requests
        )
        outcomes[failed_index] = outcome
        return outcomes

    def _write(self) -> None:
        expires_at = self._unit.opened_at + self._request.key_lifetime
        self._recorder.write(self._unit, self._answers.take_records(encode_outcome, expires_at=expires_at))


def _portions(keyed: Sequence[_Keyed]) -> Iterator[Sequence[_Keyed]]:
    """The batch in at most `PORTIONS_MAX` parts, each long enough to be worth its statements."""
    size = max(PORTION_MIN, -(-len(keyed) // PORTIONS_MAX))
    start = 0
    while start < len(keyed):
        end = start + size
        # A chain stands in one portion, because what is written is not undone.
        while end < len(keyed) and keyed[end].chain is not None and keyed[end].chain == keyed[end - 1].chain:
            end += 1
        yield keyed[start:end]
        start = end


def _replay_of_source(source: Source, earlier: Transaction, change: Change, book: Book) -> Outcome:
    """The source's transaction again if the same money moves, else a refusal: a source never pays twice."""
    recorded = sorted((entry.account_id, entry.currency.code, entry.amount_minor) for entry in earlier.entries)
    change = _movement_of(change, earlier, book)
    postings = change.postings if isinstance(change, Post) else ()
    asked = sorted((posting.account_id, posting.amount.currency.code, posting.amount.minor) for posting in postings)
    if recorded == asked:
        return Posted(earlier, replayed=True)
    return Rejected(SourceReusedError(source_type=source.type, source_id=source.id))


def _movement_of(change: Change, earlier: Transaction, book: Book) -> Change:
    """What the change moves if it gets as much as the earlier one got: whoever asks for all there is gets what is."""
    if isinstance(change, Capture) and (hold := book.holds.get(change.hold_id)) is not None and earlier.amount:
        return change.post(hold, change.amount or earlier.amount)
    if isinstance(change, Reverse) and earlier.reverses == change.transaction_id:
        undone = book.transactions[change.transaction_id].transaction
        return change.post(undone, change.amount or earlier.amount)
    return change
