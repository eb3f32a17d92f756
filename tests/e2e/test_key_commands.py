"""`bankcore keys`, on a running bank."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from urllib.error import HTTPError

import jwt

from bankcore.audit.queries import AuditFilter, AuditQueries
from bankcore.origin import LIBRARY
from bankcore_infra.installation import Installation
from bankcore_infra.wiring import open_bank
from tests.worlds.identity import PASSWORD
from tests.worlds.program import TWO_THAT_ANSWER, Run, run_here, running_bank
from tests.worlds.running_client import Person, wait_for


def test_secrets_get_a_new_key_and_the_old_file_stays(installation: Installation, run: Run) -> None:
    before = set(installation.keys_dir.glob("secrets-*.key"))

    told = run("keys", "rotate-secrets").stdout

    assert "0 secrets have it now" in told
    assert before < set(installation.keys_dir.glob("secrets-*.key"))


def test_access_tokens_get_a_new_key_while_people_work_and_nobody_is_refused(begun_dir: Path) -> None:
    def rotate(*words: str) -> str:
        return run_here("keys", *words, data_dir=begun_dir).output

    with running_bank(begun_dir, **TWO_THAT_ANSWER) as running:
        person = Person(running.url, "sita").register()
        old = person.token
        stop, seen = Event(), [0, 0]

        def read() -> None:
            while not stop.wait(0.05):
                person.get("/v1/accounts")
                seen[0] += 1

        def log_in_and_read() -> None:
            while not stop.wait(0.2):
                again = Person(running.url, "sita")
                again.token = again.post("/v1/auth/login", email="sita@example.com", password=PASSWORD)["accessToken"]
                again.get("/v1/accounts")
                seen[1] += 1

        with ThreadPoolExecutor(2) as pool:
            working = [pool.submit(read), pool.submit(log_in_and_read)]
            told = rotate("rotate-tokens", "--wait-s", "5")
            is_signed_anew = wait_for(lambda: _kid(_logged_in(running.url)) in told, within_s=5)
            stop.set()
            for each in working:
                each.result()

        assert is_signed_anew
        assert min(seen) > 5
        assert person.get("/v1/accounts")
        assert "removed: access-0001.pem" in rotate("retire-tokens", "--at-once")
        assert wait_for(lambda: _is_refused(running.url, old), within_s=5)
        assert Person(running.url, "sita", token=_logged_in(running.url)).get("/v1/accounts")
        assert _recorded(begun_dir) == ["token_key.rotated", "token_key.retired"]


def _recorded(begun_dir: Path) -> list[str]:
    """What the log of the tenant tells of keys of tokens."""
    with open_bank(data_dir=begun_dir) as bank:
        found = bank.tenant("main").get(AuditQueries).list_events(AuditFilter(), limit=100, origin=LIBRARY)
    return [event.action for event in reversed(found) if event.action.startswith("token_key.")]


def _logged_in(url: str) -> str:
    token: str = Person(url, "sita").post("/v1/auth/login", email="sita@example.com", password=PASSWORD)["accessToken"]
    return token


def _kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def _is_refused(url: str, token: str) -> bool:
    try:
        Person(url, "sita", token=token).get("/v1/accounts")
    except HTTPError as error:
        return error.code == 401
    return False
