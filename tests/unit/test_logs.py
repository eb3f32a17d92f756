"""Log lines are JSON that no input can forge, and hold no secrets."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from loguru import logger
from typing_extensions import override

from bankcore_infra import logs
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.logs import LogLines, configure_logging


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("INFO", stream)
    yield stream
    logger.remove()
    logging.basicConfig(handlers=[], force=True)
    logging.getLogger("bankcore").setLevel(logging.NOTSET)


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


def test_what_our_own_library_says_is_a_constant_sentence_with_its_fields_beside_it(stream: io.StringIO) -> None:
    with logger.contextualize(request_id="order-0001"):
        logger_of("work").info(LogMessage("a job failed", job="reaper", error='a\n{"level": "forged"}'))
    logger_of("embedded").warning("user %s could not read %s", "postgres", "/data")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert {**first, "time": ""} == {
        "time": "",
        "level": "INFO",
        "message": "a job failed",
        "job": "reaper",
        "error": 'a\n{"level": "forged"}',
        "request_id": "order-0001",
    }
    assert (second["level"], second["message"]) == ("WARNING", "user postgres could not read /data")


def test_our_own_lines_below_the_level_are_left_out(stream: io.StringIO) -> None:
    configure_logging("WARNING", stream)

    logger_of("work").info("worker is at work")
    logger_of("work").warning("a job was left to its lease")

    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["a job was left to its lease"]


def test_an_error_that_our_own_library_tells_of_is_written_by_type_and_place_only(stream: io.StringIO) -> None:
    try:
        int("asha@example.com")
    except ValueError:
        logger_of("notifications").error("a notification could not be sent", exc_info=True)

    assert json.loads(stream.getvalue())["exception"]["type"] == "ValueError"
    assert "asha" not in stream.getvalue()


class SlowStream(io.StringIO):
    """A stream whose first write begins, and goes on when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.has_begun = threading.Event()
        self.may_go_on = threading.Event()

    @override
    def write(self, text: str) -> int:
        self.writes += 1
        if self.writes == 1:
            self.has_begun.set()
            assert self.may_go_on.wait(10)
        return super().write(text)


def lines_of(stream: io.StringIO) -> list[object]:
    return [json.loads(line)["number"] for line in stream.getvalue().splitlines()]


def test_an_event_is_the_line_that_loguru_writes(stream: io.StringIO) -> None:
    lines = configure_logging("INFO", stream)

    with logger.contextualize(request_id="order-0001"):
        logger.bind(request_id="order-0001", status=200, actor="a\nb").info("request")
        lines.write_event("request", request_id="order-0001", status=200, actor="a\nb")

    by_loguru, by_us = (json.loads(line) for line in stream.getvalue().splitlines())
    assert by_loguru.keys() == by_us.keys()
    assert by_loguru["time"] <= by_us["time"] <= by_loguru["time"][:17] + "99.999999Z"
    assert {**by_loguru, "time": ""} == {**by_us, "time": ""}


@pytest.mark.parametrize(("level", "is_written"), [("DEBUG", True), ("INFO", True), ("WARNING", False)])
def test_an_event_is_written_if_lines_of_its_level_are_wanted(level: str, *, is_written: bool) -> None:
    stream = io.StringIO()

    LogLines(stream, level=level).write_event("request")

    assert bool(stream.getvalue()) == is_written


def test_threads_that_come_while_one_writes_leave_their_lines_to_it() -> None:
    stream = SlowStream()
    lines = LogLines(stream)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(lines.write, {"number": 0})
        assert stream.has_begun.wait(10)

        for number in range(1, 100):
            lines.write({"number": number})
        assert stream.getvalue() == ""
        stream.may_go_on.set()

        first.result(10)
    assert lines_of(stream) == list(range(100))
    assert stream.writes == 2


def test_lines_are_whole_and_none_is_lost_whoever_writes_them() -> None:
    stream = io.StringIO()
    lines = LogLines(stream)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: lines.write({"number": number}), range(2_000)))

    assert sorted(map(str, lines_of(stream))) == sorted(map(str, range(2_000)))


def test_a_reader_that_is_slow_is_waited_for_before_lines_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_UNWRITTEN_MAX", 3)
    stream = SlowStream()
    lines = LogLines(stream)
    with ThreadPoolExecutor(2) as threads:
        threads.submit(lines.write, {"number": 0})
        assert stream.has_begun.wait(10)
        for number in range(1, 4):
            lines.write({"number": number})

        waiting = threads.submit(lines.write, {"number": 4})
        with pytest.raises(TimeoutError):
            waiting.result(0.05)
        stream.may_go_on.set()

        waiting.result(10)
    assert lines_of(stream) == [0, 1, 2, 3, 4]


def test_a_stream_that_nobody_reads_any_more_stops_nobody() -> None:
    stream = io.StringIO()
    lines = LogLines(stream)
    stream.close()

    lines.write({"number": 1})
