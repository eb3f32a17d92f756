"""An audit: the log is sealed and exported, an auditor verifies it offline, and a forged copy is found out.

Run it with `python examples/an_audit.py`; it needs nothing but the installed package.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from bankcore import Money
from bankcore_infra import open_bank


def bankcore(*arguments: str) -> str:
    """Run a command as in a terminal, and return its last line."""
    run = subprocess.run(
        [sys.executable, "-m", "bankcore_infra", *arguments], capture_output=True, text=True, check=False
    )
    print(f"$ bankcore {arguments[0]} {arguments[1]}: exit code {run.returncode}")
    return run.stdout.splitlines()[-1] if run.stdout else ""


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    data, log, witness = folder / "data", folder / "log.ndjson", folder / "evidence"

    with open_bank(data_dir=data) as bank:
        main = bank.tenant("main")
        asha = main.accounts.open(currency="NPR", owner_id="asha")
        main.ledger.deposit(asha.id, Money.of("1000.00", "NPR"))

        # A scheduler seals once a second; here it is done by hand. The auditor keeps the signed checkpoints outside.
        bankcore("audit", "seal", "--data-dir", str(data))
        bankcore("audit", "checkpoints", "--out", str(witness), "--data-dir", str(data))
        bankcore("audit", "export", "--out", str(log), "--data-dir", str(data))

    # From here on nothing needs the bank: the auditor has two files and a checkpoint.
    kept = ["--checkpoint", str(witness / "main" / "latest.note"), "--public-key", str(witness / "public-key.pem")]
    print(bankcore("audit", "verify", str(log), *kept).partition(":")[0])

    # Somebody makes the deposit larger in the export.
    forged = folder / "forged.ndjson"
    forged.write_text(log.read_text().replace("1000.00", "9000.00"))
    print(bankcore("audit", "verify", str(forged), *kept).partition(":")[0])
