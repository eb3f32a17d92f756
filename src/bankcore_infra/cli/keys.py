"""`bankcore keys`: new keys for the secrets of the bank and for access tokens."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bankcore.actions import Action
from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.identity.actions import TOKEN_KEY_ROTATED, TOKEN_KEYS_RETIRED
from bankcore.identity.principals import ACCESS_LIFETIME
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option
from bankcore_infra.cli.printing import progress_bar
from bankcore_infra.encryption.rotation import SecretRotation
from bankcore_infra.identity.token_key_records import record_token_keys
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.key_ring import TOKEN_PURPOSE
from bankcore_infra.keys.rotation import TooEarlyError, retire, rotate
from bankcore_infra.wiring import Bank

# Longer than any token, with what a process needs to learn of the newer key, and clocks that differ.
_SIGNED_FOR: Final = ACCESS_LIFETIME + timedelta(minutes=1)


@click.group()
def keys() -> None:
    """Give the secrets of the bank to new keys, and sign access tokens with new ones."""


@keys.command("rotate-secrets")
@data_dir_option
def rotate_secrets(data_dir: Path | None) -> None:
    """Make a new key for the secrets of all tenants and give them to it, while the bank works.

    A rotation that was stopped goes on where it was. Keep the older key files as long as a backup needs them.
    """
    with bank_at(data_dir) as bank, progress_bar("secrets", Console(stderr=True)) as show:
        tenants = [tenant.id for tenant in bank.tenants.list_tenants()]
        done = SecretRotation(bank.database, bank.get(KeyEncryption), OPERATOR).run(tenants, show)
    began = "went on with" if done.is_resumed else "made"
    click.echo(f"{began} the key {done.key_name}; {done.rewrapped} secrets have it now")
    for problem in done.unreadable:
        click.echo(problem, err=True)
    if done.unreadable:
        raise click.ClickException(f"{len(done.unreadable)} secrets cannot be read and keep their old key")


@keys.command("rotate-tokens")
@click.option(
    "--wait-s",
    type=click.IntRange(5, 3600),
    default=15,
    show_default=True,
    help="How long all processes have to learn of the new key before it signs.",
)
@data_dir_option
def rotate_tokens(*, wait_s: int, data_dir: Path | None) -> None:
    """Make a new key that signs access tokens, while the bank works.

    Every process verifies with it first, and it signs after the wait. Whoever has a token keeps it: the older keys
    verify until `bankcore keys retire-tokens`. A rotation that was stopped goes on where it was.
    """
    with bank_at(data_dir) as bank, _in_one_line():
        kid = rotate(bank.installation.keys_dir, TOKEN_PURPOSE, lambda: time.sleep(wait_s))
        _record(bank, TOKEN_KEY_ROTATED, [kid])
    click.echo(f"access tokens are signed with the key {kid} now; in {_SIGNED_FOR}, retire the older ones")


@keys.command("retire-tokens")
@click.option("--at-once", is_flag=True, help="Also while tokens are good that they have signed: a key has leaked.")
@data_dir_option
def retire_tokens(*, at_once: bool, data_dir: Path | None) -> None:
    """Remove the keys that signed access tokens before the newest one, once all of these tokens have ended.

    With --at-once nobody is logged out either: applications are refused once, and refresh their tokens.
    """
    with bank_at(data_dir) as bank, _in_one_line():
        signed_for = timedelta(0) if at_once else _SIGNED_FOR
        gone = retire(bank.installation.keys_dir, TOKEN_PURPOSE, signed_for=signed_for)
        if gone:
            _record(bank, TOKEN_KEYS_RETIRED, gone)
    click.echo(f"removed: {', '.join(gone)}" if gone else "there is no older key")


def _record(bank: Bank, action: Action, names: Sequence[str]) -> None:
    """Let the log of every tenant tell it, since these keys sign for the users of all."""
    tenants = [tenant.id for tenant in bank.tenants.list_tenants()]
    record_token_keys(bank.database, tenants, action, names, origin=OPERATOR)


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Say in one line what is wrong with the keys."""
    try:
        yield
    except (TooEarlyError, UnusableKeyError) as error:
        raise click.ClickException(str(error)) from None
