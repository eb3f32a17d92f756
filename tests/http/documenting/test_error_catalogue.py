"""The page of errors tells the truth about every code."""

import re
from collections import defaultdict
from dataclasses import fields
from pathlib import Path
from typing import Final

from bankcore_http.answering.errors import INTERNAL, error_entry, registered_errors
from bankcore_http.answering.failures import SHOWN_ELSEWHERE
from bankcore_http.answering.wire import camel_case
from bankcore_http.wsgi import describe

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "errors.md"
ROW: Final = re.compile(r"^\| `(\w+)` \| (\d{3}) \| (yes|no) \| (.*?) ?\| (.+) \|$", re.MULTILINE)


def test_the_page_of_errors_has_every_code_with_its_status_its_facts_and_whether_to_send_it_again() -> None:
    facts: dict[str, set[str]] = defaultdict(set)
    entries = {INTERNAL.code: INTERNAL}
    assert describe()["openapi"]
    for error_type in registered_errors():
        entries[error_type.code] = error_entry(error_type)
        facts[error_type.code] |= {camel_case(field.name) for field in fields(error_type)} - {
            camel_case(name) for name in SHOWN_ELSEWHERE
        }
    expected = {
        code: (str(entry.status), "yes" if entry.retryable else "no", sorted(facts[code]))
        for code, entry in entries.items()
    }

    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))

    assert [code for code, *_rest in rows] == sorted(expected)
    shown = {code: (status, again, re.findall(r"\w+", named)) for code, status, again, named, _advice in rows}
    assert shown == expected
