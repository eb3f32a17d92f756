"""What fails too often is set aside for ever, and holds up nobody."""

import json

import pytest

from bankcore.errors import NotFoundError
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.origin import LIBRARY
from bankcore.work.dead_letters import DeliveryId
from bankcore_infra.audit.laws.frames import accounts_of, frame_of, subject_of
from tests.worlds.workers import Desk, dead_letters, failing, pay


def test_poison_is_set_aside_for_ever_and_the_account_goes_on(desk: Desk) -> None:
    (consumer,) = desk.consumers
    alice, bob = pay(desk, 3)
    consumer.before = failing(ValueError("+977 9800000000"), when=lambda e: e.account_id == alice and e.sequence == 2)

    desk.run()
    for _ in range(desk.policy.tries_max):
        desk.make_due()
        desk.run()

    assert desk.sequences(alice) == [1, 3]
    assert desk.sequences(bob) == [1, 2, 3]
    (letter,) = dead_letters(desk).list_dead(limit=10)
    assert (letter.account_id, letter.sequence, letter.tries) == (alice, 2, desk.policy.tries_max)
    assert letter.last_error == "ValueError"


def test_messages_that_nobody_takes_never_make_a_dead_letter(desk: Desk) -> None:
    pay(desk)

    for _ in range(desk.policy.tries_max + 5):
        desk.sweep()
        desk.sender.messages.clear()

    assert desk.parked() == []
    desk.run()
    assert len(desk.effects()) == 2


def test_a_dead_letter_is_tried_again_once_for_each_key(desk: Desk) -> None:
    (consumer,) = desk.consumers
    alice, _bob = pay(desk)
    consumer.before = failing(ValueError("no"), when=lambda event: event.account_id == alice)
    for _ in range(desk.policy.tries_max):
        desk.run()
        desk.make_due()
    (letter,) = dead_letters(desk).list_dead(consumer="recorder", limit=10)
    assert dead_letters(desk).list_dead(after=letter.id, limit=10) == []
    assert dead_letters(desk).list_dead(consumer="other", limit=10) == []
    consumer.before = lambda _event: None

    first = dead_letters(desk).redrive(letter.id, origin=LIBRARY, idempotency_key="again")
    second = dead_letters(desk).redrive(letter.id, origin=LIBRARY, idempotency_key="again")
    desk.run()

    assert (first.replayed, second.replayed) == (False, True)
    assert desk.sequences(alice) == [1]
    subject, body = desk.bank.scratch.row(
        "SELECT subject_id::text, body FROM bankcore.audit_log WHERE action = 'delivery.redriven'"
    )
    assert isinstance(body, bytes)
    frame = frame_of(json.loads(body))
    assert (subject_of(frame), accounts_of(frame)) == (subject, [])
    with pytest.raises(NotFoundError):
        dead_letters(desk).redrive(letter.id, origin=LIBRARY)
    with pytest.raises(IdempotencyKeyReusedError):
        dead_letters(desk).redrive(DeliveryId(desk.bank.ids.new_id()), origin=LIBRARY, idempotency_key="again")
