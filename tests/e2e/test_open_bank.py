"""A bank as a service opens it."""

from pathlib import Path

import pytest

from bankcore.errors import SetupError
from bankcore_infra import open_bank
from bankcore_infra.installation import Installation

pytestmark = pytest.mark.usefixtures("unmeasured")


def test_a_bank_and_its_tenants_say_what_they_are(installation: Installation) -> None:
    with open_bank(data_dir=installation.data_dir) as bank:
        main = bank.tenant("main")

        assert repr(bank).startswith("<Bank on <Database bankcore at ")
        assert repr(main) == f"<TenantBank {main.id}>"
        assert bank.find_tenant("main").id == main.id
    assert "closed" in repr(bank)


def test_what_keeps_a_bank_from_opening_is_caught_by_one_name(data_dir: Path) -> None:
    with pytest.raises(SetupError, match="BANKCORE_DATABASE_URL"):
        open_bank("nowhere", data_dir=data_dir)
