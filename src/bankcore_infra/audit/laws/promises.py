"""Audit receipts, and whether the log keeps their promises."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from bankcore_infra.audit.laws.findings import CannotVerifyError, Findings
from bankcore_infra.audit.laws.forms import EPOCH, instant_of, unpadded
from bankcore_infra.audit.laws.frames import frame_of, subject_of
from bankcore_infra.audit.laws.signatures import PromiseKeys

_JWS: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)


class Promise(NamedTuple):
    """The bank's promise for a transaction: the log of that tenant holds that record, with that leaf."""

    place: str
    log: str
    transaction: str
    record: str
    leaf: bytes
    posted_at: str
    issued: datetime

    @classmethod
    def parse(cls, place: str, payload: str) -> "Promise":
        """The promise in the payload. Raises: CannotVerifyError."""
        try:
            facts = json.loads(unpadded(payload))
            log = f"bankcore/{facts['tenant']}/{facts['tenantId']}"
            posted_at: str = facts["postedAt"]
            issued = max(EPOCH + timedelta(seconds=facts["iat"]), instant_of(posted_at))
            leaf = bytes.fromhex(facts["leafHash"])
            transaction, record = str(UUID(facts["transactionId"])), str(UUID(facts["auditId"]))
            return cls(place, log, transaction, record, leaf, posted_at, issued)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise CannotVerifyError(f"{place} says nothing that a receipt says") from None

    @property
    def promise(self) -> str:
        """What it says, in words."""
        record = f"record {self.record} with leaf {self.leaf.hex()}"
        return f"promises {record} for transaction {self.transaction} posted at {self.posted_at}"


class Promises:
    """The promises of receipts that the export was not yet found to keep."""

    def __init__(self, texts: list[tuple[str, str]], keys: PromiseKeys | None, findings: Findings) -> None:
        """Read these receipts, each with its name. Those that the bank did not sign are reported and promise nothing.

        Raises:
            CannotVerifyError: one is no receipt, or there are no keys to check it.
        """
        self._findings = findings
        self._open: dict[str, list[Promise]] = {}
        self.kept = 0
        for name, text in texts:
            place, found = f"receipt {name}", _JWS.fullmatch(text.strip())
            if found is None:
                raise CannotVerifyError(f"{place} is not a compact JWS")
            if keys is None:
                raise CannotVerifyError(f"{place}: there are no keys to verify it with")
            if keys.check and not keys.have_signed(*found.groups()):
                findings.report("forged", place, "is not signed as a receipt with a key of the bank")
                continue
            receipt = Promise.parse(place, found[2])
            self._open.setdefault(receipt.record, []).append(receipt)

    def require_log(self, origin: str) -> None:
        """Report and forget the receipts of another log."""
        for receipts in list(self._open.values()):
            for receipt in [receipt for receipt in receipts if receipt.log != origin]:
                problem = f"{receipt.promise} of {receipt.log}, the export is of {origin}"
                self._findings.report("forged", receipt.place, problem)
                receipts.remove(receipt)

    def meet(self, place: str, line: dict[str, Any], leaf: bytes, raw: bytes | None) -> None:
        """Compare a record of the export with what was promised of it."""
        if not self._open:
            return
        for receipt in self._open.pop(line["id"], ()):
            since = f"since {receipt.posted_at}"
            if leaf != receipt.leaf:
                problem = f"{receipt.promise}; the log does not hold it, its {place} has leaf {leaf.hex()}"
                self._findings.report("edited", receipt.place, problem, since)
            elif raw is not None and not _tells_of(raw, receipt):
                problem = f"{receipt.promise}; {place} is that record, and tells of something else"
                self._findings.report("contradiction", receipt.place, problem, since)
            else:
                self.kept += 1

    def finish(self, can_hold: Callable[[Promise], bool]) -> str | None:
        """Report promised records that the log does not hold. Returns which promises the export cannot prove or
        disprove.
        """
        untold = None
        for receipts in self._open.values():
            for receipt in receipts:
                if can_hold(receipt):
                    problem = f"{receipt.promise}; the log does not hold it"
                    self._findings.report("deleted", receipt.place, problem, f"since {receipt.posted_at}")
                else:
                    untold = f"{receipt.place} {receipt.promise}, which is not of the time of this export"
        return untold


def _tells_of(raw: bytes, receipt: Promise) -> bool:
    """Whether the record with this body is about the transaction of the receipt."""
    try:
        said = frame_of(json.loads(raw))
        return (subject_of(said), said["transaction"].get("postedAt", said["at"])) == (
            receipt.transaction,
            receipt.posted_at,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
