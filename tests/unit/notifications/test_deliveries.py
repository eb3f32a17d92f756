"""When a failed delivery is tried again, and when no more."""

from datetime import timedelta
from uuid import RFC_4122, UUID

import pytest

from bankcore.identifiers import EventId
from bankcore.notifications.channels import ChannelDownError, ChannelName, PermanentFailureError, TemporaryFailureError
from bankcore.notifications.deliveries import Dead, DeliveryBackOff, Failed, delivery_id
from tests.worlds.memory_notifications import RAM, SITA

POLICY = DeliveryBackOff(first=timedelta(seconds=30), longest=timedelta(hours=6), attempts_max=26)


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [POLICY.pause_after(attempt, 0) for attempt in (1, 2, 3, 4, 10, 11, 12, 1_000)]

    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (30, 60, 120, 240)]
    assert pauses[4] == timedelta(seconds=30 * 512)
    assert pauses[5:] == [timedelta(hours=6)] * 3


def test_jitter_makes_a_pause_longer_by_its_thousandths() -> None:
    assert POLICY.pause_after(1, 250) == timedelta(seconds=37.5)


def test_all_pauses_together_last_four_days() -> None:
    whole = sum(
        (DeliveryBackOff().pause_after(attempt, 0) for attempt in range(1, DeliveryBackOff().attempts_max)), timedelta()
    )

    assert timedelta(days=4) < whole < timedelta(days=5)


@pytest.mark.parametrize("failure", [TemporaryFailureError("smtp_450"), ChannelDownError("timeout")])
def test_what_may_get_through_later_is_tried_again(failure: TemporaryFailureError) -> None:
    assert POLICY.result_of(failure, 2, 0) == Failed(timedelta(seconds=60), failure.problem)


def test_what_never_will_is_dead_at_once() -> None:
    assert POLICY.result_of(PermanentFailureError("smtp_550"), 1, 0) == Dead("smtp_550")


def test_the_last_attempt_leaves_it_dead() -> None:
    assert isinstance(POLICY.result_of(TemporaryFailureError("smtp_450"), 25, 0), Failed)
    assert POLICY.result_of(TemporaryFailureError("smtp_450"), 26, 0) == Dead("smtp_450")


@pytest.mark.parametrize("problem", ["", "sita@example.com", "550 No such user", "a" * 65, "smtp_550\n"])
def test_a_problem_has_no_room_for_addresses_and_texts(problem: str) -> None:
    with pytest.raises(ValueError, match="one word"):
        TemporaryFailureError(problem)


def uuid7(at_ms: int) -> UUID:
    """An id of that millisecond, as events have them."""
    return UUID(int=at_ms << 80 | 0x7ABC << 64 | 0b10 << 62 | 5)


def test_a_delivery_is_named_by_its_event_user_and_channel_and_sorted_by_its_event() -> None:
    first, second = (EventId(uuid7(at_ms)) for at_ms in (1_000, 2_000))
    names = [delivery_id(event, user, ChannelName.EMAIL) for event in (first, second) for user in (SITA, RAM)]

    assert delivery_id(first, SITA, ChannelName.EMAIL) == names[0]
    assert len(set(names)) == 4
    assert {name.version for name in names} == {7}
    assert {name.variant for name in names} == {RFC_4122}
    assert max(names[:2]) < min(names[2:])
