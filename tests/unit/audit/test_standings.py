"""However many accounts there are, the verifier remembers how each of them stands."""

import pytest

from bankcore_infra.audit import standalone_verifier
from bankcore_infra.audit.standalone_verifier import Standing, Standings


def standing(number: int) -> Standing:
    return Standing(version=number, balance=-number, head=bytes([number]) * 32, posted_us=number, status=number % 3)


def test_accounts_that_do_not_fit_into_memory_are_remembered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standalone_verifier, "_ACCOUNTS_AT_HAND_MAX", 3)
    standings = Standings()

    for number in range(20):
        standings.put(bytes([number % 10]) * 16, standing(number))

    found = [standings.get(bytes([number]) * 16) for number in range(11)]
    standings.close()
    assert found == [*(standing(number) for number in range(10, 20)), None]
