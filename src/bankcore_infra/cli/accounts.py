"""The accounts that commands name."""

from uuid import UUID

import click

from bankcore.identifiers import AccountId
from bankcore.ledger.queries import LedgerQueries


def account_id_named(queries: LedgerQueries, name: str) -> AccountId:
    """The id of the account with that number or id. Raises: click.ClickException: there is none of that number."""
    try:
        return AccountId(UUID(name))
    except ValueError:
        found = queries.find_account_by_number(name)
    if found is None:
        raise click.ClickException(f"there is no account {name}")
    return found.id
