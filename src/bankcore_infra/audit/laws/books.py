"""The accounts and transactions as the records of the log describe them."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from bankcore.audit.merkle import Frontier, leaf_hash
from bankcore_infra.audit.laws.chains import Chains, Head
from bankcore_infra.audit.laws.findings import Findings, NotAsWrittenError
from bankcore_infra.audit.laws.forms import id_bytes, instant_of, is_count, is_digest, is_id, microseconds, minor
from bankcore_infra.audit.laws.frames import moves_money, subject_of
from bankcore_infra.audit.laws.standings import NEW_ACCOUNT, ToldEffect
from bankcore_infra.audit.laws.writing import encode

# An entry says its account, amount, balance, currency, head and sequence, and what is held only if something is.
_PLAIN_MEMBERS: Final = 6
OPENINGS_MAX: Final = 1_000
# A head may count entries whose records are sealed later, when the transactions that were open have ended.
HEAD_PATIENCE: Final = timedelta(minutes=10)


class Books:
    """The accounts and transactions as the log tells them, with how many there are of each."""

    def __init__(self, tenant: UUID, findings: Findings, *, starts_at_zero: bool) -> None:
        self.tenant = tenant
        self.chains = Chains(tenant, findings, starts_at_zero=starts_at_zero)
        self.openings: dict[str, set[str]] = {}
        self.transactions = self.entries = self.accounts = 0
        self.has_moved = False
        """Whether the record that was read last made entries; they belong to the transaction that is its subject."""
        self.rows: list[list[Any]] = []
        """What the rows of those entries must say."""
        self.moved: dict[str, int] = {}
        """How much moved in them, by currency."""
        self._findings = findings

    def read(self, index: int, record: dict[str, Any]) -> None:
        """Follow what the record did to accounts. Raises: ValueError, struct.error."""
        self.has_moved = False
        if record["action"] == "heads.sealed":
            self._read_heads(index, record)
        elif record["action"] == "account.opened":
            self._open(index, record)
        if "effects" in record:
            self._read_effects(index, record)

    def finish(self, last_at: str, *, is_whole: bool) -> None:
        """Report entries that effects or heads count and the log does not have."""
        chains = self.chains
        for key, head in chains.heads.items():
            known = chains.standings.find(key) or NEW_ACCOUNT
            is_due = is_whole or instant_of(last_at) - instant_of(head.at) > HEAD_PATIENCE
            if known.version < head.version and is_due and key not in chains.waiting:
                problem = f"its head counts {head.version} entries, the log only has {known.version}"
                since = f"sealed in record {head.record} at {head.at}"
                self._findings.report("deleted", f"account {UUID(bytes=key)}", problem, since)
        chains.finish(is_whole=is_whole)

    def _open(self, index: int, record: dict[str, Any]) -> None:
        self.accounts += 1
        account, standings = record["account"], self.chains.standings
        key, currency = id_bytes(account["id"]), account["currency"]
        standing = standings.find(key) or NEW_ACCOUNT
        if standing.opened:
            place = f"record {index}, account {account['id']}"
            self._findings.report_recent("contradiction", place, "is opened again")
        columns = encode(opened_columns(record)).encode()
        standings.put(key, standing._replace(currency=currency.encode(), opened=columns))
        opened = self.openings.setdefault(currency, set())
        if len(opened) < OPENINGS_MAX:
            opened.add(record["at"])

    def _read_heads(self, index: int, record: dict[str, Any]) -> None:
        frontier = Frontier()
        for account, version, head in record["heads"]["accounts"]:
            if not (is_id(account) and is_count(version) and is_digest(head)):
                raise NotAsWrittenError("has a head that is none")
            key, digest = id_bytes(account), bytes.fromhex(head)
            frontier.append(leaf_hash(key + version.to_bytes(8, "big") + digest))
            self.chains.compare_head(key, Head(version, digest, index, record["at"]), self._findings.since)
        if frontier.root.hex() != record["heads"]["root"]:
            problem = "its heads do not have the root beside them"
            self._findings.report_recent("contradiction", f"record {index}", problem)

    def _read_effects(self, index: int, record: dict[str, Any]) -> None:
        self.rows, self.moved, sums, since = [], {}, dict[str, int](), self._findings.since
        posted_at = record["at"]
        if moves_money(record):
            self.has_moved = True
            self.transactions += 1
            posted_at = record["transaction"].get("postedAt", posted_at)
        transaction, posted_us = id_bytes(subject_of(record) or ""), microseconds(posted_at)
        for said in record["effects"]:
            account, currency = said["account"], said.get("currency")
            key, is_followed = id_bytes(account), False
            if "amount" in said:
                amount, after = minor(said["amount"], currency), minor(said["balance"], currency)
                self.entries += 1
                sums[currency] = sums.get(currency, 0) + amount
                self.moved[currency] = self.moved.get(currency, 0) + (max(0, amount))
                facts = [account, said["sequence"], currency, amount, after - amount, after, posted_at, said["head"]]
                self.rows.append(facts)
                is_followed = len(said) == _PLAIN_MEMBERS and self.chains.follow_plain(
                    said, key, amount=amount, after=after, transaction=transaction, posted_us=posted_us
                )
            if not is_followed:
                self.chains.take(ToldEffect.read(index, said, since, transaction, posted_us))
        if any(sums.values()):
            place, problem = f"record {index}, its transaction", "its entries do not sum to zero"
            self._findings.report("contradiction", place, problem, since)


def opened_columns(body: dict[str, Any]) -> list[Any]:
    """The columns of an account that was opened with the record of this body."""
    account = body["account"]
    floor = account["floor"]
    if floor is not None:
        floor = minor(floor, account["currency"])
    facts = [account["id"], account["number"], account["owner"], account["currency"], account["kind"]]
    return [*facts, floor, body["at"]]
