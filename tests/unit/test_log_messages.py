"""A host hears the library through the standard `logging`, and only there."""

import logging
import subprocess
import sys

import pytest

from bankcore_infra.log_messages import LogMessage, logger_of

TELL = """
from bankcore_infra.log_messages import LogMessage, logger_of
logger_of("db").critical(LogMessage("transaction given up", cause="busy"))
"""


def test_a_host_hears_a_sentence_with_its_reason_under_a_name_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    logger_of("db").warning(LogMessage("transaction given up", cause="busy", is_unknown=False))

    (record,) = caplog.records
    assert (record.name, record.levelname) == ("bankcore.db", "WARNING")
    assert record.getMessage() == 'transaction given up: cause="busy", is_unknown=false'


def test_a_value_forges_no_line(caplog: pytest.LogCaptureFixture) -> None:
    logger_of("work").error(LogMessage("a job failed", error="one\ntwo"))

    assert caplog.messages == ['a job failed: error="one\\ntwo"']


def test_a_host_that_sets_nothing_up_finds_nothing_on_its_streams() -> None:
    run = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True)

    assert run.stdout + run.stderr == ""


def test_the_library_puts_no_handler_before_that_of_its_host() -> None:
    assert [type(handler) for handler in logging.getLogger("bankcore").handlers] == [logging.NullHandler]
    assert logging.getLogger("bankcore").propagate
