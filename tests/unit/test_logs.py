"""Log lines are JSON that no input can forge, and hold no secrets."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from loguru import logger

from bankcore_infra.logs import configure_logging


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("INFO", stream)
    yield stream
    logger.remove()
    logging.basicConfig(handlers=[], force=True)


def test_a_line_is_one_flat_object_whatever_is_in_it(stream: io.StringIO) -> None:
    logger.bind(actor='a\n{"level": "forged"}').info("request")

    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["actor"] == 'a\n{"level": "forged"}'
    assert json.loads(line)["level"] == "INFO"


def test_an_exception_is_logged_by_type_and_place_without_its_message_or_locals(stream: io.StringIO) -> None:
    password = "correct-horse"
    try:
        int(password)
    except ValueError:
        logger.exception("failed")

    logged = json.loads(stream.getvalue())
    assert logged["exception"]["type"] == "ValueError"
    assert "test_logs.py" in logged["exception"]["frames"][0]
    assert password not in stream.getvalue()


def test_what_libraries_log_becomes_a_field(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("spoke of %s", "something")

    logged = json.loads(stream.getvalue())
    assert (logged["logger"], logged["text"]) == ("some.library", "spoke of something")
