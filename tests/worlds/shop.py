"""A shop whose service keeps its books at the bank."""

from typing import Final

from tests.worlds.sql_bank import SqlBank

HOST: Final = "shop"
"""The role of its service, and the user of its connections."""


def make_shop(bank: SqlBank, columns: str) -> None:
    """Make the shop's role, which may keep books, and its table of orders, beside the bank."""
    bank.scratch.execute(f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{HOST}') THEN CREATE ROLE {HOST} LOGIN; END IF;
        END $$
    """)
    bank.scratch.execute(f"GRANT bankcore_app TO {HOST}")
    bank.scratch.execute(f"CREATE TABLE public.orders ({columns})")
    bank.scratch.execute(f"GRANT ALL ON public.orders TO {HOST}")
