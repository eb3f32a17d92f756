"""A real SMTP server on 127.0.0.1 that keeps what it takes and refuses what it is told to; and a mute one."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bankcore_infra.notifications.smtp_route import SmtpRoute, Tls, mail_sender

HOST: Final = "127.0.0.1"
SENDER: Final = mail_sender("Example Bank <no-reply@bank.example>")
Answer = Callable[[str], str | None]


@dataclass
class Mailbox:
    """What the server took. `answers` says what it answers at MAIL, RCPT or DATA instead of taking it, if anything."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    at_mail: Answer = field(default=lambda _address: None)
    at_rcpt: Answer = field(default=lambda _address: None)
    at_data: Answer = field(default=lambda _address: None)

    def route(self, tls: Tls = Tls.OFF, *, user: str | None = None, password: str | None = None) -> SmtpRoute:
        """The way to this server."""
        return SmtpRoute(host=HOST, port=self.port, tls=tls, sender=SENDER, user=user, password=password)

    async def handle_EHLO(  # noqa: N802 - the name the server calls
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (said := self.at_mail(address)) is not None:
            return said
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (said := self.at_rcpt(address)) is not None:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        (recipient,) = envelope.rcpt_tos
        if (said := self.at_data(recipient)) is not None:
            return said
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(recipient)
        return "250 Taken"


@contextmanager
def mail_server(*, port: int | None = None, **options: Any) -> Iterator[Mailbox]:
    """A running server, on a free port if none is given; the options are those of aiosmtpd's controller."""
    mailbox = Mailbox(free_port() if port is None else port)
    controller = Controller(mailbox, hostname=HOST, port=mailbox.port, ready_timeout=10.0, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@contextmanager
def mute_server(drip: bytes = b"", *, every_s: float = 0.05) -> Iterator[SmtpRoute]:
    """A server that accepts connections and never gives a whole answer: nothing, or that byte again and again."""
    stop = threading.Event()
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(0.1)
        thread = threading.Thread(target=_keep_silent, args=(listener, stop, drip, every_s))
        thread.start()
        try:
            yield SmtpRoute(host=HOST, port=listener.getsockname()[1], tls=Tls.OFF, sender=SENDER)
        finally:
            stop.set()
            thread.join()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _keep_silent(listener: socket.socket, stop: threading.Event, drip: bytes, every_s: float) -> None:
    held: list[socket.socket] = []
    while not stop.is_set():
        try:
            held.append(listener.accept()[0])
        except TimeoutError:
            continue
        while drip and not stop.wait(every_s):
            try:
                held[-1].sendall(drip)
            except OSError:
                break
    for connection in held:
        connection.close()
