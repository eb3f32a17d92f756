"""Requests made up from the OpenAPI document: whatever is sent, the answer is one that the document knows."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bankcore_http.wsgi import application_of
from bankcore_infra.installation import start_embedded
from bankcore_infra.settings import load_settings
from bankcore_infra.wiring import Bank

pytestmark = pytest.mark.timeout(300)

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_PERSON = {"email": "sita@example.com", "password": "walnut-kettle-harbour"}


@pytest.fixture
def application() -> Iterator[Flask]:
    """The application on servers of its own, as durable as in earnest, with cheap passwords."""
    with tempfile.TemporaryDirectory(prefix="bankcore-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        chosen = load_settings(
            data_dir=Path(name) / "data", argon2_memory_kib=19_456, argon2_time_cost=2, argon2_parallelism=1
        )
        with Bank(start_embedded(chosen), chosen) as bank:
            yield application_of(bank)


def _log_in(application: Flask) -> str:
    client = application.test_client()
    client.post("/v1/auth/register", json=_PERSON, headers={"Idempotency-Key": "register"})
    token = client.post("/v1/auth/login", json=_PERSON).get_json()["data"]["accessToken"]
    return f"Bearer {token}"


def test_no_request_that_the_document_allows_or_forbids_breaks_the_server(application: Flask) -> None:
    authorization = _log_in(application)
    keys = itertools.count()
    schema = schemathesis.openapi.from_wsgi("/openapi.json", application)
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) > 15

    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(
            max_examples=20,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def send(case: schemathesis.Case[Any]) -> None:
            headers = {"Authorization": authorization}
            if "Idempotency-Key" not in (case.headers or {}):
                headers["Idempotency-Key"] = f"key-{next(keys)}"
            case.call_and_validate(headers=headers, checks=_CHECKS)

        send()
