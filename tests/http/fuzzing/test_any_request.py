"""Requests made up from the OpenAPI document: whatever is sent, the answer is one that the document knows."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.http.fuzzing.told_codes import code_is_told
from tests.sizes import sized
from tests.worlds.document import described
from tests.worlds.documented_bank import DocumentedBank, documented_bank

pytestmark = [pytest.mark.timeout(300), pytest.mark.security, pytest.mark.usefixtures("unmeasured")]

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    code_is_told,
]


@pytest.fixture(scope="module")
def world() -> Iterator[DocumentedBank]:
    """A bank in which there is what the examples speak of."""
    with documented_bank() as opened:
        yield opened


@schemathesis.serializer("application/x-ndjson")
def as_lines(_context: Any, value: Any) -> bytes:
    """A file of lines, or whatever was made up in its place."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()


schema = schemathesis.openapi.from_dict(described())


@schema.parametrize()
@settings(
    max_examples=sized(10, nightly=200),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_that_the_document_allows_or_forbids_breaks_the_server(
    world: DocumentedBank, case: schemathesis.Case[Any]
) -> None:
    headers = world.headers()
    if "Idempotency-Key" in (case.headers or {}):
        del headers["Idempotency-Key"]
    case.call_and_validate(app=world.application, headers=headers, checks=CHECKS)
