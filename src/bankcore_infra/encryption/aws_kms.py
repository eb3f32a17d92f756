"""Key-encryption keys in AWS KMS, behind one alias: the key that it leads to wraps, and each unwraps what it wrapped.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override

from bankcore.encryption.key_encryption import KeyEncryption, SecretPlace, UnreadableSecretError, WrappedKey
from bankcore.errors import SetupError, UnavailableError
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("encryption")
_SCHEME: Final = "awskms"
_ALIAS: Final = "alias/"
_PREFIX: Final = "kms:"
_CONNECT_TIMEOUT_S: Final = 3
_READ_TIMEOUT_S: Final = 5
_ATTEMPTS: Final = 2
# Whoever asked is told to ask again: the key is there, and its service is not.
_PASSING: Final = frozenset(
    {"DependencyTimeoutException", "KeyUnavailableException", "KMSInternalException", "ThrottlingException"}
)


class KmsClient(Protocol):
    """The methods of the client that are used."""

    def describe_key(self, **request: Any) -> Any:
        """Tell which key an alias leads to."""

    def encrypt(self, **request: Any) -> Any:
        """Encrypt up to 4,096 bytes."""

    def decrypt(self, **request: Any) -> Any:
        """Decrypt them, with the same context."""

    def create_key(self, **request: Any) -> Any:
        """Make a key."""

    def update_alias(self, **request: Any) -> Any:
        """Let an alias lead to another key."""


class _Failures(NamedTuple):
    """How the client fails: refused by the service, without credentials, or without an answer."""

    refused: type[Any]
    unknown_caller: type[Exception]
    away: type[Exception]


class AwsKms(KeyEncryption):
    """The keys of one alias; what was wrapped elsewhere before is unwrapped there.

    A rotation makes a key and lets the alias lead to it; earlier keys stay, and go on unwrapping.
    """

    def __init__(self, url: str, before: Callable[[], KeyEncryption]) -> None:
        """Use that alias, such as `awskms://eu-central-1/alias/bankcore`; nothing is connected yet.

        Raises:
            ValueError: it is no such address, or the extra `aws` is not installed.
        """
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        self._alias = parts.path.strip("/")
        is_alias = self._alias.startswith(_ALIAS) and self._alias != _ALIAS
        if parts.scheme != _SCHEME or not parts.hostname or "@" in parts.netloc or not is_alias:
            raise ValueError("not an address such as awskms://eu-central-1/alias/bankcore")
        if options.keys() - {"endpoint"}:
            raise ValueError("only `endpoint` can be said besides region and alias")
        self._before = before
        self._client, self._failures = _client(parts.hostname, options.get("endpoint"))

    @override
    def get_newest_name(self) -> str:
        with self._naming_what_failed():
            found = self._client.describe_key(KeyId=self._alias)
        return f"{_PREFIX}{found['KeyMetadata']['Arn']}"

    @override
    def add_key(self) -> str:
        with self._naming_what_failed():
            made = self._client.create_key(Description=f"Secrets of bankcore, behind {self._alias}")
            self._client.update_alias(AliasName=self._alias, TargetKeyId=made["KeyMetadata"]["KeyId"])
        return self.get_newest_name()

    @override
    def wrap(self, data_key: bytes, place: SecretPlace) -> WrappedKey:
        with self._naming_what_failed():
            made = self._client.encrypt(KeyId=self._alias, Plaintext=data_key, EncryptionContext=_context(place))
        # The answer tells the key, so that a rotation between two calls is no matter.
        return WrappedKey(f"{_PREFIX}{made['KeyId']}", made["CiphertextBlob"])

    @override
    def unwrap(self, wrapped: WrappedKey, place: SecretPlace) -> bytes:
        if not wrapped.key_name.startswith(_PREFIX):
            return self._before().unwrap(wrapped, place)
        key_id = wrapped.key_name.removeprefix(_PREFIX)
        with self._naming_what_failed():
            try:
                plain: bytes = self._client.decrypt(
                    KeyId=key_id, CiphertextBlob=wrapped.content, EncryptionContext=_context(place)
                )["Plaintext"]
            except self._failures.refused as error:
                if (code := _code_of(error)) in _PASSING:
                    raise
                raise UnreadableSecretError(
                    f"the secret {place.text} is under the key {wrapped.key_name}, which answers {code}: the key is "
                    "disabled or not ours to use, or the secret was changed or moved there"
                ) from None
        return plain

    @contextmanager
    def _naming_what_failed(self) -> Iterator[None]:
        """Raises: UnavailableError, SetupError."""
        try:
            yield
        except self._failures.refused as error:
            if (code := _code_of(error)) not in _PASSING:
                raise SetupError(f"BANKCORE_SECRETS_KEY_URL: {self._alias} answers {code}") from None
            raise _away(code) from None
        except self._failures.unknown_caller:
            raise SetupError("BANKCORE_SECRETS_KEY_URL: this machine has no credentials for AWS") from None
        except self._failures.away as error:
            raise _away(type(error).__name__) from None


def _client(region: str, endpoint: str | None) -> tuple[KmsClient, _Failures]:
    """The client, and how it fails. Raises: ValueError."""
    try:
        import boto3  # noqa: PLC0415 - an extra: whose keys are files need not have it
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError  # noqa: PLC0415
    except ImportError:
        raise ValueError("the extra `aws` is not installed: pip install 'bankcore[aws]'") from None
    limits = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    client: KmsClient = boto3.Session().client("kms", region_name=region, endpoint_url=endpoint, config=limits)
    return client, _Failures(ClientError, NoCredentialsError, BotoCoreError)


def _context(place: SecretPlace) -> Mapping[str, str]:
    """What a wrapped key is bound to. AWS writes it into its log in clear, so that one sees there what was read."""
    return {"tenant": str(place.tenant_id), "purpose": place.purpose, "owner": str(place.owner_id)}


def _code_of(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _away(problem: str) -> UnavailableError:
    _LOG.warning(LogMessage("the service of the keys does not answer", problem=problem))
    return UnavailableError()
