"""What follows a transfer over HTTP in a running bank: it is sealed, told by mail, and looked at for fraud."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests.worlds.mail import mail_server
from tests.worlds.program import AS_IN_EARNEST, run_here, running_bank
from tests.worlds.running_client import Person, wait_for

# It takes two seconds; the rest is for a machine that runs other tests and measures coverage meanwhile.
WITHIN_S: Final = 40.0
# As many as the velocity rule needs.
PAYMENTS: Final = 10

pytestmark = [pytest.mark.timeout(180), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]

SEALED: Final = """
    SELECT count(*) FROM bankcore.audit_log AS log
    JOIN bankcore.log_leaves AS leaf ON leaf.tenant_id = log.tenant_id AND leaf.audit_id = log.id
    WHERE log.subject_id = %s AND leaf.idx < (SELECT max(size) FROM bankcore.checkpoints)
"""
EXAMINED: Final = """
    SELECT count(*) FROM bankcore.entries AS entry
    JOIN bankcore.fraud_activities AS remembered USING (tenant_id, account_id)
    WHERE entry.transaction_id = %s AND remembered.sequence >= entry.sequence
"""
METRICS_TOKEN: Final = "token-of-the-monitoring"
OWED: Final = """
    SELECT count(*) FROM bankcore.cursors JOIN bankcore.log_states USING (tenant_id) WHERE position < size
"""


def scrape(url: str) -> str:
    """The page of metrics."""
    request = urllib.request.Request(f"{url}/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        page: str = answer.read().decode()
        return page


def test_a_transfer_is_sealed_told_and_examined_and_the_books_are_clean_afterwards(begun_dir: Path) -> None:
    with (
        mail_server() as mailbox,
        running_bank(
            begun_dir,
            **AS_IN_EARNEST,
            BANKCORE_SMTP_URL=f"smtp://127.0.0.1:{mailbox.port}",
            BANKCORE_MAIL_FROM="no-reply@bank.example",
            BANKCORE_METRICS_TOKEN=METRICS_TOKEN,
        ) as bank,
    ):
        sita, ram = Person(bank.url, "sita").register(), Person(bank.url, "ram").register()
        sita.deposit("1000.00")
        paid = [sita.pay(ram, "1.00") for _ in range(PAYMENTS)]
        superuser = run_here("db", "url", "--role", "superuser", data_dir=begun_dir).stdout.strip()

        with psycopg.connect(superuser, autocommit=True) as connection:

            def number(statement: bytes, *parameters: str) -> int:
                row = connection.execute(statement, parameters).fetchone()
                assert row is not None
                return int(row[0])

            assert wait_for(lambda: number(SEALED.encode(), paid[-1]) == 1, within_s=WITHIN_S)
            assert wait_for(lambda: number(EXAMINED.encode(), paid[-1]) == 2, within_s=WITHIN_S)
            assert wait_for(lambda: number(OWED.encode()) == 0, within_s=WITHIN_S)
            assert wait_for(lambda: len(mailbox.mails) == 2 * 2 + 1 + 2 * PAYMENTS, within_s=WITHIN_S)
            assert number(b"SELECT count(*) FROM bankcore.fraud_cases") == 1
        metrics = scrape(bank.url)
        verified = run_here("verify", "--json", data_dir=begun_dir)
        reconciled = run_here("reconcile", data_dir=begun_dir)

    # Whichever process is asked, it tells what all of them have answered.
    assert re.findall(r'_count{method="POST",route="/v1/transactions/transfer",status="201"} (.*)', metrics) == ["10.0"]
    assert re.findall(r"^bankcore_(?:deliveries_pending.*|fraud_cases_open) (.*)", metrics, re.MULTILINE) == [
        "0.0",
        "0.0",
        "0.0",
        "1.0",
    ]
    to_ram = [str(mail["Subject"]) for mail in mailbox.mails if mail["To"] == "ram@example.com"]
    assert to_ram.count("You received 1.00 NPR") == PAYMENTS
    assert [tenant["findings"] for tenant in json.loads(verified.stdout)["tenants"]] == [[]]
    assert verified.exit_code == 0
    assert reconciled.exit_code == 0
    lines = "".join((begun_dir / "log" / f"{role}.log").read_text() for role in ("api", "worker", "scheduler"))
    assert re.findall(r'.*(?:"WARNING"|"ERROR"|"CRITICAL"|Traceback).*', lines) == []
