"""The bodies of records: their canonical bytes, and what those say."""

import json
import re
from base64 import b64decode
from typing import Any, Final

from bankcore_infra.audit.laws.findings import NotAsWrittenError
from bankcore_infra.audit.laws.forms import DECIMAL, HEX, ID, INSTANT
from bankcore_infra.audit.laws.frames import frame_of
from bankcore_infra.audit.laws.writing import canonical, document_in

_STRING: Final = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7be]|1[0-9a-f]))[^"\\\x00-\x1f]*)*"'
_ENTERED: Final = (
    rf'\{{"account":"{ID.pattern}","amount":"(?!-?0(?:\.0*)?"){DECIMAL}","balance":"(?!-0(?:\.0*)?"){DECIMAL}",'
    rf'"currency":"[A-Z]{{3}}","head":"{HEX.pattern}","sequence":[1-9][0-9]{{0,18}}\}}'
)
_POSTED: Final = re.compile(
    (
        rf'\{{"action":"transaction\.posted","actor":\{{"id":{_STRING},"type":{_STRING}\}},"at":"{INSTANT.pattern}",'
        rf'"audience":"owner",(?:"context":"{HEX.pattern}",)?"effects":\[{_ENTERED}(?:,{_ENTERED})*\],"id":"{ID.pattern}",'
        rf'(?:"request":{_STRING},)?"subject":\{{"kind":"transaction"\}},"tenant":"{ID.pattern}",'
        rf'"transaction":\{{"kind":{_STRING}(?:,"reference":{_STRING})?\}},"v":2\}}'
    ).encode()
)
"""The usual form of the record of a transaction."""


def sealed_document(raw: bytes, tenant: str) -> dict[str, Any]:
    """The document in these bytes, which must be its canonical form. Raises: NotAsWrittenError."""
    frame = document = document_in(raw)
    # Nearly all records have this form, and checking it is faster than writing the document again.
    if _POSTED.fullmatch(raw) is None:
        try:
            is_canonical = canonical(document) == raw
        except UnicodeEncodeError:
            is_canonical = False
        if not is_canonical:
            raise NotAsWrittenError("is not in its canonical form")
        frame = frame_of(document)
    if frame["tenant"] != tenant:
        raise NotAsWrittenError("is a record of another tenant")
    return frame


def summary_of(raw: bytes) -> str:
    """A summary of the record in these bytes, for a finding."""
    try:
        record = json.loads(raw)
        return f"{record['action']} of {record['at']}"
    except (ValueError, KeyError, TypeError):
        return "its body"


def body_in(line: dict[str, Any]) -> bytes | None:
    """The sealed bytes in a line; None if it has none. Raises: ValueError."""
    if "body64" in line:
        if "body" in line:
            raise NotAsWrittenError("has two bodies")
        return b64decode(line["body64"], validate=True)
    body: str | None = line.get("body")
    return None if body is None else body.encode()
