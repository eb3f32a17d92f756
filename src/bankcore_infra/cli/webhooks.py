"""`bankcore webhooks`: the endpoints of a tenant, their secrets, and what was sent to them."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from bankcore.clock import instant_text
from bankcore.webhooks.answers import WebhookAnswer
from bankcore.webhooks.deliveries import WebhookDelivery, WebhookStatus
from bankcore.webhooks.endpoints import WebhookEndpoint, WebhookEndpointId
from bankcore.webhooks.ports import WebhookQueries
from bankcore.webhooks.service import WantedEndpoint, Webhooks
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list

_ENDPOINTS = {"id": "id", "url": "url", "events": "events", "disabled because": "disabledBecause"}
_DELIVERIES = {"event": "eventId", "type": "type", "status": "status", "attempts": "attempts", "last": "last"}
_LISTED_MAX = 100


@click.group()
def webhooks() -> None:
    """Tell other servers of events, and see what they took."""


@webhooks.command("list")
@tenant_option
@json_option
@data_dir_option
def list_(*, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List endpoints, the latest first."""
    with bank_at(data_dir) as bank:
        found = bank.tenant(slug).get(WebhookQueries).list_endpoints(limit=_LISTED_MAX)
    print_list([_endpoint(each) for each in found], _ENDPOINTS, as_json=as_json)


@webhooks.command()
@click.argument("url")
@click.option("--event", "events", multiple=True, default=("*",), help="The name of an event; again for more [all].")
@click.option("--description", default="", help="What it is for.")
@tenant_option
@data_dir_option
def add(*, url: str, events: tuple[str, ...], description: str, slug: str, data_dir: Path | None) -> None:
    """Add the endpoint URL, and print its secret, which is shown this once."""
    wanted = WantedEndpoint(url=url, events=events, description=description)
    with bank_at(data_dir) as bank:
        _print_secret(bank.tenant(slug).get(Webhooks).create(wanted, origin=OPERATOR).value)


@webhooks.command()
@click.argument("endpoint_id", type=click.UUID)
@tenant_option
@data_dir_option
def rotate(*, endpoint_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Give ENDPOINT_ID a new secret; for a day, messages are signed with both."""
    with bank_at(data_dir) as bank:
        webhooks = bank.tenant(slug).get(Webhooks)
        _print_secret(webhooks.rotate(WebhookEndpointId(endpoint_id), origin=OPERATOR).value)


@webhooks.command()
@click.argument("endpoint_id", type=click.UUID)
@click.option("--enable/--disable", "is_enabled", required=True, help="Whether anything is sent to it.")
@tenant_option
@data_dir_option
def change(*, endpoint_id: UUID, is_enabled: bool, slug: str, data_dir: Path | None) -> None:
    """Enable or disable ENDPOINT_ID; what it misses while disabled can be recovered."""
    with bank_at(data_dir) as bank:
        wanted = WantedEndpoint(is_enabled=is_enabled)
        bank.tenant(slug).get(Webhooks).change(WebhookEndpointId(endpoint_id), wanted, origin=OPERATOR)
    click.echo(f"endpoint {endpoint_id} is {'enabled' if is_enabled else 'disabled'}")


@webhooks.command()
@click.argument("endpoint_id", type=click.UUID)
@tenant_option
@data_dir_option
def remove(*, endpoint_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Remove ENDPOINT_ID with all that is owed to it."""
    with bank_at(data_dir) as bank:
        bank.tenant(slug).get(Webhooks).remove(WebhookEndpointId(endpoint_id), origin=OPERATOR)
    click.echo(f"endpoint {endpoint_id} is removed")


@webhooks.command()
@click.argument("endpoint_id", type=click.UUID)
@tenant_option
@data_dir_option
def test(*, endpoint_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Send ENDPOINT_ID an event that means nothing."""
    with bank_at(data_dir) as bank:
        sent = bank.tenant(slug).get(Webhooks).send_test(WebhookEndpointId(endpoint_id), origin=OPERATOR)
    click.echo(f"event {sent.value.event_id} is due")


@webhooks.command()
@click.argument("endpoint_id", type=click.UUID)
@click.option("--since", type=click.DateTime(), required=True, help="In UTC, such as 2026-01-31T12:00:00.")
@tenant_option
@data_dir_option
def recover(*, endpoint_id: UUID, since: datetime, slug: str, data_dir: Path | None) -> None:
    """Send ENDPOINT_ID once more what failed or was skipped since an instant, at most 10,000 events."""
    at = since.replace(tzinfo=UTC)
    with bank_at(data_dir) as bank:
        done = bank.tenant(slug).get(Webhooks).recover(WebhookEndpointId(endpoint_id), at, origin=OPERATOR)
    click.echo(f"{done.value.count} events are due again")


@webhooks.command()
@click.argument("endpoint_id", type=click.UUID)
@click.option("--status", type=click.Choice([each.value for each in WebhookStatus]), help="Only those [all].")
@tenant_option
@json_option
@data_dir_option
def deliveries(*, endpoint_id: UUID, status: str | None, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List what ENDPOINT_ID was told or is owed, the latest 100 events first."""
    wanted = None if status is None else WebhookStatus(status)
    with bank_at(data_dir) as bank:
        queries = bank.tenant(slug).get(WebhookQueries)
        found = queries.list_deliveries(WebhookEndpointId(endpoint_id), status=wanted, limit=_LISTED_MAX)
    print_list([_delivery(each) for each in found], _DELIVERIES, as_json=as_json)


def _print_secret(answer: WebhookAnswer) -> None:
    click.echo(f"endpoint: {answer.endpoint.id}")
    click.echo(f"secret: {answer.secret}")


def _endpoint(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "events": ", ".join(endpoint.events),
        "description": endpoint.description,
        "disabledBecause": endpoint.disabled_because,
        "createdAt": instant_text(endpoint.created_at),
    }


def _delivery(delivery: WebhookDelivery) -> dict[str, object]:
    last = delivery.log[0] if delivery.log else None
    return {
        "eventId": str(delivery.event_id),
        "type": delivery.type,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "last": None if last is None else last.http_status or last.problem,
        "nextAt": None if delivery.next_at is None else instant_text(delivery.next_at),
    }
