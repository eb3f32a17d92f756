"""Figures of what providers are asked for: payments, refunds, disbursements and disputes, by the same reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import GaugeMetricFamily

from bankcore_infra.db.tenant_connection import TenantConnection

_COUNTED: Final = "of each tenant at most 10000 are counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What is followed, by the name of one and of its table, and which of those that are due some day are what.

    What was paid out is asked for as well, because it may come back, and is not open.
    """

    one: str
    table: str
    is_open: str = "true"
    is_unknown: str

    @property
    def due(self) -> str:
        """Counts what is asked for, and tells for how long the first of it has been due.

        What is due is asked for at once by any worker, so that one that stays due was not.
        """
        return f"""
            SELECT count(*) FILTER (WHERE is_open) AS open, count(*) FILTER (WHERE is_unknown) AS unknown,
                   greatest(0, extract(epoch FROM now() - min(due_at)))::float8 AS late_s
            FROM (SELECT due_at, {self.is_open} AS is_open, {self.is_unknown} AS is_unknown
                  FROM bankcore.{self.table} WHERE tenant_id = %(tenant)s AND due_at IS NOT NULL
                  ORDER BY due_at LIMIT %(most)s) AS first
        """  # noqa: S608 - made of constants

    @property
    def reviews(self) -> str:
        """Counts what a person has to look at, and tells for how long the first of it has waited for that."""
        return f"""
            SELECT count(*) AS number, greatest(0, extract(epoch FROM now() - min(review_since)))::float8 AS age_s
            FROM (SELECT review_since FROM bankcore.{self.table}
                  WHERE tenant_id = %(tenant)s AND review_since IS NOT NULL
                  ORDER BY review_since LIMIT %(most)s) AS first
        """  # noqa: S608 - made of constants


FOLLOWED: Final = (
    Followed(one="payment", table="payments", is_unknown="status = 'processing'"),
    Followed(one="refund", table="refunds", is_unknown="status IN ('sent', 'unknown')"),
    Followed(
        one="disbursement",
        table="disbursements",
        is_open="status IN ('approved', 'sent', 'unknown')",
        is_unknown="status IN ('sent', 'unknown') AND provider_id IS NULL",
    ),
    Followed(one="dispute", table="disputes", is_unknown="false"),
)
WAITING: Final = """
    SELECT count(*) FILTER (WHERE status = 'pending_approval') AS for_approval,
           count(*) FILTER (WHERE status = 'approved') AS for_provider
    FROM (SELECT status FROM bankcore.disbursements
          WHERE tenant_id = %(tenant)s AND status IN ('pending_approval', 'approved') LIMIT %(most)s) AS waiting
"""

# What an older release ended has a body too, until the next night, and is no more than passed over.
NOTICES_GIVEN_UP: Final = """
    SELECT count(*) FILTER (WHERE ended_at IS NULL) FROM (
        SELECT ended_at FROM bankcore.provider_notices
        WHERE tenant_id = %(tenant)s AND due_at IS NULL AND body <> ''
        ORDER BY received_at DESC LIMIT %(most)s) AS latest
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedReading:
    """How many are open and of how many of these it is unknown whether the order was carried out; for how long the
    first has been due; how many a person has to look at, and since when.
    """

    open: int
    unknown: int
    late_s: float
    in_review: int
    review_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReading:
    """Disbursements that are not sent yet: by whom they are waited for."""

    for_approval: int
    for_provider: int


def read_followed(connection: TenantConnection, parameters: Mapping[str, object]) -> tuple[FollowedReading, ...]:
    """What is followed for the connection's tenant, each in its order."""
    return tuple(_read(connection, parameters, each) for each in FOLLOWED)


def read_waiting(connection: TenantConnection, parameters: Mapping[str, object]) -> WaitingReading:
    """The connection's tenant's disbursements that wait."""
    row = connection.sql.exec_driver_sql(WAITING, parameters).one()
    return WaitingReading(for_approval=row.for_approval, for_provider=row.for_provider)


def followed_gauges(readings: Sequence[tuple[FollowedReading, ...]]) -> Iterator[GaugeMetricFamily]:
    """The sums over tenants, and the worst of their ages."""
    for index, each in enumerate(FOLLOWED):
        yield from _gauges(each, [reading[index] for reading in readings])


def waiting_gauge(readings: Sequence[WaitingReading]) -> GaugeMetricFamily:
    """The sums over tenants."""
    meaning = f"Disbursements that are not sent yet, by what they wait for; {_COUNTED}."
    family = GaugeMetricFamily("bankcore_disbursements_waiting", meaning, labels=["state"])
    family.add_metric(["approval"], sum(each.for_approval for each in readings))
    family.add_metric(["provider"], sum(each.for_provider for each in readings))
    return family


def notices_gauge(given_up: Sequence[int]) -> GaugeMetricFamily:
    """The sum over tenants."""
    meaning = f"What providers told us that was tried in vain and is tried no more, for thirty days; {_COUNTED}."
    return GaugeMetricFamily("bankcore_provider_notices_given_up", meaning, value=sum(given_up))


def _read(connection: TenantConnection, parameters: Mapping[str, object], followed: Followed) -> FollowedReading:
    due = connection.sql.exec_driver_sql(followed.due, parameters).one()
    reviews = connection.sql.exec_driver_sql(followed.reviews, parameters).one()
    return FollowedReading(
        open=due.open,
        unknown=due.unknown,
        late_s=due.late_s or 0.0,
        in_review=reviews.number,
        review_age_s=reviews.age_s or 0.0,
    )


def _gauges(followed: Followed, readings: Sequence[FollowedReading]) -> Iterator[GaugeMetricFamily]:
    one, all_ = followed.one, followed.table
    told = {
        f"{all_}_open": (
            f"{all_.capitalize()} of which a provider has not said how they ended; {_COUNTED}.",
            sum(each.open for each in readings),
        ),
        f"{all_}_unknown": (
            f"{all_.capitalize()} of these of which nobody knows whether the provider took the order; {_COUNTED}.",
            sum(each.unknown for each in readings),
        ),
        f"{all_}_in_review": (
            f"{all_.capitalize()} that a person has to look at; {_COUNTED}.",
            sum(each.in_review for each in readings),
        ),
        f"{one}_oldest_review_seconds": (
            f"For how long a person has had to look at a {one}, of the one where that is longest.",
            max((each.review_age_s for each in readings), default=0.0),
        ),
        f"{one}_oldest_late_seconds": (
            f"For how long a provider could have been asked for a {one}, of the one where that is longest.",
            max((each.late_s for each in readings), default=0.0),
        ),
    }
    for name, (meaning, value) in told.items():
        yield GaugeMetricFamily(f"bankcore_{name}", meaning, value=value)
