"""Where mail goes out: a URL such as `smtp://user:password@mail.example.com:587?tls=required`, and the sender."""

from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from bankcore_infra.notifications.settings import NotificationSettings
from bankcore_infra.settings import SettingsError

_URL: Final = "BANKCORE_SMTP_URL"
_SENDER: Final = "BANKCORE_MAIL_FROM"
_PORTS: Final = {"smtp": 25, "smtps": 465}


class Tls(StrEnum):
    """How the connection is protected; certificates are always verified."""

    IMPLICIT = "implicit"
    REQUIRED = "required"
    OFFERED = "offered"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpRoute:
    """A mail server, how to log in to it, and in whose name mail is sent."""

    host: str
    port: int
    tls: Tls
    sender: Address
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def smtp_route(settings: NotificationSettings) -> SmtpRoute | None:
    """The route of the settings, or None if no mail is to be sent.

    Raises:
        SettingsError: the URL or the sender cannot be used, or one is there without the other.
    """
    if settings.smtp_url is None:
        return None
    if settings.mail_from is None:
        raise SettingsError(_SENDER, f"not set, but {_URL} is")
    sender = mail_sender(settings.mail_from)
    try:
        parts = urlsplit(settings.smtp_url.get_secret_value())
        port = parts.port
    except ValueError:
        raise SettingsError(_URL, "not an address such as smtp://mail.example.com:587") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"} or parts.fragment:
        raise SettingsError(_URL, "not an address such as smtp://mail.example.com:587")
    if (parts.username is None) != (parts.password is None):
        raise SettingsError(_URL, "a user needs a password, and a password a user")
    return SmtpRoute(
        host=parts.hostname,
        port=_PORTS[parts.scheme] if port is None else port,
        tls=_tls_of(parts),
        sender=sender,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


def mail_sender(text: str) -> Address:
    """The sender in a text such as `Example Bank <no-reply@bank.example>`.

    Raises:
        SettingsError: not one address with a domain.
    """
    try:
        mail = EmailMessage()
        mail["From"] = text
        header = mail["From"]
        (sender,) = [address for address in header.addresses if not header.defects]
        checked = Address(sender.display_name, addr_spec=sender.addr_spec)
        checked.addr_spec.encode("ascii")
    except (ValueError, IndexError, MessageError):
        raise SettingsError(_SENDER, "not one address such as Example Bank <no-reply@bank.example>") from None
    if not checked.domain or not checked.username or not checked.display_name.isprintable():
        raise SettingsError(_SENDER, "not one address such as Example Bank <no-reply@bank.example>")
    return checked


def _tls_of(parts: SplitResult) -> Tls:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    wanted = options.pop("tls", None)
    if options or (wanted is not None and (parts.scheme == "smtps" or wanted not in {"required", "offered", "off"})):
        raise SettingsError(_URL, "the only option is tls=required, tls=offered or tls=off, after smtp://")
    if parts.scheme == "smtps":
        return Tls.IMPLICIT
    if wanted is not None:
        return Tls(wanted)
    # A password is never sent over a connection without encryption.
    return Tls.OFFERED if parts.password is None else Tls.REQUIRED
