"""Questions that are asked at once: as many as there may be, and one that hangs keeps nobody else waiting."""

from threading import Event
from uuid import UUID

from bankcore.payments.configurations import ProviderConfigId
from bankcore_infra.payments.questions import AT_ONCE_MAX, AT_ONCE_MAX_EACH, Questions

HANGING, OTHER = (ProviderConfigId(UUID(int=number)) for number in (1, 2))
LONG_S = 30.0


def test_while_one_hangs_another_one_is_asked_and_ends() -> None:
    questions, answer = Questions(), Event()
    for _ in range(AT_ONCE_MAX_EACH):
        questions.begin(HANGING, answer.wait)
    assert list(questions.busy) == [HANGING]

    questions.begin(OTHER, lambda: None)

    assert questions.wait(LONG_S, ended=0)
    assert (questions.ended, list(questions.busy)) == (1, [HANGING])
    answer.set()
    questions.wait_for_all()
    assert (questions.ended, list(questions.busy)) == (AT_ONCE_MAX_EACH + 1, [])


def test_no_more_are_begun_than_there_is_room_for() -> None:
    questions, answer = Questions(), Event()
    for number in range(AT_ONCE_MAX):
        assert questions.has_room
        questions.begin(ProviderConfigId(UUID(int=number)), answer.wait)

    assert not questions.has_room
    answer.set()
    questions.wait_for_all()
    assert questions.has_room


def test_who_waits_for_what_has_ended_already_does_not_wait() -> None:
    questions, answer = Questions(), Event()
    questions.begin(HANGING, answer.wait)
    questions.begin(OTHER, lambda: None)
    assert questions.wait(LONG_S, ended=0)

    assert questions.wait(LONG_S, ended=0)
    assert questions.wait(0, ended=1)
    answer.set()
    questions.wait_for_all()
    assert not questions.wait(LONG_S, ended=2)
