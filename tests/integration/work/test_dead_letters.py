"""What fails too often is set aside for ever, and holds up nobody."""

import json

import pytest

from bankcore.errors import NotFoundError
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.origin import LIBRARY
from bankcore.work.dead_letters import DeliveryId
from bankcore_infra.audit.laws.frames import accounts_of, frame_of, subject_of
from tests.worlds.workers import Workers, dead_letters, failing, pay


def test_poison_is_set_aside_for_ever_and_the_account_goes_on(workers: Workers) -> None:
    (consumer,) = workers.consumers
    alice, bob = pay(workers, 3)
    consumer.before = failing(ValueError("+977 9800000000"), when=lambda e: e.account_id == alice and e.sequence == 2)

    workers.run()
    for _ in range(workers.policy.tries_max):
        workers.make_due()
        workers.run()

    assert workers.sequences(alice) == [1, 3]
    assert workers.sequences(bob) == [1, 2, 3]
    (letter,) = dead_letters(workers).list_dead(limit=10)
    assert (letter.account_id, letter.sequence, letter.tries) == (alice, 2, workers.policy.tries_max)
    assert letter.last_error == "ValueError"


def test_messages_that_nobody_takes_never_make_a_dead_letter(workers: Workers) -> None:
    pay(workers)

    for _ in range(workers.policy.tries_max + 5):
        workers.sweep()
        workers.sender.messages.clear()

    assert workers.parked() == []
    workers.run()
    assert len(workers.effects()) == 2


def test_a_dead_letter_is_tried_again_once_for_each_key(workers: Workers) -> None:
    (consumer,) = workers.consumers
    alice, _bob = pay(workers)
    consumer.before = failing(ValueError("no"), when=lambda event: event.account_id == alice)
    for _ in range(workers.policy.tries_max):
        workers.run()
        workers.make_due()
    (letter,) = dead_letters(workers).list_dead(consumer="recorder", limit=10)
    assert dead_letters(workers).list_dead(after=letter.id, limit=10) == []
    assert dead_letters(workers).list_dead(consumer="other", limit=10) == []
    consumer.before = lambda _event: None

    first = dead_letters(workers).redrive(letter.id, origin=LIBRARY, idempotency_key="again")
    second = dead_letters(workers).redrive(letter.id, origin=LIBRARY, idempotency_key="again")
    workers.run()

    assert (first.replayed, second.replayed) == (False, True)
    assert workers.sequences(alice) == [1]
    subject, body = workers.bank.scratch.row(
        "SELECT subject_id::text, body FROM bankcore.audit_log WHERE action = 'delivery.redriven'"
    )
    assert isinstance(body, bytes)
    frame = frame_of(json.loads(body))
    assert (subject_of(frame), accounts_of(frame)) == (subject, [])
    with pytest.raises(NotFoundError):
        dead_letters(workers).redrive(letter.id, origin=LIBRARY)
    with pytest.raises(IdempotencyKeyReusedError):
        dead_letters(workers).redrive(DeliveryId(workers.bank.ids.new_id()), origin=LIBRARY, idempotency_key="again")
