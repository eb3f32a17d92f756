"""What an auditor takes along from a bank, and the commands that make something of it elsewhere."""

from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from bankcore.money import Money
from bankcore_infra.cli import program
from bankcore_infra.wiring import Bank
from tests.worlds.program import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an auditor took along."""

    folder: Path
    log: Path

    @property
    def witness(self) -> tuple[str, ...]:
        """The checkpoint and the key to start from."""
        return ("--checkpoint", str(self.note), "--public-key", str(self.folder / "public-key.pem"))

    @property
    def note(self) -> Path:
        return self.folder / "main" / "latest.note"


def take_evidence(bank: Bank, run: Run, folder: Path) -> Evidence:
    """A sealed log with postings, exported, and the checkpoints beside it."""
    main = bank.tenant("main")
    alice = main.accounts.open(currency="NPR", owner_id="alice")
    assert run("audit", "seal").exit_code == 0
    main.ledger.deposit(alice.id, Money.of("10.00", "NPR"))
    found = Evidence(folder=folder / "evidence", log=folder / "log.ndjson")
    for words in (
        ("seal", "--tenant", "main"),
        ("checkpoints", "--out", str(found.folder)),
        ("export", "--out", str(found.log)),
    ):
        done = run("audit", *words)
        assert done.exit_code == 0, done.output
    return found


def verify(*words: str) -> Result:
    """Runs on a machine without a bank."""
    return CliRunner().invoke(program.program, ["audit", "verify", *words])


def said_of(result: Result) -> str:
    """The last line of what went wrong; errors that `main` prints by their message are still themselves here."""
    assert result.exit_code != 0
    is_told = isinstance(result.exception, SystemExit)
    return result.stderr.splitlines()[-1] if is_told else f"bankcore: {result.exception}"
