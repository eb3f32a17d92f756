"""Verifies an exported audit log offline: `python standalone_verifier.py EXPORT --checkpoint NOTE --public-key PEM`.

This file runs alone, with Python 3.11 and the package `cryptography`; without that package it checks everything but
signatures, and says so. It trusts only the checkpoint that was kept outside and the public key, and checks the export
against them. The exit code is 0 if all is well, 1 if something is not, 2 if it cannot tell.
"""

import argparse
import sqlite3
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from bankcore_infra.audit.laws.columns import NOT_PROVEN
from bankcore_infra.audit.laws.findings import CANNOT_VERIFY, CannotVerifyError
from bankcore_infra.audit.laws.notes import CheckpointNote
from bankcore_infra.audit.laws.signatures import CheckpointKeys, PromiseKeys
from bankcore_infra.audit.laws.verification import ROWS_LEFT_OUT, Verification

_LINE_MAX: Final = 1 << 24


class LogVerdict(NamedTuple):
    """The result of verification: the exit code, the word for it, and the lines to print."""

    exit_code: int
    word: str
    lines: list[str]


def verdict_of(run: Verification, *, log_only: bool, part: bool) -> LogVerdict:
    """The verdict. `log_only` and `part` say that the auditor asked for an export of the log alone, or of a part of
    it.
    """
    is_asked = {True: log_only, False: part}
    missing = [each for each in run.left_out if not is_asked[each.startswith(ROWS_LEFT_OUT)]]
    lines = [*map(str, run.findings), *run.remarks]
    if ROWS_LEFT_OUT not in run.left_out:
        lines.append(f"not proven, for no record tells: {', '.join(NOT_PROVEN)}")
    if run.findings:
        return LogVerdict(1, "TAMPERED", [*lines, f"TAMPERED: {run.summary()}"])
    if missing:
        left_out = f"the export leaves out {' and '.join(missing)}; --log-only or --part says that this is meant"
        return LogVerdict(CANNOT_VERIFY, "incomplete", [*lines, f"incomplete: {run.summary()}: {left_out}"])
    left_out = f"; left out: {', '.join(run.left_out)}" if run.left_out else ""
    return LogVerdict(0, "clean", [*lines, f"clean: {run.summary()}{left_out}"])


def verify(  # noqa: PLR0913 - what an auditor can bring along
    export: Path,
    notes: list[str],
    pem: bytes | None,
    *,
    receipts: list[tuple[str, str]] | None = None,
    receipt_keys: bytes | None = None,
    accepted_eras: frozenset[int] = frozenset(),
    on_progress: Callable[[int], None] = lambda _bytes: None,
) -> Verification:
    """Verify the export against the notes and the named receipts; `on_progress` gets the number of bytes read.

    Losses before the accepted eras are remarks and no findings.

    Raises:
        CannotVerifyError: the input does not allow an answer.
    """
    outside = [CheckpointNote.parse(text) for text in notes]
    if len({note.origin for note in outside}) != 1:
        raise CannotVerifyError("the checkpoints are not of one log")
    known = None if receipt_keys is None else PromiseKeys(receipt_keys)
    verification = Verification(outside, CheckpointKeys(pem), receipts, known, accepted_eras=accepted_eras)
    try:
        with export.open("rb") as file:
            verification.run(_counted(file, on_progress))
    except sqlite3.Error as error:
        raise CannotVerifyError(f"the temporary file cannot be used: {error}") from None
    return verification


def _counted(file: BinaryIO, on_progress: Callable[[int], None]) -> Iterator[bytes]:
    """The lines of the file, with those that are too long for an export in pieces."""
    read = 0
    for number, line in enumerate(iter(partial(file.readline, _LINE_MAX), b"")):
        read += len(line)
        if number % 1_000 == 0:
            on_progress(read)
        yield line
    on_progress(read)


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log of bankcore offline.")
    parser.add_argument("export", type=Path, help="the file that `bankcore audit export` wrote")
    parser.add_argument("--checkpoint", type=Path, action="append", required=True, help="a note kept outside")
    parser.add_argument("--public-key", type=Path, help="public-key.pem; without it, signatures are not checked")
    parser.add_argument("--receipt", type=Path, action="append", default=[], help="an audit receipt that was given")
    parser.add_argument("--receipt-keys", type=Path, help="receipt-keys.json of the bank")
    parser.add_argument("--log-only", action="store_true", help="the export has no rows of the tables, as was asked")
    parser.add_argument("--part", action="store_true", help="the export is of a part of the log, as was asked")
    parser.add_argument("--accept-era", type=int, action="append", default=[], help="what this era lost is known")
    try:
        return _run(parser.parse_args())
    except (CannotVerifyError, OSError) as error:
        sys.stderr.write(f"cannot verify: {error}\n")
        return CANNOT_VERIFY


def _run(arguments: argparse.Namespace) -> int:
    notes = [path.read_text(encoding="utf-8", errors="replace") for path in arguments.checkpoint]
    pem = arguments.public_key.read_bytes() if arguments.public_key else None
    receipts = [(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in arguments.receipt]
    receipt_keys = arguments.receipt_keys.read_bytes() if arguments.receipt_keys else None
    eras = frozenset(arguments.accept_era)
    verification = verify(
        arguments.export, notes, pem, receipts=receipts, receipt_keys=receipt_keys, accepted_eras=eras
    )
    known: list[CheckpointKeys | PromiseKeys] = [CheckpointKeys(pem)] if pem is not None else []
    known += [PromiseKeys(receipt_keys)] if receipt_keys is not None else []
    if not all(keys.check for keys in known):
        sys.stderr.write("signatures were NOT checked: the package `cryptography` is not installed\n")
    verdict = verdict_of(verification, log_only=arguments.log_only, part=arguments.part)
    sys.stdout.write("\n".join([*verdict.lines, ""]))
    sys.stdout.flush()
    return verdict.exit_code


if __name__ == "__main__":
    sys.exit(main())
