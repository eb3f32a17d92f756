"""E-mail over SMTP: keeps one connection while it lasts, and bounds the time of every attempt."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from threading import Timer
from typing import Final

from typing_extensions import override

from bankcore.notifications.channels import (
    Channel,
    ChannelDownError,
    DeliveryProblem,
    Message,
    PermanentFailureError,
    TemporaryFailureError,
)
from bankcore_infra.notifications.smtp_route import SmtpRoute, Tls

STEP_TIMEOUT_S: Final = 10.0
ATTEMPT_TIMEOUT_S: Final = 30.0
_PERMANENT: Final = range(500, 600)
_SHUTTING_DOWN: Final = 421
# The first entry that fits; an error that is not listed is one of the network.
_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (smtplib.SMTPAuthenticationError, "login_refused"),
    (smtplib.SMTPResponseException, "not_ready"),
    (smtplib.SMTPNotSupportedError, "not_supported"),
    (smtplib.SMTPServerDisconnected, "disconnected"),
    (ssl.SSLError, "tls"),
    (TimeoutError, "timeout"),
    (Exception, "unreachable"),
)


class _Client(smtplib.SMTP):
    """An SMTP client whose connection can be cut at any time, because its socket is known from the beginning."""

    def __init__(self, route: SmtpRoute, tls: ssl.SSLContext, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s)
        # The name that a certificate must have after STARTTLS; smtplib sets it only where it also connects at once.
        self._host = route.host
        self._route = route
        self._tls = tls
        self._line: socket.socket | None = None

    def open(self) -> None:
        """Connect, encrypt and log in as the route says."""
        self.connect(self._route.host, self._route.port)
        self.ehlo_or_helo_if_needed()
        if self._route.tls is Tls.REQUIRED or (self._route.tls is Tls.OFFERED and self.has_extn("starttls")):
            self.starttls(context=self._tls)
            self._line = self.sock
        if self._route.user is not None and self._route.password is not None:
            self.login(self._route.user, self._route.password)

    def cut(self) -> None:
        """Cut the connection, also while a thread waits on it."""
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    @override
    def close(self) -> None:
        """Close the connection, also one that was never ready."""
        super().close()
        if self._line is not None:
            self._line.close()
            self._line = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = self._line = socket.create_connection((host, port), timeout)
        if self._route.tls is Tls.IMPLICIT:
            wrapped = self._line = self._tls.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
            wrapped.do_handshake()
            return wrapped
        return line


class SmtpChannel(Channel):
    """Sends mail through one server; for one thread.

    A mail may arrive twice: if the connection breaks after the server took it and before it answered, it is sent again
    with the same Message-ID and the same bytes, by which a receiver can recognise the second one.
    """

    def __init__(
        self,
        route: SmtpRoute,
        *,
        tls: ssl.SSLContext | None = None,
        step_timeout_s: float = STEP_TIMEOUT_S,
        attempt_timeout_s: float = ATTEMPT_TIMEOUT_S,
    ) -> None:
        """Send through that server. A step is one command or answer; an attempt is a whole mail."""
        self._route = route
        self._tls = ssl.create_default_context() if tls is None else tls
        self._step_timeout_s = step_timeout_s
        self._attempt_timeout_s = attempt_timeout_s
        self._client: _Client | None = None

    @override
    def send(self, message: Message) -> None:
        mail = compose(message, self._route.sender)
        try:
            with self._bounded() as client:
                client.send_message(mail, self._route.sender.addr_spec, [message.to])
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            # The server's words are not chained: they repeat addresses.
            raise _failure_of(error) from None

    @override
    def close(self) -> None:
        """Say goodbye to the server, if there is a connection."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()

    @contextmanager
    def _bounded(self) -> Iterator[_Client]:
        """A connected client. Its attempt ends in time even if the server sends a byte every few seconds."""
        client = self._client
        if client is None or not _is_alive(client):
            self._drop()
            client = self._client = _Client(self._route, self._tls, self._step_timeout_s)
        timer = Timer(self._attempt_timeout_s, client.cut)
        timer.daemon = True
        timer.start()
        try:
            if client.sock is None:
                client.open()
            yield client
        finally:
            timer.cancel()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def compose(message: Message, sender: Address) -> EmailMessage:
    """The mail: plain text, and the same bytes for the same message.

    Raises:
        PermanentFailureError: an address or the subject would break a header.
    """
    mail = EmailMessage()
    try:
        mail["From"] = sender
        mail["To"] = Address(addr_spec=message.to.encode("ascii").decode())
        mail["Subject"] = message.text.subject
    except (MessageError, ValueError, IndexError):
        raise PermanentFailureError("unwritable") from None
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.id}@{sender.domain}>"
    # RFC 3834: no answering machine answers this.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text.body, cte="quoted-printable")
    return mail


def _is_alive(client: _Client) -> bool:
    try:
        return client.sock is not None and client.noop()[0] == 250  # noqa: PLR2004 - RFC 5321
    except (OSError, smtplib.SMTPException):
        return False


def _failure_of(error: Exception) -> DeliveryProblem:
    """The failure in one word, as one of the message or of the channel.

    A refused login or sender is a failure of the channel: it affects every mail, and an operator can repair it.
    """
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            ((code, _said),) = refused.values()
            return _refusal(code)
        case smtplib.SMTPDataError(smtp_code=code):
            return _refusal(code)
        case smtplib.SMTPSenderRefused(smtp_code=code):
            return ChannelDownError(f"sender_refused_{code}")
        case _:
            return ChannelDownError(next(word for kind, word in _WORDS if isinstance(error, kind)))


def _refusal(code: int) -> DeliveryProblem:
    if code == _SHUTTING_DOWN:
        return ChannelDownError("smtp_421")
    if code in _PERMANENT:
        return PermanentFailureError(f"smtp_{code}")
    return TemporaryFailureError(f"smtp_{code}" if code > 0 else "not_smtp")
