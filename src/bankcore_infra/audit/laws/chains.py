"""The chain of each account: its entries and changes, followed one by one in the account's own order."""

import hashlib
import struct
from bisect import insort
from itertools import takewhile
from typing import Any, Final, NamedTuple
from uuid import UUID

from bankcore_infra.audit.laws.findings import Findings
from bankcore_infra.audit.laws.forms import ACTIVE, STATUSES
from bankcore_infra.audit.laws.standings import NEW_ACCOUNT, Standing, Standings, ToldEffect

_ENTRY_LAYOUT: Final = struct.Struct(">16s32s16s16sq16s3sqqqq")
# How many effects that came before their turn are kept.
_EARLY_MAX: Final = 20_000


class Head(NamedTuple):
    """The head of an account some of whose entries the export has not shown yet."""

    version: int
    hash: bytes
    record: int
    at: str


class Chains:
    """Each account, effect by effect: sequence and hash chain, balance, status, what is held.

    The log's order is nearly that of an account, and not quite: a transaction that waited for its second account may
    stand before the one it waited for. An effect that comes before its turn, or does not fit, waits until another
    effect explains it.
    """

    def __init__(self, tenant: UUID, findings: Findings, *, starts_at_zero: bool) -> None:
        self.standings = Standings()
        self.heads: dict[bytes, Head] = {}
        self.waiting: dict[bytes, list[ToldEffect]] = {}
        self._tenant = tenant.bytes
        self._findings = findings
        self._starts_at_zero = starts_at_zero
        self._late: dict[bytes, ToldEffect] = {}
        self._count = 0

    def take(self, effect: ToldEffect) -> None:
        """Follow the effect and those that waited for it, or let it wait."""
        standing, is_entry = self.standings.find(effect.account) or NEW_ACCOUNT, effect.amount is not None
        if not (standing.version or standing.opened or self._starts_at_zero) and effect.sequence != is_entry:
            # The export does not have the account's beginning, so the account begins here, if the effect tells enough.
            if effect.head is not None:
                self._stand(effect, standing)
        elif self._problem(effect, standing) is None:
            self._follow(effect, standing)
            if effect.account in self.waiting:
                self._go_on(effect.account)
        elif self._starts_at_zero or not is_entry or effect.sequence > standing.version:
            insort(self.waiting.setdefault(effect.account, []), effect, key=_turn)
            self._count += 1
            if self._count > _EARLY_MAX:
                self._settle(effect.account)

    def follow_plain(
        self, said: dict[str, Any], account: bytes, *, amount: int, after: int, transaction: bytes, posted_us: int
    ) -> bool:
        """Follow an entry that fits in all respects, on an account without held money and waiting effects.

        False for any other entry, and nothing is done: `take` finds the reason.
        """
        known = self.standings.find(account)
        if known is None or account in self.waiting or account in self.heads:
            return False
        version, balance, last, _posted_us, status, vague, known_currency, held, opened = known
        sequence, currency, before = said["sequence"], said["currency"].encode(), after - amount
        is_next = sequence == version + 1 and before == balance and status == ACTIVE and not held
        if not is_next or (opened and currency != known_currency):
            return False
        chain = b"bankcore.entry.1", last, self._tenant, account, sequence, transaction, currency
        head = hashlib.sha256(_ENTRY_LAYOUT.pack(*chain, amount, before, after, posted_us)).digest()
        if head.hex() != said["head"]:
            return False
        standing = Standing(sequence, after, head, posted_us, status, vague, known_currency, 0, opened)
        self.standings.put(account, standing)
        return True

    def finish(self, *, is_whole: bool) -> None:
        """Report effects that do not fit and that nothing explained. For a part of the log, report only what is
        missing.
        """
        for account in list(self.waiting):
            self._settle(account, is_whole=is_whole)
        for effect in self._late.values() if is_whole else ():
            self._contradiction(effect, _not_active(effect.sequence + 1))
        self._late.clear()

    def compare_head(self, key: bytes, head: Head, since: str) -> None:
        """Compare a head with the account, now or when the log has come that far."""
        standing = self.standings.find(key) or NEW_ACCOUNT
        if standing.version == head.version and standing.head != head.hash:
            problem = f"the head after {head.version} entries is not the hash of the last one"
            self._findings.report("contradiction", f"record {head.record}, account {UUID(bytes=key)}", problem, since)
        elif standing.version < head.version and self._starts_at_zero:
            self.heads[key] = head

    def _problem(self, effect: ToldEffect, standing: Standing) -> tuple[str, str] | None:
        """Why the effect does not come next, with the kind of finding."""
        sequence, version, is_entry = effect.sequence, standing.version, effect.amount is not None
        if is_entry and sequence <= version:
            return "contradiction", f"entry {sequence} comes again after entry {version}"
        if sequence > version + is_entry:
            told = f"entry {sequence} follows entry {version}; those between are missing"
            return "deleted", told if is_entry else f"it counts {sequence} entries, the log only has {version}"
        if effect.is_refused:
            direction = "debited" if (effect.amount or 0) < 0 else "credited"
            return "contradiction", f"entry {sequence} {direction} the account while it was {_status_of(effect)}"
        if standing.status != effect.status_before and not (standing.vague and is_entry):
            return "contradiction", _other_status(effect)
        if (before := effect.held - effect.set_aside) != standing.held:
            return "contradiction", f"{before} was held before it, and {standing.held} before that"
        return None

    def _go_on(self, account: bytes) -> None:
        """Follow what waited and fits now."""
        while (lane := self.waiting.get(account)) is not None:
            standing = self.standings.find(account) or NEW_ACCOUNT
            due = takewhile(lambda each, last=standing.version + 1: each.sequence <= last, lane)  # type: ignore[misc] # bound now
            following = next((each for each in due if self._problem(each, standing) is None), None)
            if following is None:
                return
            self._leave(lane, following)
            self._follow(following, standing)

    def _settle(self, account: bytes, *, is_whole: bool = True) -> None:
        """Report what waits on the account, and go on from it as if it fitted."""
        while (lane := self.waiting.get(account)) is not None:
            effect, standing = lane[0], self.standings.find(account) or NEW_ACCOUNT
            kind, problem = self._problem(effect, standing) or ("", "")
            if kind == "deleted" or (kind and is_whole):
                self._findings.report(kind, effect.place, problem, effect.since)
            self._leave(lane, effect)
            if effect.amount is None or effect.sequence > standing.version:
                self._follow(effect, standing)
                self._go_on(account)

    def _leave(self, lane: list[ToldEffect], effect: ToldEffect) -> None:
        lane.remove(effect)
        self._count -= 1
        if not lane:
            del self.waiting[effect.account]

    def _follow(self, effect: ToldEffect, standing: Standing) -> None:
        sequence, is_there = effect.sequence, effect.sequence == standing.version
        if effect.amount is not None:
            self._compare_entry(effect, standing)
        elif (
            effect.head is not None and is_there and (effect.balance, effect.head) != (standing.balance, standing.head)
        ):
            self._contradiction(effect, f"is not how the account stood after entry {sequence}")
        elif effect.was is not None and sequence < standing.version and not standing.vague and effect.currency:
            self._follow_late(effect)
        self._stand(effect, standing)

    def _follow_late(self, effect: ToldEffect) -> None:
        """Follow a change of status that stands before entries met already; it must end before the next one of them."""
        if effect.status != ACTIVE:
            self._late[effect.account] = effect
        elif effect.account in self._late and effect.sequence <= self._late[effect.account].sequence:
            del self._late[effect.account]

    def _compare_entry(self, entry: ToldEffect, standing: Standing) -> None:
        sequence, amount, after = entry.sequence, entry.amount or 0, entry.balance or 0
        before, currency = after - amount, (entry.currency or "").encode()
        if before != standing.balance:
            self._contradiction(entry, f"entry {sequence} does not start from the balance before it")
        if standing.opened and currency != standing.currency:
            self._contradiction(entry, f"entry {sequence} is not in the currency of the account")
        facts = (sequence, entry.transaction, currency, amount, before, after)
        packed = _ENTRY_LAYOUT.pack(
            b"bankcore.entry.1", standing.head, self._tenant, entry.account, *facts, entry.posted_us
        )
        if hashlib.sha256(packed).digest() != entry.head:
            self._contradiction(entry, f"entry {sequence} is not what its hash was made of")

    def _stand(self, effect: ToldEffect, before: Standing) -> None:
        """Remember how the account stands after the effect, and compare the head that waited for it."""
        version, balance, head, posted_us, status, vague, currency, _held, opened = before
        begins = not (version or self._starts_at_zero)
        if effect.amount is not None or begins:
            version, posted_us = effect.sequence, effect.posted_us
            balance, head = effect.balance or 0, effect.head or bytes(32)
        if effect.was is not None or begins:
            status, vague = effect.status, effect.currency is None and not effect.sequence
        self.standings.put(
            effect.account,
            Standing(version, balance, head, posted_us, status, vague, currency, effect.held, opened),
        )
        waiting = self.heads.get(effect.account) if self.heads else None
        if waiting is not None and waiting.version <= effect.sequence:
            del self.heads[effect.account]
            self.compare_head(effect.account, waiting, effect.since)

    def _contradiction(self, effect: ToldEffect, problem: str) -> None:
        self._findings.report("contradiction", effect.place, problem, effect.since)


def _turn(effect: ToldEffect) -> tuple[int, bool]:
    """Entries before the changes that count them."""
    return effect.sequence, effect.amount is None


def _status_of(effect: ToldEffect) -> str:
    return STATUSES[effect.status].replace("_", " ")


def _other_status(effect: ToldEffect) -> str:
    """What is wrong with an effect that does not begin with the status that the account had."""
    if effect.amount is None:
        became = f"became {STATUSES[effect.status]} from {STATUSES[effect.status_before]}, which it was not"
        return f"account {UUID(bytes=effect.account)} {became}"
    if effect.status == ACTIVE:
        return _not_active(effect.sequence)
    return f"entry {effect.sequence} says that the account was {_status_of(effect)}, which it was not"


def _not_active(sequence: int) -> str:
    return f"entry {sequence} was posted while the account was not active"
