"""`bankcore keys`, on a running bank."""

from bankcore_infra.installation import Installation
from tests.worlds.program import Run


def test_secrets_get_a_new_key_and_the_old_file_stays(installation: Installation, run: Run) -> None:
    before = set(installation.keys_dir.glob("secrets-*.key"))

    told = run("keys", "rotate-secrets").stdout

    assert "0 secrets have it now" in told
    assert before < set(installation.keys_dir.glob("secrets-*.key"))
