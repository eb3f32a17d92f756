"""However many endpoints fail, answer slowly or are new, those that answer well have places left, in every tenant."""

from typing import Final
from uuid import UUID

import pytest

from bankcore.identifiers import TenantId
from bankcore.webhooks.endpoints import WebhookEndpointId
from bankcore_infra.webhooks.places import DOUBTFUL_MAX, SLOW_S, TOTAL_MAX, WIDTH_MAX, Places
from bankcore_infra.webhooks.turns import Turns

TENANT, OTHER = (TenantId(UUID(int=number)) for number in (1, 2))
ENDPOINTS: Final = [WebhookEndpointId(UUID(int=number)) for number in range(3, 103)]
FIRST: Final = ENDPOINTS[0]


def answer(places: Places, endpoint: WebhookEndpointId = FIRST, *, times: int, took_s: float = 0.1) -> None:
    for _ in range(times):
        places.begin(TENANT, endpoint)
        places.end(TENANT, endpoint, is_delivered=True, took_s=took_s)


def fill(places: Places, tenant_id: TenantId) -> int:
    """Begin all that there is room for. Returns how many."""
    room = places.room(tenant_id)
    wanted = [each for each in ENDPOINTS for _ in range(room.places.get(each, room.otherwise))][: room.most]
    for endpoint in wanted:
        places.begin(tenant_id, endpoint)
    return len(wanted)


def test_who_answers_well_gets_more_places_and_who_fails_keeps_one() -> None:
    places = Places()
    answer(places, times=5)
    before = places.room(TENANT).places[FIRST]

    places.begin(TENANT, FIRST)
    places.end(TENANT, FIRST, is_delivered=False, took_s=0.1)

    assert (before, places.room(TENANT).places[FIRST]) == (WIDTH_MAX, 1)


@pytest.mark.parametrize("slow", [[], ENDPOINTS])
def test_whoever_is_slow_or_new_leaves_half_of_the_places_to_the_others(slow: list[WebhookEndpointId]) -> None:
    places = Places()
    for endpoint in slow:
        answer(places, endpoint, times=5, took_s=SLOW_S + 1)
    answer(places, FIRST, times=5)

    while fill(places, OTHER) + fill(places, TENANT):
        pass

    assert places.room(TENANT).most >= TOTAL_MAX - DOUBTFUL_MAX - len(ENDPOINTS) - WIDTH_MAX
    assert places.room(OTHER).otherwise == 0


def test_no_tenant_is_sent_more_than_there_are_places() -> None:
    places = Places()
    for endpoint in ENDPOINTS:
        answer(places, endpoint, times=5)

    begun = fill(places, TENANT)

    assert (begun, places.room(TENANT).most) == (TOTAL_MAX, 0)


def test_every_tenant_is_the_first_to_be_looked_at_now_and_then() -> None:
    turns = Turns()
    turns.list_again([TENANT, OTHER], now_s=0.0)

    assert {turns.next(0.0)[0] for _ in range(100)} == {TENANT, OTHER}


def test_a_tenant_without_anything_due_rests_until_a_place_is_free_or_a_while_is_over() -> None:
    turns = Turns(rest_s=0.5)
    turns.list_again([TENANT], now_s=1.0)
    turns.rest(TENANT, now_s=1.0)

    resting, rested = list(turns.next(1.4)), list(turns.next(1.5))
    turns.list_again([TENANT], now_s=1.4)
    still_resting = list(turns.next(1.4))
    turns.wake(TENANT)

    assert (resting, rested, still_resting, turns.next(1.4)) == ([], [TENANT], [], [TENANT])
    assert (turns.is_listed(1.8), turns.is_listed(1.9)) == (True, False)
