"""Where mail goes out, as the settings say it."""

import pytest
from pydantic import SecretStr

from bankcore_infra.environment import load_settings
from bankcore_infra.notifications.settings import NotificationSettings
from bankcore_infra.notifications.smtp_route import Tls, mail_sender, smtp_route
from bankcore_infra.notifications.wiring import notification_channels
from bankcore_infra.settings import SettingsError

SENDER = "Example Bank <no-reply@bank.example>"


def settings(url: str | None, sender: str | None = SENDER) -> NotificationSettings:
    return load_settings(smtp_url=None if url is None else SecretStr(url), mail_from=sender).of(NotificationSettings)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 25, Tls.OFFERED, None, None)),
        ("smtp://mail.example.com:2525/?tls=required", ("mail.example.com", 2525, Tls.REQUIRED, None, None)),
        ("smtp://127.0.0.1:25?tls=off", ("127.0.0.1", 25, Tls.OFF, None, None)),
        ("smtp://u%40x:p%2Fw@mail.example.com:587", ("mail.example.com", 587, Tls.REQUIRED, "u@x", "p/w")),
        ("smtp://u:p@mail.example.com:587?tls=offered", ("mail.example.com", 587, Tls.OFFERED, "u", "p")),
        ("smtps://u:p@mail.example.com", ("mail.example.com", 465, Tls.IMPLICIT, "u", "p")),
        ("smtp://[::1]:25", ("::1", 25, Tls.OFFERED, None, None)),
    ],
)
def test_a_url_says_where_and_how_safely(url: str, expected: tuple[object, ...]) -> None:
    route = smtp_route(settings(url))

    assert route is not None
    assert (route.host, route.port, route.tls, route.user, route.password) == expected
    assert str(route.sender) == SENDER


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com:25",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail.example.com:99999",
        "smtp://mail.example.com:x",
        "smtp://[::1",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com#part",
        "smtp://user@mail.example.com",
        "smtp://user:hunter2@mail.example.com/path",
        "smtp://mail.example.com?tls=maybe",
        "smtp://mail.example.com?timeout=3",
        "smtps://mail.example.com?tls=off",
    ],
)
def test_a_url_that_will_not_do_is_named_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="BANKCORE_SMTP_URL") as refused:
        smtp_route(settings(url))

    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "Example Bank",
        "a@example.com, b@example.com",
        "no-reply@bank.example\r\nBcc: thief@example.com",
        "no-reply@",
        "@bank.example",
        "nö-reply@bank.example",
        "Bank <no-reply@bank.example",
    ],
)
def test_a_sender_that_is_not_one_address_is_named(sender: str) -> None:
    with pytest.raises(SettingsError, match="BANKCORE_MAIL_FROM"):
        mail_sender(sender)


def test_a_sender_may_be_a_bare_address_or_have_a_name_in_any_letters() -> None:
    assert mail_sender("no-reply@bank.example").addr_spec == "no-reply@bank.example"
    assert mail_sender("बैंक <no-reply@bank.example>").display_name == "बैंक"


def test_a_server_needs_a_sender() -> None:
    with pytest.raises(SettingsError, match="BANKCORE_MAIL_FROM"):
        smtp_route(settings("smtp://mail.example.com", None))


def test_without_a_server_there_is_no_channel() -> None:
    assert smtp_route(settings(None)) is None
    assert notification_channels(settings(None)) == {}
    assert list(notification_channels(settings("smtp://mail.example.com"))) == ["email"]


def test_the_password_is_not_shown() -> None:
    route = smtp_route(settings("smtps://user:hunter2@mail.example.com"))

    assert "hunter2" not in repr(route)
