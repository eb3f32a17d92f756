"""Notes reach a bucket over HTTP, are never replaced there, and what goes wrong is told without secrets."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import boto3
import pytest
from moto.server import ThreadedMotoServer

from bankcore.audit.checkpoints import Note
from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore_infra.audit.sealing.publication import PublicationError
from bankcore_infra.audit.sealing.s3_place import S3Place
from bankcore_infra.audit.sealing.wiring import checkpoint_places
from bankcore_infra.audit.settings import AuditSettings
from bankcore_infra.environment import load_settings
from bankcore_infra.settings import SettingsError
from tests.unit.audit.test_checkpoints import CHECKPOINT

pytestmark = [pytest.mark.enable_socket, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

TENANT: Final = Tenant(TenantId(UUID(int=7)), "main", "Main", TenantKind.LIVE)
NOTE: Final = Note(CHECKPOINT, b"name" + b"s" * 64)
OTHER: Final = Note(replace(CHECKPOINT, root=b"x" * 32), NOTE.signature)
KEY: Final = "notes/main/000000000003.note"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A store on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def store(endpoint: str) -> Any:
    """Its client; an empty bucket `witness`, and a bucket `locked` that keeps each object for a year."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="id",
        aws_secret_access_key="not so secret",
    )
    client.create_bucket(Bucket="witness")
    client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    client.put_object_lock_configuration(
        Bucket="locked",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}},
        },
    )
    return client


def place(endpoint: str, bucket: str = "witness") -> S3Place:
    return S3Place(f"s3://id:not%20so%20secret@{bucket}/notes/?endpoint={endpoint}")


@pytest.mark.parametrize("bucket", ["witness", "locked"])
def test_a_bucket_keeps_every_note_and_never_replaces_one(store: Any, endpoint: str, bucket: str) -> None:
    witness = place(endpoint, bucket)

    witness.publish(TENANT, NOTE)
    witness.publish(TENANT, NOTE)
    with pytest.raises(PublicationError, match="two histories"):
        witness.publish(TENANT, OTHER)

    assert store.get_object(Bucket=bucket, Key=KEY)["Body"].read().decode() == NOTE.text()
    assert [found["Key"] for found in store.list_objects_v2(Bucket=bucket)["Contents"]] == [KEY]


def test_a_refusal_and_a_store_that_is_away_are_told_in_one_line_without_the_secret(store: Any, endpoint: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for broken, told in (
            (place(endpoint, "nobody-s"), "bucket nobody-s: refused with NoSuchBucket"),
            (place(away), "bucket witness: EndpointConnectionError"),
        ):
            with pytest.raises(PublicationError) as failed:
                broken.publish(TENANT, NOTE)
            assert str(failed.value) == told


@pytest.mark.parametrize("url", ["https://bucket", "s3://", "s3:///prefix", "s3://bucket?endpont=http://x", "bucket"])
def test_an_address_that_is_none_stops_the_program_by_its_name(url: str) -> None:
    with pytest.raises(SettingsError, match="BANKCORE_CHECKPOINT_S3_URL: not an address such as"):
        checkpoint_places(load_settings(checkpoint_s3_url=url).of(AuditSettings))
