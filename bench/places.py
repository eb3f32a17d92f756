"""The databases of one run, each made when the first subject asks for it."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import create_engine

from bankcore.identifiers import AccountId
from bench.bare import make_bare
from bench.baseline.service import make_baseline
from bench.ours import open_accounts
from bench.world import BankPlace, World, orm_url


class FundedBank(NamedTuple):
    """A bank and its funded accounts."""

    place: BankPlace
    ids: Sequence[AccountId]


class Places:
    """Bare tables, the baseline and the bank on one server, with equally many accounts each."""

    def __init__(self, world: World, *, accounts: int) -> None:
        self.world = world
        self.accounts = accounts

    @cached_property
    def bare_url(self) -> str:
        """The bare tables."""
        url = self.world.database("bare")
        make_bare(url)
        return url

    @cached_property
    def baseline(self) -> tuple[str, Sequence[UUID]]:
        """The baseline's database and its accounts."""
        url = self.world.database("baseline")
        engine = create_engine(orm_url(url))
        try:
            return url, make_baseline(engine, self.accounts)
        finally:
            engine.dispose()

    @cached_property
    def bank(self) -> FundedBank:
        """The bank."""
        place = self.world.bank("bank")
        with place.open() as bank:
            return FundedBank(place, open_accounts(bank, self.accounts))
