"""Mail over SMTP, to a real server."""

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bankcore.notifications.channels import (
    ChannelDownError,
    DeliveryProblem,
    Message,
    PermanentFailureError,
    TemporaryFailureError,
)
from bankcore.notifications.templates import Text
from bankcore_infra.notifications.smtp import SmtpChannel, compose
from bankcore_infra.notifications.smtp_route import SmtpRoute, Tls
from tests.worlds.mail import HOST, SENDER, Mailbox, free_port, mail_server, mute_server

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def message(
    to: str = "sita@example.com", *, subject: str = "You received 250.50 NPR", body: str = "Hello.\n"
) -> Message:
    return Message(id=UUID(int=7), to=to, text=Text(subject, body), created_at=AT)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


def failure_of(route: SmtpRoute, sent: Message | None = None, **options: Any) -> DeliveryProblem:
    channel = SmtpChannel(route, **options)
    with pytest.raises(DeliveryProblem) as failed:
        channel.send(sent or message())
    assert failed.value.__cause__ is None
    channel.close()
    return failed.value


def test_a_mail_arrives_as_it_was_meant(mailbox: Mailbox) -> None:
    body = "नमस्ते. 250.50 NPR arrived.\n.\nA line of a dot and a long one: " + "x" * 1_200 + "\n"
    channel = SmtpChannel(mailbox.route())

    channel.send(message(subject="You received 250.50 NPR — नमस्ते", body=body))
    channel.close()

    (mail,) = mailbox.mails
    assert mailbox.recipients == ["sita@example.com"]
    assert str(mail["From"]) == "Example Bank <no-reply@bank.example>"
    assert str(mail["To"]) == "sita@example.com"
    assert str(mail["Subject"]) == "You received 250.50 NPR — नमस्ते"
    assert mail["Date"].datetime == AT
    assert str(mail["Message-ID"]) == f"<{UUID(int=7)}@bank.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == body


def test_the_same_message_is_the_same_bytes_each_time() -> None:
    assert compose(message(), SENDER).as_bytes() == compose(message(), SENDER).as_bytes()


def test_many_mails_go_over_one_connection_and_a_new_one_is_made_when_it_breaks(mailbox: Mailbox) -> None:
    channel = SmtpChannel(mailbox.route())
    for _ in range(3):
        channel.send(message())
    assert mailbox.connections == 1

    port = mailbox.port
    channel.close()
    channel.send(message())

    assert mailbox.connections == 2
    assert len(mailbox.mails) == 4
    assert mailbox.port == port
    channel.close()


def test_a_connection_that_the_server_has_closed_is_made_again() -> None:
    with mail_server() as first:
        channel = SmtpChannel(first.route())
        channel.send(message())
    with mail_server(port=first.port) as second:
        channel.send(message())

        assert (len(first.mails), len(second.mails)) == (1, 1)
        channel.close()


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
@pytest.mark.parametrize(
    ("said", "expected", "problem"),
    [
        ("450 4.2.1 sita@example.com is busy", TemporaryFailureError, "smtp_450"),
        ("452 4.2.2 Mailbox full", TemporaryFailureError, "smtp_452"),
        ("550 5.1.1 sita@example.com is unknown", PermanentFailureError, "smtp_550"),
        ("554 5.7.1 Refused", PermanentFailureError, "smtp_554"),
        ("421 4.3.2 Shutting down", ChannelDownError, "smtp_421"),
    ],
)
def test_what_the_server_refuses_is_told_in_one_word(
    mailbox: Mailbox, where: str, said: str, expected: type[DeliveryProblem], problem: str
) -> None:
    setattr(mailbox, where, lambda _address: said)

    failure = failure_of(mailbox.route())

    assert type(failure) is expected
    assert failure.problem == problem
    assert "sita" not in str(failure)


def test_after_a_refusal_the_next_mail_goes_through(mailbox: Mailbox) -> None:
    mailbox.at_rcpt = lambda address: "550 5.1.1 unknown" if address.startswith("ram") else None
    channel = SmtpChannel(mailbox.route())

    with pytest.raises(PermanentFailureError):
        channel.send(message("ram@example.com"))
    channel.send(message())

    assert mailbox.recipients == ["sita@example.com"]
    channel.close()


def test_a_refused_sender_is_the_operators_to_repair_and_kills_no_mail(mailbox: Mailbox) -> None:
    mailbox.at_mail = lambda _address: "550 5.7.1 Not your domain"

    failure = failure_of(mailbox.route())

    assert type(failure) is ChannelDownError
    assert failure.problem == "sender_refused_550"


def test_a_server_that_is_not_there_is_a_channel_that_is_down() -> None:
    failure = failure_of(SmtpRoute(host=HOST, port=free_port(), tls=Tls.OFF, sender=SENDER))

    assert type(failure) is ChannelDownError
    assert failure.problem == "unreachable"


def test_a_host_that_has_no_address_is_a_channel_that_is_down() -> None:
    failure = failure_of(SmtpRoute(host="mail.invalid", port=25, tls=Tls.OFF, sender=SENDER))

    assert type(failure) is ChannelDownError


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with mute_server() as route:
        started = time.monotonic()

        failure = failure_of(route, step_timeout_s=0.2)

        assert type(failure) is ChannelDownError
        assert time.monotonic() - started < 2


def test_a_server_that_drips_its_answer_is_cut_off() -> None:
    with mute_server(b"2") as route:
        started = time.monotonic()

        failure = failure_of(route, step_timeout_s=5.0, attempt_timeout_s=0.5)

        assert type(failure) is ChannelDownError
        assert time.monotonic() - started < 3


def test_a_server_that_speaks_something_else_is_a_channel_that_is_down() -> None:
    with mute_server(b"SSH-2.0-OpenSSH\r\n") as route:
        failure = failure_of(route, step_timeout_s=1.0)

        assert type(failure) is ChannelDownError


@pytest.mark.parametrize(
    "sent",
    [
        message("sita@example.com\r\nBcc: thief@example.com"),
        message("sita@example.com, thief@example.com"),
        message("sita@example.com>\r\nRCPT TO:<thief@example.com"),
        message("not an address"),
        message(""),
        message("síta@example.com"),
        message(subject="Hello\r\nBcc: thief@example.com"),
        message(subject="Hello\nX-Evil: 1"),
    ],
)
def test_nothing_gets_into_the_headers_or_the_commands(mailbox: Mailbox, sent: Message) -> None:
    failure = failure_of(mailbox.route(), sent)

    assert type(failure) is PermanentFailureError
    assert mailbox.mails == []
    assert mailbox.recipients == []


def test_a_body_cannot_end_the_mail_and_begin_commands(mailbox: Mailbox) -> None:
    body = "Hello\r\n.\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<thief@example.com>\r\nDATA\r\n"
    channel = SmtpChannel(mailbox.route())

    channel.send(message(body=body))
    channel.close()

    (mail,) = mailbox.mails
    assert "RCPT TO:<thief@example.com>" in mail.get_content()
    assert mailbox.recipients == ["sita@example.com"]


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What the server shows, and what a client that knows it believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "mail.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(pem)
    return shown, ssl.create_default_context(cafile=str(pem))


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.REQUIRED, Tls.OFFERED])
def test_mail_goes_out_encrypted_to_a_server_that_can_be_verified(tmp_path: Path, tls: Tls) -> None:
    shown, believed = certificate(tmp_path)
    options: dict[str, Any] = (
        {"ssl_context": shown} if tls is Tls.IMPLICIT else {"tls_context": shown, "require_starttls": True}
    )
    with mail_server(**options) as mailbox:
        channel = SmtpChannel(mailbox.route(tls), tls=believed)

        channel.send(message())
        channel.close()

        assert len(mailbox.mails) == 1


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.REQUIRED, Tls.OFFERED])
def test_no_mail_goes_to_a_server_whose_certificate_nobody_vouches_for(tmp_path: Path, tls: Tls) -> None:
    shown, _believed = certificate(tmp_path)
    options: dict[str, Any] = {"ssl_context": shown} if tls is Tls.IMPLICIT else {"tls_context": shown}
    with mail_server(**options) as mailbox:
        failure = failure_of(mailbox.route(tls))

        assert type(failure) is ChannelDownError
        assert failure.problem == "tls"
        assert mailbox.mails == []


def test_no_mail_goes_unencrypted_where_encryption_is_required(mailbox: Mailbox) -> None:
    failure = failure_of(mailbox.route(Tls.REQUIRED))

    assert (type(failure), failure.problem) == (ChannelDownError, "not_supported")


@pytest.mark.parametrize(("password", "outcome"), [("right", "sent"), ("wrong", "login_refused")])
def test_a_login_is_made_over_the_encrypted_connection(tmp_path: Path, password: str, outcome: str) -> None:
    shown, believed = certificate(tmp_path)

    def authenticate(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=getattr(data, "password", None) == b"right", handled=False)

    with mail_server(tls_context=shown, authenticator=authenticate, auth_required=True) as mailbox:
        channel = SmtpChannel(mailbox.route(Tls.REQUIRED, user="bank", password=password), tls=believed)
        try:
            channel.send(message())
            told = "sent"
        except ChannelDownError as failure:
            told = failure.problem
        channel.close()

        assert told == outcome
        assert len(mailbox.mails) == (outcome == "sent")
