"""The services of a cloud as a server on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import pytest
from moto.server import ThreadedMotoServer

ALIAS: Final = "alias/bankcore"
REGION: Final = "eu-central-1"
CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "not so secret"}


@contextmanager
def aws_on_this_machine() -> Iterator[str]:
    """Its address; whoever asks it in this process has credentials meanwhile."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in CREDENTIALS.items():
                environment.setenv(name, value)
            yield f"http://{host}:{port}"
    finally:
        server.stop()


def kms_client(endpoint: str) -> Any:
    """The client of whoever administers the keys."""
    return boto3.client("kms", region_name=REGION, endpoint_url=endpoint)


def make_aws_key(endpoint: str) -> str:
    """Let the alias lead to a new key. Returns the key's id."""
    client = kms_client(endpoint)
    key_id = str(client.create_key()["KeyMetadata"]["KeyId"])
    if any(each["AliasName"] == ALIAS for each in client.list_aliases()["Aliases"]):
        client.delete_alias(AliasName=ALIAS)
    client.create_alias(AliasName=ALIAS, TargetKeyId=key_id)
    return key_id
