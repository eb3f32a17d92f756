"""One suite for all providers: what is sent and read is what each publishes, and what is not said is not guessed."""

import json
from base64 import b64encode
from hmac import digest
from typing import Final
from urllib.parse import urlencode

import pytest

from bankcore.providers.answers import ChargeAccepted, NotExecuted, SubmitForm, Unknown
from bankcore.providers.facts import WebhookProof
from bankcore.providers.ports import ProviderHealth
from bankcore_infra.providers.registry import PROVIDERS
from bankcore_infra.providers.wire import NoAnswer, NotSent, Reply, WireAnswer
from tests.contract.provider_records import (
    NOW,
    ORDERS,
    RECORDED,
    Record,
    ScriptedTransport,
    answer_of,
    ask,
    charge_order,
    credentials_of,
    plain,
    plain_request,
    provider_over,
    records,
)

EXCHANGES: Final = list(records("exchanges"))
WEBHOOKS: Final = list(records("webhooks"))
STATUSES: Final = [
    (name, record, said, meant) for name, record in records("statuses") for said, meant in record["statuses"].items()
]
# Of these, what is sent is known too.
SENDING: Final = [(name, record) for name, record in EXCHANGES if "request" in record]
UNREADABLE: Final = [b"", b"<html>", b"[]", b"null", b'"text"', b"{", b'{"a": NaN}', b"[" * 100_000, b"\xff\xfe", b"{}"]


def label(value: object) -> str | None:
    return value.get("name") if isinstance(value, dict) else None


@pytest.mark.parametrize(("name", "record"), EXCHANGES, ids=label)
def test_what_is_sent_and_read_is_what_the_provider_publishes(name: str, record: Record) -> None:
    first = [answer_of(record["first"])] if "first" in record else []
    transport = ScriptedTransport(*first, answer_of(record["answer"]))

    meant = plain(ask(provider_over(name, transport), record["verb"], record["said"]))

    assert meant == record["means"]
    if "request" in record:
        assert plain_request(transport.sent[-1]) == record["request"]


def test_every_provider_has_its_records() -> None:
    folders = {path.name for path in RECORDED.iterdir()}
    pages = [record["page"] for what in ("exchanges", "statuses", "webhooks") for _name, record in records(what)]

    assert folders == set(PROVIDERS)
    assert {name for name, _record in EXCHANGES} == folders
    assert [page for page in pages if not page.startswith("https://")] == []


@pytest.mark.parametrize(("name", "record", "said", "meant"), STATUSES)
def test_each_status_means_one_of_ours_or_nothing(name: str, record: Record, said: str, meant: str | None) -> None:
    body = json.dumps(record["body"]).replace('"$"', json.dumps(said))
    provider = provider_over(name, ScriptedTransport(WireAnswer(200, body.encode())))

    state = plain(ask(provider, record["verb"], record["said"]))

    assert isinstance(state, dict)
    assert (state.get("status"), state["is"] == "Unknown") == (meant, meant is None)


def meaning(name: str, record: Record, reply: Reply) -> object:
    """What it means if that comes back for what the record asks."""
    first = [answer_of(record["first"])] if "first" in record else []
    return ask(provider_over(name, ScriptedTransport(*first, reply)), record["verb"], record["said"])


@pytest.mark.parametrize(("name", "record"), SENDING, ids=label)
def test_an_answer_that_nobody_can_read_is_no_answer(name: str, record: Record) -> None:
    guessed = [body for body in UNREADABLE if not isinstance(meaning(name, record, WireAnswer(200, body)), Unknown)]

    assert guessed == []


NOTHING_CERTAIN: Final[list[Reply]] = [
    NoAnswer("broken"),
    *(WireAnswer(status, b"{}") for status in (301, 302, 408, 409, 424, 425, 499, 500, 502, 503, 504, 529)),
]


@pytest.mark.parametrize(("name", "record"), SENDING, ids=label)
def test_where_something_may_have_happened_the_answer_is_unknown(name: str, record: Record) -> None:
    guessed = [reply for reply in NOTHING_CERTAIN if not isinstance(meaning(name, record, reply), Unknown)]

    assert guessed == []


NOTHING_HAPPENED: Final[list[tuple[Reply, str]]] = [
    (NotSent("refused"), "not_sent"),
    (WireAnswer(429, b"slow down"), "too_many_requests"),
    *((WireAnswer(status, b"<html>"), f"http_{status}") for status in (400, 401, 403, 404, 422)),
]


@pytest.mark.parametrize(("name", "record"), SENDING, ids=label)
def test_where_certainly_nothing_happened_an_order_says_so_and_a_question_knows_nothing(
    name: str, record: Record
) -> None:
    meant = {code: meaning(name, record, reply) for reply, code in NOTHING_HAPPENED}

    if record["verb"] in ORDERS:
        assert {code: said.code for code, said in meant.items() if isinstance(said, NotExecuted)} == {
            code: code for code in meant
        }
    else:
        assert [said for said in meant.values() if not isinstance(said, Unknown)] == []


@pytest.mark.parametrize(("name", "record"), WEBHOOKS, ids=label)
def test_a_webhook_is_read_as_the_provider_publishes_it(name: str, record: Record) -> None:
    provider = provider_over(name, ScriptedTransport(NotSent("none is needed")))
    body, headers = record["body"].encode(), record["headers"]

    assert plain(provider.parse_webhook_event(body)) == record["means"]
    signed = provider.verify_webhook_signature(body, headers)
    assert signed is (provider.facts.webhook_proof is not WebhookProof.NOTHING)


def forged(record: Record, name: str) -> list[tuple[str, bytes, dict[str, str]]]:
    """The webhook with one thing that is not the provider's."""
    body, headers = record["body"].encode(), dict(record["headers"])
    middle = len(body) // 2
    is_bound = PROVIDERS[name].facts.webhook_proof is WebhookProof.BODY and not record.get("is_rewritten")
    changed = [
        ("cut", body[:-1], headers),
        ("longer", body + b"1", headers),
        ("changed", body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :], headers),
    ]
    if not headers:
        # It is signed inside.
        return [(what, body, headers) for what, body, _headers in changed]
    return [
        *(changed if is_bound else []),
        ("unsigned", body, {}),
        ("empty", body, dict.fromkeys(headers, "")),
        ("cut signature", body, {key: value[:-1] for key, value in headers.items()}),
        ("other signature", body, {key: value[:-4] + "0000" for key, value in headers.items()}),
        ("not ASCII", body, {key: value[:-1] + "é" for key, value in headers.items()}),
        ("too long", body + b" " * 300_000, headers),
    ]


@pytest.mark.parametrize(("name", "record"), WEBHOOKS, ids=label)
def test_a_webhook_that_was_forged_or_cut_is_not_signed(name: str, record: Record) -> None:
    provider = provider_over(name, ScriptedTransport(NotSent("none is needed")))
    other = {key: f"{value}x" for key, value in credentials_of(name).items()}
    stranger = provider_over(name, ScriptedTransport(NotSent("none is needed")), credentials=other)

    believed = [
        what for what, body, headers in forged(record, name) if provider.verify_webhook_signature(body, headers)
    ]

    assert believed == []
    assert not stranger.verify_webhook_signature(record["body"].encode(), record["headers"])


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_webhook_that_nobody_can_read_says_nothing(name: str) -> None:
    provider = provider_over(name, ScriptedTransport(NotSent("none is needed")))

    assert [body for body in UNREADABLE if provider.parse_webhook_event(body) is not None] == []
    assert provider.parse_webhook_event(b" " * 300_000) is None


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_a_provider_does_not_take_is_not_sent_to_it(name: str) -> None:
    transport = ScriptedTransport(NotSent("must not be asked"))
    provider = provider_over(name, transport)
    said = next(record["said"] for each, record in EXCHANGES if each == name and record["verb"] == "create_payment")

    answer = provider.create_payment(charge_order({**said, "amount": "1.000 KWD"}))

    assert isinstance(answer, NotExecuted)
    assert (answer.code, transport.sent) == ("currency_not_supported", [])


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_is_up_if_it_answers_and_takes_our_credentials(name: str) -> None:
    replies: list[tuple[Reply, ProviderHealth]] = [
        (WireAnswer(200, b"{}"), ProviderHealth.UP),
        (WireAnswer(401, b"{}"), ProviderHealth.REFUSING),
        (WireAnswer(403, b"{}"), ProviderHealth.REFUSING),
        (WireAnswer(503, b""), ProviderHealth.DOWN),
        (NoAnswer("broken"), ProviderHealth.DOWN),
        (NotSent("refused"), ProviderHealth.DOWN),
    ]

    assert [provider_over(name, ScriptedTransport(reply)).health_check() for reply, _is in replies] == [
        health for _reply, health in replies
    ]


@pytest.mark.parametrize("name", PROVIDERS)
def test_nothing_shows_a_credential(name: str) -> None:
    # The code of a merchant is in every form that a payer sees.
    secrets = {key: f"canary-{key}" if key != "product_code" else "EPAYTEST" for key in PROVIDERS[name].credentials}
    transport = ScriptedTransport(WireAnswer(200, b"{}"))
    provider = provider_over(name, transport, credentials=secrets)
    for each, record in SENDING:
        if each == name:
            ask(provider, record["verb"], record["said"])

    assert "canary" not in repr([transport.sent, provider, PROVIDERS[name]])


def test_what_a_payer_sees_of_a_form_does_not_prove_that_it_was_paid() -> None:
    """The signature of eSewa's order is in the payer's browser: a status beside it is not signed by it."""
    provider = provider_over("esewa", ScriptedTransport(NotSent("none is needed")))
    ordered = provider.create_payment(charge_order({"reference": "241028", "amount": "110.00 NPR"}))
    assert isinstance(ordered, ChargeAccepted)
    assert isinstance(ordered.next_action, SubmitForm)
    seen = dict(ordered.next_action.fields)

    for names in (seen["signed_field_names"], "", "status", "status,total_amount,transaction_uuid,product_code,other"):
        brought = {**seen, "status": "COMPLETE", "signed_field_names": names}
        query = urlencode({"data": b64encode(json.dumps(brought).encode())}).encode()

        assert provider.parse_webhook_event(query) is not None
        assert not provider.verify_webhook_signature(query, {})


@pytest.mark.parametrize(("seconds", "is_right"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)])
def test_a_webhook_of_stripe_is_believed_for_five_minutes(seconds: int, *, is_right: bool) -> None:
    sent = int(NOW.timestamp()) - seconds
    secret = credentials_of("stripe")["webhook_secret"].encode()
    signature = digest(secret, b"%d.{}" % sent, "sha256").hex()
    provider = provider_over("stripe", ScriptedTransport(NotSent("none is needed")))

    said = {"Stripe-Signature": f"t={sent},v1={signature}"}
    twice = {"Stripe-Signature": f"t={sent},t=1,v1={signature}"}

    assert provider.verify_webhook_signature(b"{}", said) is is_right
    assert not provider.verify_webhook_signature(b"{}", twice)
