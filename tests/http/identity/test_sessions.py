import pytest

from bankcore_http.auth import USER_AGENT_LENGTH_MAX
from tests.http.identity.conftest import Door
from tests.worlds.hostile_tokens import hostile_tokens
from tests.worlds.sql_bank import SqlBank


def test_login_me_refresh_logout(door: Door) -> None:
    registered = door.register().get_json()["data"]["user"]

    answer = door.login()
    pair = answer.get_json()["data"]
    assert answer.status_code == 200
    assert {name: pair[name] for name in ("tokenType", "expiresIn")} == {"tokenType": "Bearer", "expiresIn": 600}

    assert door.get("/v1/auth/me", pair["accessToken"]).get_json()["data"] == registered

    refreshed = door.client.post("/v1/auth/refresh", json={"refreshToken": pair["refreshToken"]})
    newer = refreshed.get_json()["data"]
    assert refreshed.status_code == 200
    assert newer["refreshToken"] != pair["refreshToken"]

    left = door.client.post("/v1/auth/logout", json={"refreshToken": newer["refreshToken"]})
    assert (left.status_code, left.get_json()["data"]) == (200, {})
    for token in (pair["accessToken"], newer["accessToken"]):
        assert door.get("/v1/auth/me", token).status_code == 401


def test_a_refresh_token_used_twice_ends_the_session(door: Door) -> None:
    door.register()
    tokens = [door.tokens()["refreshToken"]]
    for _ in range(2):
        answer = door.client.post("/v1/auth/refresh", json={"refreshToken": tokens[-1]})
        tokens.append(answer.get_json()["data"]["refreshToken"])

    reused = door.client.post("/v1/auth/refresh", json={"refreshToken": tokens[0]})
    newest = door.client.post("/v1/auth/refresh", json={"refreshToken": tokens[-1]})

    assert (reused.status_code, reused.get_json()["error"]["code"]) == (401, "refresh_reused")
    assert newest.status_code == 401


def test_wrong_password_and_unknown_user_get_the_same_answer(door: Door) -> None:
    door.register()

    wrong, unknown = door.login(password="not her password"), door.login(email="nobody@example.com")

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.get_json()["error"] == unknown.get_json()["error"]
    assert {name for name, _ in wrong.headers} == {name for name, _ in unknown.headers}
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


def test_who_guesses_too_often_is_told_to_wait(door: Door) -> None:
    door.register()
    for _ in range(10):
        door.login(password="not her password")

    answer = door.login()

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (429, "rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 3


def test_a_one_time_code_may_be_sent_and_must_look_like_one(door: Door) -> None:
    door.register()

    assert door.login(otp="123456").status_code == 200
    assert door.login(otp="12345").status_code == 422
    assert door.login(otp=123456).status_code == 422


@pytest.mark.security
def test_no_hostile_token_gets_in_and_none_breaks_anything(door: Door) -> None:
    door.register()
    good = door.tokens()["accessToken"]
    hostile = hostile_tokens(good, door.identity.parts.keys.signing)

    statuses = {name: _status(door, token) for name, token in hostile.items()}

    assert {name: status for name, status in statuses.items() if status != 401} == {}
    assert len(statuses) >= 200
    assert door.get("/v1/auth/me", good).status_code == 200


def _status(door: Door, token: str) -> int:
    try:
        return door.get("/v1/auth/me", token).status_code
    except UnicodeEncodeError:
        return 401  # No HTTP header carries this; the client itself refuses to send it.


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic c2l0YTpz", "Token x", "bearer x y", "x" * 8_000])
def test_without_a_bearer_token_nobody_is_known(door: Door, header: str) -> None:
    answer = door.client.get("/v1/auth/me", headers={"Authorization": header})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("path", ["/v1/auth/refresh", "/v1/auth/logout"])
@pytest.mark.parametrize("token", ["x", "bcr_", "bcr_" + "A" * 107, "\u00e9" * 111, "x" * 512])
def test_what_is_no_refresh_token_is_unauthenticated(door: Door, path: str, token: str) -> None:
    answer = door.client.post(path, json={"refreshToken": token})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "unauthenticated")


def test_roles_open_doors_and_are_looked_up_anew_each_time(door: Door) -> None:
    door.register()
    token = door.tokens()["accessToken"]
    refused = door.get("/v1/guarded/auditors", token)

    door.identity.bank.scratch.execute("UPDATE bankcore.users SET roles = '{auditor}'")

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "forbidden")
    assert door.get("/v1/guarded/auditors", token).status_code == 200


def test_the_origin_is_limited_to_the_users_own_accounts_and_keys(door: Door) -> None:
    user_id = door.register().get_json()["data"]["user"]["id"]
    headers = {
        "Authorization": f"Bearer {door.tokens()['accessToken']}",
        "X-Request-Id": "request-0001",
        "User-Agent": "phone\x7f " + "x" * 1_000,
    }

    door.client.get("/v1/guarded/anybody", headers=headers)

    (origin,) = door.origins
    assert (origin.actor_type, origin.actor_id, origin.owner_id, origin.key_scope) == (
        "user",
        user_id,
        user_id,
        user_id,
    )
    assert (origin.request_id, origin.ip_address) == ("request-0001", "127.0.0.1")
    assert origin.user_agent is not None
    assert len(origin.user_agent) == USER_AGENT_LENGTH_MAX
    assert origin.user_agent.isprintable()
    assert (door.lines[-1].tenant, door.lines[-1].actor) == ("main", user_id)


def test_a_token_belongs_to_its_tenant(door: Door, other_bank: SqlBank) -> None:
    door.register()
    door.register(slug="other")
    body = {"email": "sita@example.com", "password": "correct horse battery staple"}
    there = door.client.post("/v1/auth/login", json=body, headers={"X-Tenant": "other"}).get_json()["data"]

    shown = door.get("/v1/auth/me", there["accessToken"]).get_json()["data"]
    again = door.client.post(
        "/v1/auth/refresh", json={"refreshToken": there["refreshToken"]}, headers={"X-Tenant": "main"}
    )

    assert shown["tenant"] == "other"
    assert again.status_code == 200
    assert door.get("/v1/auth/me", again.get_json()["data"]["accessToken"]).get_json()["data"] == shown


def test_a_client_need_not_say_what_it_is(door: Door) -> None:
    door.register()
    headers = {"Authorization": f"Bearer {door.tokens()['accessToken']}", "User-Agent": ""}

    door.client.get("/v1/guarded/anybody", headers=headers)

    assert door.origins[-1].user_agent is None
