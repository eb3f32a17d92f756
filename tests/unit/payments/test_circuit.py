"""When a circuit opens, and what closes it."""

from datetime import timedelta

import pytest

from bankcore.payments.circuit import CLOSED, FAILURES_IN_A_ROW, OPEN_FOR, PROBE_FOR, CallResult, Circuit
from bankcore.payments.circuits import result_of
from bankcore.providers.answers import ChargeAccepted, ChargeAnswer, Declined, NotExecuted, Unknown
from bankcore.providers.states import ChargeStatus
from bankcore.testing.clock import START

OK, BAD = CallResult.ANSWERED, CallResult.FAILED
SECOND = timedelta(seconds=1)


def after(*results: CallResult, apart: timedelta = SECOND) -> Circuit:
    circuit = CLOSED
    for number, result in enumerate(results):
        circuit = circuit.told(result, START + number * apart)
    return circuit


def opened() -> Circuit:
    return after(*[BAD] * FAILURES_IN_A_ROW, apart=timedelta(0))


def test_failures_in_a_row_open_it_and_one_less_does_not() -> None:
    assert opened().open_until == START + OPEN_FOR
    assert after(*[BAD] * 4).open_until is None
    assert after(*[BAD] * 4, OK, *[BAD] * 4).open_until is None


def test_half_of_twenty_calls_within_a_minute_open_it_and_nineteen_calls_do_not() -> None:
    assert after(*[OK, BAD] * 9, OK).open_until is None
    assert after(*[OK, BAD] * 10).open_until is not None
    assert after(*[OK, OK, BAD] * 10).open_until is None


def test_calls_of_more_than_a_minute_ago_count_no_more() -> None:
    assert after(*[OK, BAD] * 20, apart=timedelta(seconds=6)).open_until is None


def test_what_says_nothing_of_the_provider_changes_nothing_while_it_is_closed() -> None:
    assert after(BAD, CallResult.SAID_NOTHING) == after(BAD)


def test_it_is_open_for_its_time_and_then_needs_one_probe() -> None:
    circuit, later = opened(), START + OPEN_FOR

    assert circuit.is_open_at(later - SECOND)
    assert not circuit.needs_probe_at(later - SECOND)
    assert circuit.needs_probe_at(later)
    assert circuit.probed(later).is_open_at(later)
    assert circuit.probed(later).needs_probe_at(later + PROBE_FOR)


def test_the_probe_decides() -> None:
    later = START + OPEN_FOR
    probed = opened().probed(later)

    assert probed.told(OK, later) == CLOSED
    assert probed.told(BAD, later).open_until == later + OPEN_FOR
    assert probed.told(CallResult.SAID_NOTHING, later).needs_probe_at(later)


def test_what_was_sent_before_it_opened_neither_closes_it_nor_keeps_it_open() -> None:
    assert opened().told(OK, START + SECOND) == opened()
    assert opened().told(BAD, START + SECOND) == opened()


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (ChargeAccepted(provider_id="ch", status=ChargeStatus.SUCCEEDED), OK),
        (Declined(code="insufficient_funds", reason="no"), OK),
        (Declined(code="risk", reason="no", is_for_this_provider=True), OK),
        (Unknown("time-out"), BAD),
        (NotExecuted("not_sent", "no connection"), BAD),
        (NotExecuted("too_many_requests", "later"), BAD),
        (NotExecuted("http_400", "no such method"), CallResult.SAID_NOTHING),
    ],
)
def test_an_answer_says_something_of_the_provider_or_not(answer: ChargeAnswer, result: CallResult) -> None:
    assert result_of(answer) is result
