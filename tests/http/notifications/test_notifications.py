"""What users were told, and what they want to be told."""

from typing import Any

import pytest

from bankcore.notifications.templates import TemplateName
from tests.http.notifications.conftest import Letterbox

QUIET = {"preferences": [{"template": "money_sent", "channels": []}]}


def channels(answer: Any) -> dict[str, list[str]]:
    return {one["template"]: one["channels"] for one in answer.get_json()["data"]["preferences"]}


@pytest.fixture
def sita(letterbox: Letterbox) -> str:
    """Sita's token."""
    letterbox.world.register("sita")
    return letterbox.token("sita")


def test_who_never_chose_sees_the_defaults(letterbox: Letterbox, sita: str) -> None:
    answer = letterbox.get("/preferences", sita)

    assert answer.status_code == 200
    assert channels(answer) == {str(template): ["email"] for template in TemplateName}
    mandatory = {one["template"] for one in answer.get_json()["data"]["preferences"] if one["mandatory"]}
    assert mandatory == {"account_frozen", "password_reset"}


def test_a_choice_is_kept_answered_again_and_undone_by_the_next(letterbox: Letterbox, sita: str) -> None:
    chosen = letterbox.put(sita, QUIET)
    again = letterbox.put(sita, QUIET)
    kept = letterbox.get("/preferences", sita)
    letterbox.put(sita, {"preferences": []}, key="k-2")

    assert chosen.status_code == again.status_code == 200
    assert channels(chosen) == channels(again) == channels(kept)
    assert channels(kept)["money_sent"] == []
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in chosen.headers
    assert channels(letterbox.get("/preferences", sita))["money_sent"] == ["email"]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, "/preferences"),
        ({"preferences": {}}, 422, "/preferences"),
        ({"preferences": [{"template": "gossip", "channels": []}]}, 422, "/preferences/0/template"),
        ({"preferences": [{"template": "welcome", "channels": ["pigeon"]}]}, 422, "/preferences/0/channels/0"),
        ({"preferences": [{"template": "welcome", "channels": [], "x": 1}]}, 422, "/preferences/0/x"),
        ({"preferences": [{"template": "welcome", "channels": []}] * 2}, 422, "/preferences"),
        ({"preferences": [{"template": "welcome", "channels": []}] * 99}, 422, "/preferences"),
        ({"preferences": [{"template": "account_frozen", "channels": []}]}, 422, "/preferences"),
        ({"preferences": ["welcome"]}, 422, "/preferences/0"),
    ],
)
def test_a_choice_that_will_not_do_is_refused(
    letterbox: Letterbox, sita: str, body: object, status: int, pointer: str
) -> None:
    answer = letterbox.put(sita, body)

    assert answer.status_code == status
    assert {error["pointer"] for error in answer.get_json()["error"]["errors"]} == {pointer}
    assert channels(letterbox.get("/preferences", sita)) == {str(template): ["email"] for template in TemplateName}


def test_a_choice_needs_a_key_and_one_key_is_one_choice(letterbox: Letterbox, sita: str) -> None:
    letterbox.put(sita, QUIET)

    without = letterbox.put(sita, QUIET, key=None)
    other = letterbox.put(sita, {"preferences": []})

    assert (without.status_code, without.get_json()["error"]["code"]) == (400, "idempotency_key_required")
    assert (other.status_code, other.get_json()["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_user_sees_own_notifications_latest_first_in_pages(letterbox: Letterbox, sita: str) -> None:
    ram = letterbox.world.register("ram")
    letterbox.world.consume()
    letterbox.world.deposit(ram, "5.00")
    letterbox.world.consume()

    whole = letterbox.get("", letterbox.token("ram")).get_json()
    first = letterbox.get("?limit=1", sita).get_json()
    rest = letterbox.get(f"?limit=5&cursor={first['meta']['page']['nextCursor']}", sita).get_json()

    assert whole["data"][0]["template"] == "money_received"
    assert {one["template"] for one in whole["data"]} == {"money_received", "account_opened", "welcome"}
    assert {one["template"] for one in [*first["data"], *rest["data"]]} == {"welcome", "account_opened"}
    assert rest["meta"]["page"]["nextCursor"] is None
    assert whole["data"][0] | {"id": "", "eventId": "", "createdAt": ""} == {
        "id": "",
        "eventId": "",
        "createdAt": "",
        "template": "money_received",
        "channel": "email",
        "status": "pending",
        "attempts": 0,
        "sentAt": None,
    }


def test_strangers_see_nothing(letterbox: Letterbox) -> None:
    for path in ("", "/preferences"):
        assert letterbox.get(path, "nobody").status_code == 401
    assert letterbox.put("nobody", QUIET).status_code == 401


def test_a_cursor_of_another_list_is_refused(letterbox: Letterbox, sita: str) -> None:
    assert letterbox.get("?cursor=bm9uc2Vuc2U", sita).status_code == 422
