"""Publishes checkpoints to an S3-compatible store: each note is written once, and kept if the bucket keeps objects."""

from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from typing_extensions import override

from bankcore.audit.checkpoints import Note
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.sealing.publication import CheckpointPlace, PublicationError, note_path_name

_CONNECT_TIMEOUT_S: Final = 5
_READ_TIMEOUT_S: Final = 10
_TEXT: Final = "text/plain; charset=utf-8"
_TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class S3Client(Protocol):
    """The methods of the client that are used."""

    def put_object(self, **request: Any) -> Any:
        """Write an object."""

    def get_object(self, **request: Any) -> Any:
        """Read an object."""


class S3Place(CheckpointPlace):
    """A bucket, best in another account, with object lock: then nobody can take a note back before its time.

    `s3://key-id:secret@bucket/prefix?endpoint=https://host&region=name`; without a key, that of the environment or of
    the machine is used, and without an endpoint, Amazon's.
    """

    def __init__(self, url: str) -> None:
        """Use that address; nothing is connected yet.

        Raises:
            ValueError: it is no such address, or the extra `s3` is not installed. The message tells no secret.
        """
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        if parts.scheme != "s3" or not parts.hostname or options.keys() - {"endpoint", "region"}:
            raise ValueError("not an address such as s3://key-id:secret@bucket/prefix?endpoint=https://host")
        self._bucket = parts.netloc.rpartition("@")[2]
        self._prefix = parts.path.strip("/")
        self.name = f"bucket {self._bucket}"
        try:
            import boto3  # noqa: PLC0415 - an extra: who publishes elsewhere need not have it
            from botocore.config import Config  # noqa: PLC0415
            from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        except ImportError:
            raise ValueError("the extra `s3` is not installed: pip install 'bankcore[s3]'") from None
        self._refusal: type[Any] = ClientError
        self._failure: type[Exception] = BotoCoreError
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=options.get("endpoint"),
            region_name=options.get("region", "us-east-1"),
            aws_access_key_id=unquote(parts.username) if parts.username else None,
            aws_secret_access_key=unquote(parts.password) if parts.password else None,
            config=Config(
                connect_timeout=_CONNECT_TIMEOUT_S,
                read_timeout=_READ_TIMEOUT_S,
                # The next publication is the retry.
                retries={"total_max_attempts": 1},
                # A private host has no name for each bucket.
                s3={"addressing_style": "path" if "endpoint" in options else "auto"},
            ),
        )

    @override
    def publish(self, tenant: Tenant, note: Note) -> None:
        name = note_path_name(tenant, note)
        key = f"{self._prefix}/{name}" if self._prefix else name
        try:
            self._put(key, note.text().encode())
        except self._refusal as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise PublicationError(f"{self.name}: refused with {code}") from None
        except self._failure as error:
            raise PublicationError(f"{self.name}: {type(error).__name__}") from None

    def _put(self, key: str, text: bytes) -> None:
        """Write the object, unless it exists: then it must be the same. The bucket decides how long it is kept."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=text, ContentType=_TEXT, IfNoneMatch="*")
        except self._refusal as error:
            if error.response.get("Error", {}).get("Code") not in _TAKEN:
                raise
            found: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read(len(text) + 1)
            if found != text:
                problem = f"{self.name}: {key} holds another note: the log has two histories"
                raise PublicationError(problem) from None
