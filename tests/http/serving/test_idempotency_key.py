"""A key that comes twice in one request never becomes a third key."""

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from bankcore_http.answering.errors import BadRequestError
from bankcore_http.reading.header_lines import ENVIRON_KEY
from bankcore_http.reading.idempotency import IdempotencyKeyHeader


def key_of(value: str, *, counted: bool) -> str:
    environ = EnvironBuilder(headers=[("Idempotency-Key", value)]).get_environ()
    if counted:
        environ[ENVIRON_KEY] = ["idempotency-key"]
    return IdempotencyKeyHeader().read(Request(environ))


@pytest.mark.parametrize("value", ["a,b", "order 7, line 2", ",", ",a", "a,a,b"])
def test_a_key_may_have_commas_where_the_server_counts_lines(value: str) -> None:
    assert key_of(value, counted=True) == value


@pytest.mark.parametrize("value", ["a,a", "a, a", "a,a,a", '"a","a"'])
def test_a_key_joined_with_itself_by_a_proxy_is_refused(value: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        key_of(value, counted=True)

    assert caught.value.pointer == "/headers/Idempotency-Key"


@pytest.mark.parametrize("value", ["a,b", "a, a", ","])
def test_no_comma_is_taken_where_the_server_does_not_count_lines(value: str) -> None:
    with pytest.raises(BadRequestError):
        key_of(value, counted=False)
